"""What the published steps tell of a piece of work."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from services.agents.lives import Life, Lives
from tests.unit.agents.build import START, START_MS
from warmline.events.envelope import Event
from warmline.events.work import Assignment


def life(*steps: str, **changes: Any) -> tuple[Lives, Life]:
    """Steps as `name` or `name agent`, one a second."""
    lives = Lives()
    numbers = count(1)
    events = []
    for step in steps:
        name, _, agent = step.partition(" ")
        number = next(numbers)
        told = Assignment.model_validate(
            {
                "inquiry_id": "i1",
                "conversation_id": "c1",
                "step": name,
                "seq": number,
                "epoch": number,
                "queue": "general",
                "agent_id": agent or None,
                "promised_at": START + timedelta(hours=1) if name == "promised" else None,
                "promise": "kept" if name == "accepted" and "promised" in steps else None,
                **changes,
            }
        )
        at = START + timedelta(seconds=number)
        events.append(Event(f"e{number}", "/test", at, told))
    lives.tell(events)
    lives.tell(events)
    return lives, lives.works["i1"]


@pytest.mark.parametrize(
    ("steps", "place", "agent_id"),
    [
        (("enqueued",), "waiting", None),
        (("enqueued", "offered ada"), "waiting", None),
        (("enqueued", "offered ada", "accepted ada"), "accepted", "ada"),
        (
            ("enqueued", "offered ada", "accepted ada", "replied ada", "joined ada"),
            "accepted",
            "ada",
        ),
        (("enqueued", "accepted ada", "paused ada"), "paused", "ada"),
        (("enqueued", "accepted ada", "transferred ada", "offered bruno"), "waiting", None),
        (("enqueued", "accepted ada", "paused ada", "resumed ada"), "accepted", "ada"),
        (("enqueued", "promised"), "promised", None),
        (("enqueued", "accepted ada", "completed ada", "wrapped_up ada"), "completed", "ada"),
        (("enqueued", "abandoned"), "abandoned", None),
    ],
)
def test_the_last_step_that_moves_it_says_where_work_is(
    steps: tuple[str, ...], place: str, agent_id: str | None
) -> None:
    lives, told = life(*steps)
    assert (told.place, told.agent_id) == (place, agent_id)
    assert told.newest.seq == len(steps)
    assert lives.epochs == {"c1": len(steps)}


def test_who_had_a_conversation_last_is_known_after_the_work_has_moved_on() -> None:
    lives, told = life("enqueued", "accepted ada", "transferred ada")
    assert lives.persons == {"c1": "ada"}
    assert told.agent_id is None


def test_a_promise_for_want_of_people_waits_for_them() -> None:
    _, told = life("enqueued", "promised", waits=True)
    assert (told.place, told.promised_ms) == ("waiting", START_MS + 3_600_000)


def test_a_promise_keeps_its_moment_and_each_attempt_counts() -> None:
    _, told = life("enqueued", "promised", "requeued", "offered ada", "accepted ada", "promised")
    assert told.promised_ms == START_MS + 3_600_000
    assert told.attempts == 1


def test_only_who_takes_a_promise_in_hand_makes_an_attempt() -> None:
    _, told = life("enqueued", "promised", "requeued", "missed", "promised", "requeued")
    assert told.attempts == 0
    assert life("enqueued", "accepted ada")[1].attempts == 0


@pytest.mark.parametrize(
    ("steps", "attempts", "is_open", "missed"),
    [
        (("requeued",), 0, True, False),  # its moment has come
        (("requeued", "offered ada", "lapsed ada", "requeued"), 0, True, False),
        (("requeued", "missed"), 0, True, True),
        (("requeued", "missed", "offered ada", "accepted ada"), 1, False, True),
        (("requeued", "missed", "accepted ada", "requeued ada", "promised"), 1, True, False),
    ],
)
def test_a_promise_is_open_until_somebody_takes_it_in_hand(
    steps: tuple[str, ...], attempts: int, is_open: bool, missed: bool
) -> None:
    _, told = life("enqueued", "promised", *steps)
    assert (told.promised_ms is not None, told.missed) == (is_open, missed)
    assert told.attempts == attempts


def test_a_supervisor_who_takes_a_promise_back_makes_no_attempt() -> None:
    _, told = life("enqueued", "promised", "requeued", by="sue")
    assert told.attempts == 0


def test_an_inquiry_is_as_old_as_it_was_when_it_came() -> None:
    _, told = life("enqueued", waited_ms=600)
    assert (told.entered_ms, told.arrival_ms) == (START_MS + 1000, START_MS + 400)


@pytest.mark.parametrize(
    ("steps", "entered_s", "had_s"),
    [
        (("enqueued", "offered ada", "declined ada"), 1, None),
        (("enqueued", "widened", "requeued"), 1, None),  # moved, in nobody's hands
        (("enqueued", "accepted ada", "requeued ada"), 3, 2),
        (("enqueued", "accepted ada", "transferred ada", "offered bo"), 3, 2),
        (("enqueued", "promised", "requeued"), 3, None),  # the callback is due
        (("enqueued", "accepted ada", "completed ada", "enqueued"), 4, None),
    ],
)
def test_rings_begin_anew_for_what_comes_back_and_it_is_known_that_somebody_had_it(
    steps: tuple[str, ...], entered_s: int, had_s: int | None
) -> None:
    _, found = life(*steps)
    assert found.entered_ms == START_MS + entered_s * 1000
    assert found.had_ms == (None if had_s is None else START_MS + had_s * 1000)
