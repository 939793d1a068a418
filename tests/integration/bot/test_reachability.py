"""A person is one step away: from every state of a conversation, by every way to ask for one.

Router, bot and queue engine on a real Redis, with nobody signed in. For each state and each way a
conversation of its own is brought into the state, the customer asks, and the very next decision must
be people's; afterwards the conversation is open work in a queue (or still with its person), whatever the bot
was about to say is not said, and every message that it has not answered has reached people.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.bot.handlers import Bot
from services.bot.silence import Silence
from services.knowledge.base import KnowledgeBase
from services.router.handlers import Router
from services.router.signals import Signals
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.unit.bot.build import FORMS, article, asking_library
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE
from warmline.events import AgentCommand, Decision, Event, Feedback, Handover, Inquiry, Reply
from warmline.events.work import Accept, Complete, SignIn
from warmline.topics import HANDOFFS

CONFIGURATION = load(Path("examples/paylater"))
WAIT_S = 180.0


class WishReader:
    """Topics by a word, and the wish for a person by the real lists and model."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        signals = replace(SURE, wants_person=wants_person(text).wanted, risk_tier=risk(text).tier)
        for word, topic in (("fee", "late_fee"), ("refund", "refund"), ("closing", "closing")):
            if word in text:
                return replace(signals, topic=topic)
        if "extend" in text:
            return replace(signals, topic="extend")
        language = "fr" if "bonjour" in text else "und"
        return replace(signals, topic=None, confidence=0.2, language=language)


class _Broken(KnowledgeBase):
    def choose(self, *_: Any) -> Any:
        raise KeyError("broken")


@dataclass
class Published:
    outputs: list[Output] = field(default_factory=list)

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.outputs += outputs


