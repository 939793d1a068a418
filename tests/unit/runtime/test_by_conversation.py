from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from services.runtime.handling import AT_ONCE, Output, by_conversation
from warmline.events import Event, Feedback
from warmline.topics import FEEDBACK

AT = datetime(2026, 11, 22, tzinfo=UTC)


def event(number: int, conversation_id: str) -> Event[Feedback]:
    said = Feedback(feedback_id=f"f{number}", conversation_id=conversation_id, kind="helped")
    return Event(f"e{number}", "/test", AT, said)


async def test_conversations_run_beside_each_other_and_each_in_its_order() -> None:
    under_way: set[str] = set()
    most, order = 0, []

    async def handle(one: Event[Feedback]) -> list[Output]:
        nonlocal most
        conversation = one.data.conversation_id
        assert conversation not in under_way
        under_way.add(conversation)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        order.append((conversation, one.id))
        under_way.remove(conversation)
        return [Output(FEEDBACK, one)]

    events = [event(n, f"c{n % 40}") for n in range(200)]
    outputs = await by_conversation(handle, lambda data: data.conversation_id)(events)
    assert [[output.event for output in some] for some in outputs] == [[one] for one in events]
    assert 1 < most <= AT_ONCE
    for conversation in {one.data.conversation_id for one in events}:
        mine = [int(id_[1:]) for of, id_ in order if of == conversation]
        assert mine == sorted(mine)


async def test_a_fault_is_raised_when_the_others_have_ended() -> None:
    done = []

    async def handle(one: Event[Feedback]) -> list[Output]:
        await asyncio.sleep(0)
        if one.id == "e1":
            raise ValueError("e1")
        done.append(one.id)
        return []

    handler = by_conversation(handle, lambda data: data.conversation_id)
    with pytest.raises(ValueError, match="e1"):
        await handler([event(n, f"c{n}") for n in range(5)])
    assert sorted(done) == ["e0", "e2", "e3", "e4"]
