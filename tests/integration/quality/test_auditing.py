"""Audits on a real Redis: asked once, within capacity, and concluded from what people mark."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from services.quality.auditing import Auditor, audits
from services.quality.audits import Sampling
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.quality.test_ledger import Clock, Kafka
from tests.unit.quality.world import World
from warmline.errors import InvalidEventError
from warmline.events import AuditMark, Decision, Event, Reason, Reply

SAMPLING = Sampling(share=1.0, double_share=0.0, seed="1", open_max=2, expires_ms=60_000)


class Desk:
    def __init__(self, redis: RedisClients, name: str, sampling: Sampling) -> None:
        self.redis = redis.commands
        self.keys = Keys(name)
        self.clock = Clock(1_790_000_000_000)
        self.records = audits(self.redis, self.keys, sampling)
        conversations = Conversations(self.redis, self.keys)
        self.auditor = Auditor(self.records, conversations, sampling, self.clock)

    async def answered(self, number: int, code: str = "licensed") -> Event[Reply]:
        """The bot's reply to an inquiry that the router has decided."""
        world = World(itertools.repeat(10))
        decision = world.decide(f"i{number}", "bot")
        reason = Reason.model_validate({"code": code, "detail": "test"})
        decision = decision.model_copy(update={"reasons": (reason,)})
        await self.redis.set(self.keys.decision(f"i{number}"), decision.model_dump_json())
        world.reply(f"i{number}", "bot")
        reply: Any = world.events[-1]
        assert isinstance(world.events[0].data, Decision)
        return Event(f"e{number}", "/test", reply.time, reply.data)


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> Desk:
    return Desk(redis, unique_name, SAMPLING)


def marked(number: int, verdict: Any, by: str = "ada") -> Event[AuditMark]:
    mark = AuditMark(mark_id=f"m{number}{by}", audit_id=f"i{number}", agent_id=by, verdict=verdict)
    return Event(mark.mark_id, "/test", datetime.now(UTC), mark)


def flat(outputs: list[list[Output]]) -> list[Any]:
    return [output.event.data for some in outputs for output in some]


async def test_an_answer_is_asked_about_once_and_a_repeat_repeats_the_task(desk: Desk) -> None:
    reply = await desk.answered(1)
    (first,) = await desk.auditor.replies([reply])
    (again,) = await desk.auditor.replies([reply])
    assert first == again
    assert first[0].event.data.question == "Where is my refund?"  # type: ignore[attr-defined]
    assert await desk.records.waiting() == 1


async def test_proposals_and_what_was_not_licensed_are_not_audited(desk: Desk) -> None:
    assert flat(await desk.auditor.replies([await desk.answered(1, code="draft")])) == []


async def test_no_more_is_asked_for_than_people_can_judge(desk: Desk) -> None:
    replies = [await desk.answered(number) for number in range(4)]
    assert len(flat(await desk.auditor.replies(replies))) == 2
    await desk.auditor.marks([marked(0, "right")])
    more = await desk.answered(9)
    assert [task.audit_id for task in flat(await desk.auditor.replies([more]))] == ["i9"]


async def test_marks_become_evidence_and_the_same_marks_again_the_same(desk: Desk) -> None:
    await desk.auditor.replies([await desk.answered(1), await desk.answered(2)])
    marks = [marked(1, "right"), marked(2, "harmful")]
    first = flat(await desk.auditor.marks(marks))
    assert [(piece.good, piece.harmful) for piece in first] == [(True, False), (False, True)]
    again = flat(await desk.auditor.marks(marks))
    assert [piece.evidence_id for piece in again] == [piece.evidence_id for piece in first]


async def test_a_mark_of_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(InvalidEventError, match="not asked for"):
        await desk.auditor.marks([marked(77, "right")])


async def test_what_nobody_marks_in_time_makes_room(desk: Desk) -> None:
    await desk.auditor.replies([await desk.answered(1), await desk.answered(2)])
    desk.clock.now_ms += SAMPLING.expires_ms
    assert await desk.auditor.round(Kafka()) == 2
    assert await desk.records.waiting() == 0
    assert flat(await desk.auditor.marks([marked(1, "right")])) == []