@dataclass
class System:
    """`said` are the replies of the bot, by conversation; `handled` the inquiries that it has come to."""

    conversations: Conversations
    router: Router
    bot: Bot
    silence: Silence
    people: Intake
    pool: RedisPool
    now: list[datetime]
    said: dict[str, list[Reply]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    handled: set[str] = field(default_factory=set)
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

    async def wait_is_over(self) -> None:
        """Whoever owes the bot an answer does not give it."""
        self.now[0] += timedelta(seconds=WAIT_S + 1)
        published = Published()
        await self.silence.round(published)
        await self.spread(published.outputs)

    async def unheard(self, conversation: str) -> list[str]:
        """Messages that neither the bot has answered nor people have got, alone or as a part of the
        matter that a later message goes on with."""
        replies = self.said.get(conversation, [])
        answered = {reply.inquiry_id for reply in replies if reply.kind == "answer"}
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

    async def open_work(self, conversation: str) -> str | None:
        found = await self.pool.records.open_work_of(conversation)
        return found or None


State = Callable[[System, str], Awaitable[None]]


async def new(_: System, __: str) -> None:
    """Nothing was said yet."""


async def answered(system: System, c: str) -> None:
    await system.says(c, "where is my refund?")


async def answer_under_way(system: System, c: str) -> None:
    """Decided for the bot, which has not come to it."""
    await system.asks(c, "where is my refund?")


async def in_draft(system: System, c: str) -> None:
    await system.asks(c, "extend please")


async def drafted(system: System, c: str) -> None:
    await system.says(c, "extend please")


async def asked_once(system: System, c: str) -> None:
    await system.says(c, "why this fee?")


async def asked_twice(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.says(c, "PL-20431")


async def asked_again_after_a_slip(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.says(c, "the blue one")


async def intake_over(system: System, c: str) -> None:
    """Handed over, and people have not read it."""
    for text in ("why this fee?", "PL-20431"):
        await system.says(c, text)
    await system.bot.handle(await system.asks(c, "15 euros"))


async def fell_silent(system: System, c: str) -> None:
    await system.says(c, "why this fee?")
    await system.wait_is_over()


async def asked_on_a_later_matter(system: System, c: str) -> None:
    """The bot has answered one matter and waits for an answer about another."""
    await system.says(c, "where is my refund?")
    await system.says(c, "why this fee?")
    await system.says(c, "PL-20431")


async def earlier_answer_did_not_help(system: System, c: str) -> None:
    """Meanwhile the customer has reported the first, and people have not heard of the second."""
    await asked_on_a_later_matter(system, c)
    [decision] = await system.presses(c, "not_helped", "i1")
    await system.goes_on(decision)


async def earlier_matter_closed_meanwhile(system: System, c: str) -> None:
    """A person has dealt with the first before the second has reached people."""
    await earlier_answer_did_not_help(system, c)
    inquiry_id, epoch = await _taken(system, c)
    await _does(system, Complete(inquiry_id=inquiry_id, epoch=epoch))


async def left_while_asked(system: System, c: str) -> None:
    await asked_on_a_later_matter(system, c)
    await system.pool.abandon(f"left/{c}", c, 2**42)


async def no_licence(system: System, c: str) -> None:
    await system.says(c, "closing my account")


async def no_topic(system: System, c: str) -> None:
    await system.says(c, "hm")


async def unknown_language(system: System, c: str) -> None:
    await system.says(c, "bonjour")


async def broken_knowledge(system: System, c: str) -> None:
    library = replace(asking_library(), knowledge=_Broken([article()]))
    broken = Bot(library, system.conversations, lambda: system.now[0])
    await system.spread(await broken.handle(await system.asks(c, "where is my refund?")))


async def waiting(system: System, c: str) -> None:
    await system.goes_on(await system.asks(c, "hello", button=True))


async def with_a_person(system: System, c: str) -> None:
    await waiting(system, c)
    await _taken(system, c)


async def closed_by_a_person(system: System, c: str) -> None:
    await waiting(system, c)
    inquiry_id, epoch = await _taken(system, c)
    await _does(system, Complete(inquiry_id=inquiry_id, epoch=epoch))


async def left(system: System, c: str) -> None:
    await waiting(system, c)
    await system.pool.abandon(f"left/{c}", c, 2**42)


async def _taken(system: System, c: str) -> tuple[str, int]:
    """Somebody signs in, takes the conversation and goes for a break."""
    inquiry_id = await system.open_work(c)
    assert inquiry_id is not None
    for agent_id in system.pool.rules.configuration.people:
        await _does(system, SignIn(), agent_id)
        work = await system.pool.work(inquiry_id)
        if work is not None and work.state == "offered":
            break
    assert work is not None
    assert work.agent_id is not None
    done = await _does(system, Accept(inquiry_id=inquiry_id, epoch=work.epoch), work.agent_id)
    return inquiry_id, done


async def _does(system: System, action: Any, agent_id: str | None = None) -> int:
    system.count += 1
    if agent_id is None:
        work = await system.pool.work(action.inquiry_id)
        assert work is not None
        agent_id = work.agent_id
    command = AgentCommand(
        command_id=f"k{system.count}", agent_id=cast(str, agent_id), action=action
    )
    return (await system.pool.act(command)).epoch


STATES: tuple[State, ...] = (
    new,
    answered,
    answer_under_way,
    in_draft,
    drafted,
    asked_once,
    asked_twice,
    asked_again_after_a_slip,
    intake_over,
    fell_silent,
    asked_on_a_later_matter,
    earlier_answer_did_not_help,
    earlier_matter_closed_meanwhile,
    left_while_asked,
    no_licence,
    no_topic,
    unknown_language,
    broken_knowledge,
    waiting,
    with_a_person,
    closed_by_a_person,
    left,
)
WAYS: dict[str, str] = {
    "button with a text": "bonjour, ça ne va pas",
    "button in feedback": "",
    "button on the first message": "",
    "did not help, on the first message": "",
    "english": "I want to talk to a person",
    "german": "Ich möchte mit einem Menschen sprechen",
    "one word": "person",
    "one german word": "Mensch",
    "misspelt": "hooman pls",
    "angry": "STOP. Get me a human being now!!!",
    "polite": "Would you be so kind as to put me through to a colleague?",
    "with an answer": "PL-20431, but I would rather talk to a person",
    "with a question": "where is my refund? let me speak to someone",
}


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


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
    )


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
async def test_a_person_is_one_step_away(
    redis: RedisClients, unique_name: str, state: State
) -> None:
    for number, (way, text) in enumerate(WAYS.items()):
        for again in (False, True):
            system = system_on(redis, f"{unique_name[-20:]}-{number}-{again:d}")
            await state(system, "c")
            await _ask(system, state.__name__, way, text, again=again)


async def _ask(system: System, state: str, way: str, text: str, *, again: bool) -> None:
    """`again`: the bot then gets all its decisions once more, not only those it has not come to."""
    [before] = await system.conversations.read(["c"])
    late = [
        decision
        for decision in await _late(system, "c")
        if again or decision.data.inquiry.inquiry_id not in system.handled
    ]
    if not text:
        if state == "new":
            return  # there is nothing yet to give feedback on
        kind = "not_helped" if way.startswith("did not help") else "wants_person"
        on = system.decisions[0].inquiry.inquiry_id if way.endswith("first message") else None
        decisions = await system.presses("c", kind, on)
        assert decisions or before.owner in ("queue", "person"), (state, way)
    else:
        button = way == "button with a text"
        decisions = [await system.asks("c", text, button=button)]
    for decision in decisions:
        assert decision.data.route == "human", (state, way)
        await system.people.routed([decision])
    said = list(system.said.get("c", []))
    for decision in late:
        await system.spread(await system.bot.handle(decision))
    assert system.said.get("c", []) == said, (state, way, "the bot spoke afterwards")
    assert await system.open_work("c") is not None, (state, way)
    [after] = await system.conversations.read(["c"])
    assert after.owner in ("queue", "person"), (state, way)
    await system.wait_is_over()
    assert await system.unheard("c") == [], (state, way)


async def _late(system: System, conversation: str) -> list[Event[Decision]]:
    """Every decision for the bot so far, as if it came again or only now."""
    ids = [f"i{number}" for number in range(1, system.count + 1)]
    known = await system.conversations.recorded(ids)
    decisions = [Decision.model_validate_json(json) for json in known if json is not None]
    return [
        Event(f"d{decision.inquiry.inquiry_id}", "/test", decision.decided_at, decision)
        for decision in decisions
        if decision.route == "bot" and decision.inquiry.conversation_id == conversation
    ]
