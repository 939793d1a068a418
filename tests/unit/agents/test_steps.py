"""From an entry of the outbox to events."""

from __future__ import annotations

from datetime import UTC, datetime

from services.agents.steps import outputs_of
from warmline.events.envelope import event_id
from warmline.topics import ASSIGNMENTS, REPLIES

ENTRY = {
    "inquiry_id": "i1",
    "conversation_id": "c1",
    "step": "replied",
    "seq": "4",
    "epoch": "2",
    "queue": "general",
    "agent_id": "ada",
    "topic": "",
    "language": "de",
    "priority_min": "5",
    "waited_ms": "1200",
    "reason": "",
    "members": '["i1","i2"]',
    "config_version": "abc",
    "at_ms": "1790000000123",
}
REPLY = {"reply_id": "r1", "customer_id": "k1", "text": "Guten Tag", "reply_language": "de"}


def test_a_step_becomes_an_assignment_with_an_id_of_inquiry_and_number() -> None:
    (output,) = outputs_of(ENTRY)
    assert output.topic is ASSIGNMENTS
    assert output.event.id == event_id("i1", "assignment/4")
    assert output.event.time == datetime.fromtimestamp(1790000000.123, UTC)
    assert output.event.data.model_dump(exclude_none=True) == {
        "inquiry_id": "i1",
        "conversation_id": "c1",
        "step": "replied",
        "seq": 4,
        "epoch": 2,
        "queue": "general",
        "agent_id": "ada",
        "language": "de",
        "priority_min": 5,
        "waited_ms": 1200,
        "members": ("i1", "i2"),
        "config_version": "abc",
    }


def test_what_a_person_wrote_becomes_a_reply_beside_it() -> None:
    _, output = outputs_of({**ENTRY, **REPLY})
    assert output.topic is REPLIES
    assert output.event.id == "r1"
    assert output.event.data.model_dump(exclude_none=True) == {
        "reply_id": "r1",
        "inquiry_id": "i1",
        "conversation_id": "c1",
        "customer_id": "k1",
        "by": "person",
        "kind": "answer",
        "text": "Guten Tag",
        "language": "de",
        "epoch": 2,
        "agent_id": "ada",
        "discloses_ai": False,
    }


def test_the_same_entry_always_gives_the_same_events() -> None:
    assert outputs_of({**ENTRY, **REPLY}) == outputs_of({**ENTRY, **REPLY})
