"""Why people have an inquiry: every reason on real events, explained to them in one line.

Router, bot and queue engine on a real Redis; what is looked at is what a person at the desk reads.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from services.agents.because import because
from services.agents.bodies import MessageBody
from services.agents.config_file import load
from services.agents.desk import DeskView
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.wake import Wake
from services.bot.handlers import Bot
from services.knowledge.base import KnowledgeBase
from services.knowledge.suggesting import Suggester
from services.router.handlers import Router
from services.router.holdout import Holdout
from services.router.signals import Signals
from services.router.triage.mood import mood
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.unit.bot.build import FORMS, article, asking_library
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE, topic
from warmline.events import Decision, Event, Handover, Inquiry, Score
from warmline.events.decision import ReasonCode
from warmline.events.work import HandoverReason

CONFIGURATION = load(Path("examples/paylater"))
DESK_POLICY = POLICY.model_copy(
    update={"topics": (*POLICY.topics, topic("refund_status", "licensed", intake=True))}
)
REFUND = article("A refund takes five days.")
LOGIN = article("Set a new password.", id="login", topic="login", title="Login password")


class Reader:
    """Topics by a word; wish, risk and mood by the real lists."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        words = {"refund": "refund_status", "closing": "closing", "extend": "extend"}
        found = next((name for word, name in words.items() if word in text), None)
        return replace(
            SURE,
            topic=found or "due_date",
            confidence=0.4 if "perhaps" in text else 0.99,
            complexity=Score(value=0.9 if "and also" in text else 0.1),
            wants_person=wants_person(text).wanted,
            risk_tier=risk(text).tier,
            mood=mood(text).feeling,
        )


class _Broken(KnowledgeBase):
    def choose(self, *_: Any) -> Any:
        raise KeyError("broken")


@dataclass
class System:
    router: Router
    bot: Bot
    people: Intake
    pool: RedisPool
    view: DeskView
    count: int = 0

    async def says(self, text: str, *, decided_only: bool = False) -> Event[Decision]:
        """A customer's message, and what the services do with it."""
        self.count += 1
        inquiry = Inquiry(
            inquiry_id=f"i{self.count}", conversation_id="c", customer_id="k", text=text
        )
        [[output]] = await self.router.inquiries(
            [Event(inquiry.inquiry_id, "/test", datetime.now(UTC), inquiry)]
        )
        decision = cast("Event[Decision]", output.event)
        if not decided_only:
            await self.goes_on(decision)
        return decision

    async def goes_on(self, decision: Event[Decision]) -> None:
        if decision.data.route == "human":
            await self.people.routed([decision])
            return
        for output in await self.bot.handle(decision):
            if isinstance(output.event.data, Handover):
                await self.people.handed_over([cast(Any, output.event)])

    async def read(self) -> MessageBody:
        """What a person reads of the newest message."""
        work = await self.view.inquiry(f"i{self.count}")
        return work.messages[-1]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


@pytest.fixture
def system(redis: RedisClients, unique_name: str) -> System:
    keys = Keys(unique_name[-32:].strip("-"))
    conversations = Conversations(redis.commands, keys)
    knowledge = KnowledgeBase([REFUND, LOGIN])
    library = replace(
        asking_library(), knowledge=knowledge, suggester=Suggester(knowledge), forms=None
    )
    pool = RedisPool(redis.commands, keys, CONFIGURATION, clock=lambda: datetime.now(UTC))
    view = DeskView(
        pool.records, conversations, Wake(redis, keys), lambda: datetime.now(UTC), pool.rules
    )
    router = router_of_licensed(
        conversations, Reader(), DESK_POLICY, "p", lambda: datetime.now(UTC)
    )
    bot = Bot(library, conversations, lambda: datetime.now(UTC))
    people = Intake(pool, pool.rules, FORMS, suggester=Suggester(knowledge))
    return System(router, bot, people, pool, view)


async def explicit_wish(system: System) -> None:
    await system.says("I want to talk to a person")


