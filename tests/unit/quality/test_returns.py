"""A customer who comes back undoes the end before, whatever was heard first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.lives import Asked
from services.quality.returns import (
    Visits,
    Window,
    came,
    ended,
    kept_or_not,
    next_look_ms,
    noted,
    reversals,
)
from warmline.events.quality import Outcome

DAY_MS = 24 * 60 * 60 * 1000
WINDOW = Window(length_ms=7 * DAY_MS, settle_ms=2000)
LATER = 100 * DAY_MS

Fact = Callable[[Visits], Visits]


def asks(inquiry_id: str, at_ms: int, topic: str = "refund", channel: str = "chat") -> Fact:
    asked = Asked(
        epoch=1,
        received_ms=at_ms,
        topic=topic,
        language="en",
        channel=channel,
        customer_id="k1",
        arm="bot",
    )
    return lambda visits: came(visits, inquiry_id, asked, now_ms=0)


def ends(
    inquiry_id: str,
    at_ms: int,
    by: Literal["bot", "person", "nobody"] = "bot",
    topic: str = "refund",
) -> Fact:
    outcome = Outcome(
        inquiry_id=inquiry_id,
        conversation_id=f"c-{inquiry_id}",
        kind={"bot": "assumed", "person": "handed_off", "nobody": "abandoned"}[by],
        by=by,
        topic=topic,
    )
    return lambda visits: ended(visits, outcome, at_ms, now_ms=0)


def after(*facts: Fact) -> Visits:
    visits = Visits()
    for fact in facts:
        visits = fact(visits)
    return visits


def reversed_in(*facts: Fact) -> dict[str, str | None]:
    return {one.inquiry_id: one.reversed_by for one in reversals(after(*facts), WINDOW, LATER)}


FIRST = (asks("i1", 0), ends("i1", 1000))


@pytest.mark.parametrize("by", ["bot", "person"])
def test_a_return_reverses_the_end_and_debits_whoever_gave_it(
    by: Literal["bot", "person"],
) -> None:
    (correction,) = reversals(
        after(asks("i1", 0), ends("i1", 1000, by), asks("i2", DAY_MS, channel="email")),
        WINDOW,
        LATER,
    )
    assert (correction.by, correction.reversed_by, correction.revision) == (by, "i2", 1)


@pytest.mark.parametrize(
    ("later", "what"),
    [
        (asks("i2", 7 * DAY_MS + 1001), "after the window"),
        (asks("i2", 500), "before the answer"),
        (asks("i2", DAY_MS, topic="login"), "another topic"),
    ],
)
def test_what_is_no_return_changes_nothing(later: Fact, what: str) -> None:
    assert reversed_in(*FIRST, later) == {}, what


def test_the_last_moment_of_the_window_still_counts() -> None:
    assert reversed_in(*FIRST, asks("i2", 7 * DAY_MS + 1000)) == {"i1": "i2"}


def test_whom_nobody_answered_has_no_end_to_undo() -> None:
    assert reversed_in(asks("i1", 0), ends("i1", 1000, "nobody"), asks("i2", DAY_MS)) == {}


def test_each_of_several_returns_undoes_the_end_before_it() -> None:
    facts = [*FIRST, asks("i2", DAY_MS), ends("i2", DAY_MS + 1000), asks("i3", 2 * DAY_MS)]
    assert reversed_in(*facts) == {"i1": "i2", "i2": "i3"}


FACTS = (
    *FIRST,
    asks("i2", DAY_MS),
    ends("i2", DAY_MS + 1000, "person"),
    asks("i3", 2 * DAY_MS, topic="login"),
    ends("i3", 2 * DAY_MS + 5, topic="login"),
    asks("i4", 30 * DAY_MS),
    ends("i4", 30 * DAY_MS + 1),
    asks("i5", 31 * DAY_MS),
)


@given(order=st.permutations(range(len(FACTS))), again=st.lists(st.integers(0, len(FACTS) - 1)))
def test_the_same_facts_in_any_order_and_twice_give_the_same_bytes(
    order: list[int], again: list[int]
) -> None:
    straight = after(*FACTS)
    mixed = after(*(FACTS[number] for number in [*order, *again]))
    assert sorted(one.model_dump_json() for one in reversals(mixed, WINDOW, LATER)) == sorted(
        one.model_dump_json() for one in reversals(straight, WINDOW, LATER)
    )
    assert mixed.visits == straight.visits


def test_nothing_is_corrected_while_news_still_come_in() -> None:
    visits = after(*FIRST, asks("i2", DAY_MS)).model_copy(update={"changed_ms": 10_000})
    assert reversals(visits, WINDOW, 11_999) == []
    assert next_look_ms(visits, WINDOW) == 12_000
    assert reversals(visits, WINDOW, 12_000) != []


def test_a_correction_that_is_noted_is_not_made_again() -> None:
    visits = after(*FIRST, asks("i2", DAY_MS))
    known = noted(visits, {"i1": "i2"}, frozenset(), WINDOW, DAY_MS)
    assert reversals(known, WINDOW, LATER) == []
    assert reversals(came_earlier := asks("i0", 2000)(known), WINDOW, LATER) == []
    assert came_earlier.visits["i1"].reversed_by == "i2"


def test_returning_and_staying_away_are_both_told_at_the_end_of_the_window() -> None:
    visits = after(*FIRST, asks("i2", DAY_MS), ends("i2", DAY_MS + 1000))
    end_ms = 1000 + WINDOW.length_ms
    assert kept_or_not(visits, WINDOW, end_ms - 1) == []
    (first,) = kept_or_not(visits, WINDOW, end_ms)
    assert (first.inquiry_id, first.kind, first.good) == ("i1", "return", False)
    both = kept_or_not(visits, WINDOW, DAY_MS + end_ms)
    assert [one.good for one in both] == [False, True]
    told = noted(visits, {}, frozenset({"i1"}), WINDOW, end_ms)
    assert [one.inquiry_id for one in kept_or_not(told, WINDOW, LATER)] == ["i2"]


def test_what_can_no_longer_matter_is_forgotten() -> None:
    visits = after(*FIRST)
    assert noted(visits, {}, frozenset({"i1"}), WINDOW, 15 * DAY_MS).visits == {}
