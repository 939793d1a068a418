"""Router and bot on a real Redis, as a test talks with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from services.bot.handlers import Bot
from services.bot.rules import Library
from services.bot.silence import Silence
from services.router.handlers import Router
from services.router.policy import Policy
from services.router.signals import Reader, Signals
from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.unit.bot.build import article, asking_library
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE
from warmline.events import Decision, Event, Handover, Inquiry, Reply

WAIT_S = 180.0
EXTEND = article("Ask us before the due date.", id="extend", topic="extend_due_date")
REFUND = article(id="refund", topic="refund")
DRAFT = POLICY.topics[0].model_copy(update={"id": "extend_due_date", "bot": "draft"})
WITH_DRAFT = POLICY.model_copy(update={"topics": (*POLICY.topics, DRAFT)})


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class FeeReader:
    """Reads a question as the late fee's topic, and a short answer as nothing in particular."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        if "fee" in text:
            sure = 0.3 if "maybe" in text else SURE.confidence
            return replace(SURE, topic="late_fee", confidence=sure)
        if "extend" in text:
            return replace(SURE, topic="extend_due_date")
        if "refund" in text:
            return replace(SURE, topic="refund")
        unclear = replace(SURE, topic=None, confidence=0.2, language="und")
        return replace(unclear, wants_person="person" in text)


@dataclass
class Published:
    """What the background has written."""

    outputs: list[Output] = field(default_factory=list)

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.outputs += outputs


@dataclass
class Desk:
    """Router and bot in one process; the customer writes, time passes."""

    conversations: Conversations
    clock: Clock
    router: Router
    bot: Bot
    silence: Silence
    count: int = 0

    async def route(self, text: str) -> Event[Decision]:
        self.count += 1
        inquiry = Inquiry(
            inquiry_id=f"i{self.count}", conversation_id="c1", customer_id="k1", text=text
        )
        cause = Event(f"e{self.count}", "/test", self.clock(), inquiry)
        [[output]] = await self.router.inquiries([cause])
        return output.event  # type: ignore[return-value]

    async def says(self, text: str) -> list[Output]:
        return await self.bot.handle(await self.route(text))

    async def conversation(self) -> Conversation:
        [conversation] = await self.conversations.read(["c1"])
        return conversation

    async def passes(self, seconds: float) -> list[Output]:
        self.clock.now += timedelta(seconds=seconds)
        published = Published()
        await self.silence.round(published)
        return published.outputs


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> Desk:
    conversations = Conversations(redis.commands, Keys(unique_name))
    clock, library = Clock(), asking_library(EXTEND, REFUND)
    return Desk(
        conversations=conversations,
        clock=clock,
        router=router_of_licensed(conversations, FeeReader(), WITH_DRAFT, "p1", clock),
        bot=Bot(library, conversations, clock, WAIT_S),
        silence=Silence(library, conversations, clock, retry_for_s=1.0),
    )


def replies(outputs: Sequence[Output]) -> list[Reply]:
    return [one.event.data for one in outputs if isinstance(one.event.data, Reply)]


def handovers(outputs: Sequence[Output]) -> list[Handover]:
    return [one.event.data for one in outputs if isinstance(one.event.data, Handover)]


def ids(outputs: Sequence[Output]) -> list[str]:
    return [handover.decision.inquiry.inquiry_id for handover in handovers(outputs)]


@asynccontextmanager
async def desk_with(
    redis_url: str, name: str, company: Library, policy: Policy, reader: Reader
) -> AsyncIterator[Desk]:
    """Router and bot of a company, with licences for all."""
    redis: RedisClients = connect(redis_url)
    conversations = Conversations(redis.commands, Keys(name))
    clock = Clock()
    yield Desk(
        conversations=conversations,
        clock=clock,
        router=router_of_licensed(conversations, reader, policy, "p1", clock),
        bot=Bot(company, conversations, clock, WAIT_S),
        silence=Silence(company, conversations, clock, retry_for_s=1.0),
    )
    await redis.aclose()
