"""A person takes over, the customer writes again and the bot answers, all at once, on a real Redis.

What must hold in every conversation, whatever comes first: once a person has accepted it the bot says
nothing more, and no two owners speak under one epoch.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.bot.handlers import Bot
from services.router.handlers import Router
from services.router.signals import Signals
from services.runtime.conversations import Conversations
from services.runtime.errors import RefusedError
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import connect
from tests.unit.agents.build import configuration
from tests.unit.bot.build import article, asking_library
from tests.unit.router.licensing import router_of_licensed
from tests.unit.router.test_rules import POLICY, SURE
from warmline.events import AgentCommand, Decision, Event, Handover, Inquiry, Reply
from warmline.events.work import Accept, Complete, SendReply, SignIn

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PEOPLE = {f"p{number}": {"capacity": 100} for number in range(8)}
AT_ONCE = 200


class Reader:
    """A third of the conversations begin with a question for facts instead of an answer."""

    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        topics = {"fee": "late_fee", "refund": "refund"}
        return [
            replace(SURE, topic=topics.get(text), confidence=0.99 if text in topics else 0.1)
            for text in texts
        ]


@dataclass
class Race:
    """`bot_epochs`, `person_epochs`: under which epochs each has spoken, by conversation."""

    conversations: Conversations
    router: Router
    bot: Bot
    people: Intake
    pool: RedisPool
    rng: random.Random
    bot_epochs: dict[str, set[int]] = field(default_factory=dict)
    person_epochs: dict[str, set[int]] = field(default_factory=dict)
    taken_over: int = 0
    spoke_after: int = 0
    bot_spoke: int = 0

    async def run(self, conversation: str) -> None:
        text = "fee" if self.rng.random() < 0.33 else "refund"
        first = await self._decided(conversation, 1, text)
        await asyncio.gather(
            self._later(self._goes_on(first)),
            self._later(self._writes_again(conversation)),
            self._later(self._take_over(conversation)),
        )

    async def _later(self, step: Any) -> None:
        for _ in range(self.rng.randrange(12)):
            await asyncio.sleep(0)
        await step

    async def _decided(
        self, conversation: str, number: int, text: str, *, button: bool = False
    ) -> Event[Decision]:
        inquiry = Inquiry(
            inquiry_id=f"{conversation}-{number}",
            conversation_id=conversation,
            customer_id="k",
            text=text,
            wants_person=button,
        )
        [[output]] = await self.router.inquiries([Event(inquiry.inquiry_id, "/test", AT, inquiry)])
        return cast("Event[Decision]", output.event)

    async def _goes_on(self, decision: Event[Decision]) -> None:
        if decision.data.route == "human":
            await self.people.routed([decision])
            return
        await self._spread(await self.bot.handle(decision))

    async def _spread(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output.event.data, Reply):
                reply = output.event.data
                self.bot_spoke += 1
                self.bot_epochs.setdefault(reply.conversation_id, set()).add(reply.epoch)
            elif isinstance(output.event.data, Handover):
                await self.people.handed_over([cast(Any, output.event)])

    async def _writes_again(self, conversation: str) -> None:
        await self._goes_on(await self._decided(conversation, 2, "refund"))

    async def _take_over(self, conversation: str) -> None:
        wish = await self._decided(conversation, 3, "hello", button=True)
        assert wish.data.route == "human"
        await self.people.routed([wish])
        inquiry_id = await self.pool.records.open_work_of(conversation)
        epoch, agent_id = await self._accept(inquiry_id)
        [taken] = await self.conversations.read([conversation])
        before = sum(turn.by == "bot" for turn in taken.turns)
        self.taken_over += 1
        reply = SendReply(inquiry_id=inquiry_id, epoch=epoch, text="Hello, this is Ada.")
        await self._does(agent_id, reply)
        self.person_epochs.setdefault(conversation, set()).add(epoch)
        for _ in range(20):
            await asyncio.sleep(0)
        [after] = await self.conversations.read([conversation])
        self.spoke_after += sum(turn.by == "bot" for turn in after.turns) - before
        await self._does(agent_id, Complete(inquiry_id=inquiry_id, epoch=epoch))

    async def _accept(self, inquiry_id: str) -> tuple[int, str]:
        """Whoever it is offered to accepts at once; an offer may move meanwhile."""
        while True:
            work = await self.pool.work(inquiry_id)
            if work is not None and work.state == "offered" and work.agent_id is not None:
                accept = Accept(inquiry_id=inquiry_id, epoch=work.epoch)
                try:
                    return await self._does(work.agent_id, accept), work.agent_id
                except RefusedError:
                    continue
            await asyncio.sleep(0.001)

    async def _does(self, agent_id: str, action: Any) -> int:
        command_id = f"k{self.rng.getrandbits(64)}"
        command = AgentCommand(command_id=command_id, agent_id=agent_id, action=action)
        return (await self.pool.act(command)).epoch


async def races(redis_url: str, desk: str, count: int, seed: int) -> Race:
    redis = connect(redis_url)
    keys = Keys(desk)
    conversations = Conversations(redis.commands, keys)
    library = asking_library(article(id="refund", topic="refund"))
    pool = RedisPool(redis.commands, keys, configuration(PEOPLE), clock=lambda: AT)
    router = router_of_licensed(conversations, Reader(), POLICY, "p", lambda: AT)
    people, rng = Intake(pool, pool.rules), random.Random(seed)
    race = Race(conversations, router, Bot(library, conversations, lambda: AT), people, pool, rng)
    for agent_id in PEOPLE:
        await race._does(agent_id, SignIn())
    for start in range(0, count, AT_ONCE):
        ids = [f"c{number}" for number in range(start, min(start + AT_ONCE, count))]
        await asyncio.gather(*(race.run(conversation) for conversation in ids))
    await redis.aclose()
    return race


@pytest.mark.parametrize(
    "count", [200, pytest.param(10_000, marks=pytest.mark.slow)], ids=["short", "long"]
)
async def test_after_a_takeover_the_bot_is_silent(
    redis_url: str, unique_name: str, count: int
) -> None:
    race = await races(redis_url, unique_name[-24:], count, seed=11)
    assert race.taken_over == count
    assert race.spoke_after == 0
    shared = [
        conversation
        for conversation, epochs in race.person_epochs.items()
        if epochs & race.bot_epochs.get(conversation, set())
    ]
    assert shared == []
    later = [
        conversation
        for conversation, epochs in race.bot_epochs.items()
        if max(epochs) >= min(race.person_epochs[conversation])
    ]
    assert later == []
    assert race.bot_spoke > count // 20, "else nothing raced"
