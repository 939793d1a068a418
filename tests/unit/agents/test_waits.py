"""When a customer is told how long they will wait: at first, and when it has really changed."""

from __future__ import annotations

import pytest

from services.agents.estimates import Outlook, Wait
from services.agents.insights import FOR_ONE
from services.agents.tally import Counts
from services.agents.waits import Told, is_news, waits_of

BUSY = Counts(handled=100, handle_ms=100 * 60_000)


def told(position: int, expected_s: float | None) -> Told:
    return Told(0, Wait(position, expected_s, ""))


@pytest.mark.parametrize(
    ("before", "after_s", "now", "news"),
    [
        (told(5, 300), 19, Wait(1, 10, ""), False),  # a moment ago
        (told(5, 300), 60, Wait(5, 240, ""), False),  # passes as it was foretold
        (told(5, 300), 60, Wait(5, 300, ""), True),  # does not pass
        (told(5, 300), 60, Wait(5, 190, ""), False),  # a little faster
        (told(5, 300), 60, Wait(5, 170, ""), True),
        (told(5, 300), 60, Wait(4, 240, ""), True),  # one place of five
        (told(20, 300), 60, Wait(18, 240, ""), False),  # two places of twenty
        (told(20, 300), 60, Wait(16, 240, ""), True),
        (told(3, 300), 60, Wait(4, 240, ""), True),  # somebody more urgent came in between
        (told(2, 20), 30, Wait(2, 4, ""), False),  # seconds do not matter
        (told(2, None), 30, Wait(2, 90, ""), True),  # now something is known
        (told(2, 90), 30, Wait(2, None, ""), True),  # everybody has gone
        (told(2, None), 30, Wait(2, None, ""), False),
        (told(2, None), 30, Wait(1, None, ""), True),
    ],
)
def test_a_customer_hears_what_has_changed_noticeably(
    before: Told, after_s: int, now: Wait, news: bool
) -> None:
    assert is_news(before, now, after_s * 1000) is news


def test_a_line_has_places_and_waits_in_its_order() -> None:
    lines = {"general": ["a", "b"], "@ada": ["c"]}
    outlooks = {"general": Outlook(people=2, share=0.5, recent=BUSY)}
    found = dict(waits_of(lines, outlooks))
    assert [(found[each].position, found[each].expected_s) for each in "ab"] == [(1, 60), (2, 120)]
    assert found["c"] == Wait(1, None, FOR_ONE)
