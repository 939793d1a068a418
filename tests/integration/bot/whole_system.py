"""Router, bot and queue engine on a real Redis, nobody signed in: for tests of what holds across them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.steps import outputs_of, steps_of
from services.bot.handlers import Bot, standing_of
from services.bot.silence import Silence
from services.router.handlers import Router
from services.router.signals import Signals
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.bot.desk import WAIT_S, Published
from tests.unit.bot.build import FORMS, article, asking_library
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE
from warmline.events import Assignment, Decision, Event, Feedback, Handover, Inquiry, Reply
from warmline.topics import HANDOFFS

CONFIGURATION = load(Path("examples/paylater"))


class WishReader:
    """Topics by a word, and the wish for a person by the real lists and model."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        signals = replace(SURE, wants_person=wants_person(text).wanted, risk_tier=risk(text).tier)
        for word, topic in (("fee", "late_fee"), ("refund", "refund"), ("closing", "closing")):
            if word in text:
                sure = 0.3 if "maybe" in text else SURE.confidence
                return replace(signals, topic=topic, confidence=sure)
        if "extend" in text:
            return replace(signals, topic="extend")
        language = "fr" if "bonjour" in text else "und"
        return replace(signals, topic=None, confidence=0.2, language=language)


@dataclass
class System:
    """`said` are the replies of the bot, by conversation; `handled` the inquiries that it has come to;
    `given_up` those whose question of the bot the customer has left."""

    conversations: Conversations
    router: Router
    bot: Bot
    silence: Silence
    people: Intake
    pool: RedisPool
    now: list[datetime]
    redis: RedisClients
    keys: Keys
    said: dict[str, list[Reply]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    handled: set[str] = field(default_factory=set)
    given_up: set[str] = field(default_factory=set)
    count: int = 0

    async def asks(self, conversation: str, text: str, *, button: bool = False) -> Event[Decision]:
        self.count += 1
        inquiry = Inquiry(
            inquiry_id=f"i{self.count}",
            conversation_id=conversation,
            customer_id="k",
            text=text,
            wants_person=button,
        )
        event = Event(inquiry.inquiry_id, "/test", self.now[0], inquiry)
        [[output]] = await self.router.inquiries([event])
        decided = cast("Event[Decision]", output.event)
        self.decisions.append(decided.data)
        return decided

    async def presses(
        self, conversation: str, kind: str = "wants_person", inquiry_id: str | None = None
    ) -> list[Event[Decision]]:
        self.count += 1
        said = Feedback(
            feedback_id=f"f{self.count}",
            conversation_id=conversation,
            kind=cast(Any, kind),
            inquiry_id=inquiry_id,
        )
        outputs = await self.router.feedback(Event(said.feedback_id, "/test", self.now[0], said))
        decided = [cast("Event[Decision]", output.event) for output in outputs]
        self.decisions += [event.data for event in decided]
        return decided

    async def goes_on(self, decision: Event[Decision]) -> None:
        """What the services do with a decision."""
        if decision.data.route == "human":
            await self.people.routed([decision])
        else:
            await self.spread(await self.bot.handle(decision))
            self.handled.add(decision.data.inquiry.inquiry_id)

    async def spread(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output.event.data, Reply):
                reply = output.event.data
                self.said.setdefault(reply.conversation_id, []).append(reply)
            elif isinstance(output.event.data, Handover):
                assert output.topic is HANDOFFS
                await self.people.handed_over([cast(Any, output.event)])

    async def says(self, conversation: str, text: str) -> None:
        await self.goes_on(await self.asks(conversation, text))

    async def leaves(self, conversation: str) -> None:
        """Router and people's desk hear of it."""
        self.count += 1
        left = Feedback(feedback_id=f"f{self.count}", conversation_id=conversation, kind="left")
        [before] = await self.conversations.read([conversation])
        event = Event(left.feedback_id, "/test", self.now[0], left)
        assert await self.router.feedback(event) == []
        await self.people.feedback(event)
        [after] = await self.conversations.read([conversation])
        standing = standing_of(before)
        if before.awaits_answer and after.owner == "closed" and standing is not None:
            self.given_up.update(standing.inquiries)

    async def wait_is_over(self) -> None:
        """Whoever owes the bot an answer does not give it."""
        self.now[0] += timedelta(seconds=WAIT_S + 1)
        published = Published()
        await self.silence.round(published)
        await self.spread(published.outputs)

    async def unheard(self, conversation: str) -> list[str]:
        """Messages that neither the bot has answered nor people have got, alone or as a part of the
        matter that a later message goes on with. What its customer has left counts as heard."""
        replies = self.said.get(conversation, [])
        answered = {reply.inquiry_id for reply in replies if reply.kind == "answer"}
        answered |= self.given_up
        with_people = [
            decision
            for decision in self.decisions
            if await self.pool.work(decision.inquiry.inquiry_id) is not None
        ]
        heard = {decision.inquiry.inquiry_id for decision in with_people}
        matters = heard | {decision.continues for decision in with_people}
        return [
            decision.inquiry.inquiry_id
            for decision in self.decisions
            if decision.inquiry.inquiry_id not in answered | matters
            and decision.continues not in matters - {None}
        ]

    async def promised(self, conversation: str) -> list[Reply]:
        """What the desk has told the customer of the moment at which a person will be there."""
        written = await self.redis.commands.xrange(self.keys.outbox())
        outputs = [
            output
            for step in steps_of(cast(Any, written))
            for output in outputs_of(step.fields, self.pool.rules.configuration)
        ]
        promises = {
            output.event.data.inquiry_id
            for output in outputs
            if isinstance(output.event.data, Assignment) and output.event.data.promised_at
        }
        return [
            reply
            for output in outputs
            if isinstance(reply := output.event.data, Reply)
            and (reply.kind, reply.conversation_id) == ("notice", conversation)
            and reply.inquiry_id in promises
        ]

    async def is_staffed(self) -> bool:
        return await self.redis.commands.hlen(self.keys.people()) > 0

    async def open_work(self, conversation: str) -> str | None:
        found = await self.pool.records.open_work_of(conversation)
        return found or None


def system_on(redis: RedisClients, desk: str) -> System:
    keys, now = Keys(desk), [datetime.now(UTC)]
    conversations = Conversations(redis.commands, keys)
    library = asking_library(article(id="refund", topic="refund"))
    pool = RedisPool(redis.commands, keys, CONFIGURATION, clock=lambda: now[0])

    def clock() -> datetime:
        return now[0]

    return System(
        conversations=conversations,
        router=router_of_licensed(conversations, WishReader(), POLICY, "p", clock),
        bot=Bot(library, conversations, clock, WAIT_S),
        silence=Silence(library, conversations, clock, retry_for_s=1.0),
        people=Intake(pool, pool.rules, FORMS),
        pool=pool,
        now=now,
        redis=redis,
        keys=keys,
    )