async def of_risk(system: System) -> None:
    await system.says("somebody has stolen my account")


async def low_confidence(system: System) -> None:
    await system.says("perhaps about a due date")


async def no_licence(system: System) -> None:
    await system.says("closing my account")


async def loop(system: System) -> None:
    await system.says("where is my refund")
    await system.says("the refund is not there")


async def frustration(system: System) -> None:
    await system.says("where is my refund")
    await system.says("I am so angry about the due date")


async def bot_error(system: System) -> None:
    library = replace(asking_library(), knowledge=_Broken([REFUND]))
    system.bot = Bot(library, system.view.conversations, lambda: datetime.now(UTC))
    await system.says("where is my refund")


async def policy(system: System) -> None:
    await system.says("where is my refund and also when does it come and also what is the fee")


async def holdout(system: System) -> None:
    system.router = replace(system.router, holdout=Holdout(1.0, "1", 5))
    await system.says("where is my refund")


async def draft(system: System) -> None:
    await system.says("please extend")


WAYS: dict[HandoverReason, Callable[[System], Awaitable[None]]] = {
    "explicit_wish": explicit_wish,
    "risk": of_risk,
    "low_confidence": low_confidence,
    "no_licence": no_licence,
    "loop": loop,
    "frustration": frustration,
    "bot_error": bot_error,
    "policy": policy,
    "holdout": holdout,
    "draft": draft,
}


@pytest.mark.parametrize("reason", WAYS)
async def test_a_person_reads_why_they_have_it(system: System, reason: HandoverReason) -> None:
    await WAYS[reason](system)
    message = await system.read()
    assert message.reason == reason
    assert message.because == because(reason, "en")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_reason_is_explained_in_one_line_of_each_language_of_the_desk(language: Any) -> None:
    never_with_people = {"remark", "licensed", "intake", "thanks"}
    codes = {*get_args(HandoverReason), *get_args(ReasonCode)} - never_with_people
    lines = {code: because(code, language) for code in codes}
    assert all(20 < len(line) < 120 and "\n" not in line for line in lines.values()), lines
    assert len(set(lines.values())) == len(codes)
    assert because("of_another_release", language) == ""


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("I demand a copy of all my personal data under the GDPR", 28),
        ("I withdraw from the contract, pay me back", 14),
        ("This is a formal complaint about your service", 15),
        ("somebody has stolen my account", None),
    ],
)
async def test_the_clock_of_an_invoked_right_began_when_the_customer_wrote(
    system: System, text: str, days: int | None
) -> None:
    await system.says(text)
    message = await system.read()
    assert message.reason == "risk"
    received = datetime.fromisoformat(message.received_at)
    expected = None if days is None else received + timedelta(days=days)
    assert message.brief.answer_by == expected


async def test_who_gets_it_directly_has_the_article_of_its_topic_and_others_like_it(
    system: System,
) -> None:
    system.router = replace(system.router, holdout=Holdout(0.0, "1", 5))
    await system.says("login password, I want to talk to a person about the refund")
    brief = (await system.read()).brief
    assert (brief.suggested_article, brief.suggested_reply) == ("refund_status", REFUND.body)
    await system.says("login password")
    brief = (await system.read()).brief
    assert brief.suggested_reply is None  # no article on the due date
    assert [one.article_id for one in brief.similar] == ["login"]


async def test_who_asks_for_a_person_after_an_answer_is_not_to_get_the_same_answer_again(
    system: System,
) -> None:
    system.router = replace(system.router, holdout=Holdout(0.0, "1", 5))
    await system.says("where is my refund")
    await system.says("I want to talk to a person about the refund")
    brief = (await system.read()).brief
    assert brief.tried == ("refund_status",)
    assert brief.suggested_reply is None


async def test_the_comparison_group_is_helped_by_nobody(system: System) -> None:
    await holdout(system)
    brief = (await system.read()).brief
    assert (brief.suggested_reply, brief.suggested_article, brief.similar) == (None, None, ())
