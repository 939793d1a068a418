"""From an entry of the outbox to events."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.agents.steps import STEP, Entry, outputs_of, steps_of
from tests.unit.agents.build import configuration
from warmline.events import Assignment, PersonState
from warmline.events.envelope import event_id
from warmline.topics import ASSIGNMENTS, DESK_PEOPLE, REPLIES

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
DESK = configuration()
REPLY = {"reply_id": "r1", "customer_id": "k1", "text": "Guten Tag", "reply_language": "de"}


@pytest.mark.parametrize(("kept", "said"), [("", None), ("yes", True), ("no", False)])
def test_a_completed_step_tells_whether_the_customer_had_to_repeat(
    kept: str, said: bool | None
) -> None:
    (output,) = outputs_of({**ENTRY, "step": "completed", "repeated": kept}, DESK)
    assert isinstance(output.event.data, Assignment)
    assert output.event.data.customer_had_to_repeat is said


def test_a_step_becomes_an_assignment_with_an_id_of_inquiry_and_number() -> None:
    (output,) = outputs_of(ENTRY, DESK)
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
    _, output = outputs_of({**ENTRY, **REPLY}, DESK)
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
    assert outputs_of({**ENTRY, **REPLY}, DESK) == outputs_of({**ENTRY, **REPLY}, DESK)


NOTICES = {
    "promised": {"en": "We call you at {time}.", "de": "Wir melden uns um {time}."},
    "given_up": {"en": "We could not reach you."},
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wir melden uns um 2026-09-21 16:13 (Europe/Berlin)."),
        ("fr", "We call you at 2026-09-21 16:13 (Europe/Berlin)."),
    ],
)
def test_a_promise_is_told_to_the_customer_in_their_language(language: str, text: str) -> None:
    hours = {"id": "office", "time_zone": "Europe/Berlin", "open": {"mon": ["00:00-24:00"]}}
    desk = configuration(
        callbacks={"notices": NOTICES}, calendars=[hours], queues={"general": {"hours": "office"}}
    )
    promised = {"notice": "promised", "customer_id": "k1", "promised_ms": "1790000000123"}
    entry = {**ENTRY, "step": "promised", "agent_id": "", "language": language, **promised}
    assignment, told = outputs_of(entry, desk)
    assert assignment.topic is ASSIGNMENTS
    assert told.topic is REPLIES
    assert told.event.id == event_id("i1", "notice/4")
    assert told.event.data.model_dump(include={"kind", "text", "epoch", "agent_id", "by"}) == {
        "kind": "notice",
        "text": text,
        "epoch": 2,
        "agent_id": None,
        "by": "person",
    }


def test_what_the_desk_has_no_text_for_is_not_told() -> None:
    desk = configuration(callbacks={"notices": NOTICES})
    told = {"step": "promised", "notice": "retried", "customer_id": "k1", "promised_ms": "1"}
    assert len(outputs_of({**ENTRY, **told}, desk)) == 1
    ended = {"step": "abandoned", "notice": "given_up", "customer_id": "k1"}
    assert outputs_of({**ENTRY, **ended}, desk)[1].event.data.language == "en"  # type: ignore[attr-defined]


def test_an_entry_holds_the_steps_of_a_transition_in_order() -> None:
    first, second = ({name: f"{name} {number}" for name in STEP} for number in (1, 2))
    steps = "".join("\x1f".join(step[name] for name in STEP) + "\x1e" for step in (first, second))
    entries = [("1-0", {"steps": steps, "by": "sue"}), ("2-0", {"change": "drained"})]
    assert steps_of(entries) == [
        Entry("1-0", {**first, "by": "sue"}, 0),
        Entry("1-0", second, 1),
        Entry("2-0", {"change": "drained"}, 0),
    ]


def test_what_an_older_version_left_in_the_outbox_is_published_all_the_same() -> None:
    older = STEP[: STEP.index("work_class")]
    step = {**ENTRY, "taken_ms": ""}
    packed = "\x1f".join(step[name] for name in older) + "\x1e"
    (entry,) = steps_of([("1-0", {"steps": packed})])
    (output,) = outputs_of(entry.fields, DESK, entry.desk_order)
    assert isinstance(output.event.data, Assignment)
    assert output.event.data.work_class is None


PERSON = {
    "person": "ada",
    "presence": "busy",
    "reason": "training",
    "silent": "",
    "drained": "1",
    "capacity": "3",
    "held": "i1\x1daccepted/chat\x1ei2\x1dpaused\x1e",
    "idle_ms": "1790000000000",
    "avoid": "i3\x1d1790000030000\x1e",
    "turn": "7",
    "turns": "9",
    "recent": "1790000000000\x1e",
    "config_version": "abc",
    "at_ms": "1790000000123",
}


def test_a_person_is_published_as_the_engine_tells_of_them() -> None:
    (output,) = outputs_of(PERSON, DESK, "1-2-0")
    assert output.topic is DESK_PEOPLE
    assert output.event.time == datetime.fromtimestamp(1790000000.123, UTC)
    person = output.event.data
    assert isinstance(person, PersonState)
    assert [(each.inquiry_id, each.state, each.channel) for each in person.held] == [
        ("i1", "accepted", "chat"),
        ("i2", "paused", None),
    ]
    assert [(each.inquiry_id, each.until.timestamp()) for each in person.avoids] == [
        ("i3", 1790000030)
    ]
    assert (person.drained, person.silent, person.turn, person.turns) == (True, False, 7, 9)
    assert person.desk_order == "1-2-0"
    assert outputs_of(PERSON, DESK, "1-2-0") == [output], "published twice it is one event"
