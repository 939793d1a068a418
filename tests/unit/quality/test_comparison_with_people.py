"""No licence where the bot is worse than the people of the comparison group."""

from __future__ import annotations

import pytest

from services.quality.licensing import Standing, licence_of
from services.quality.licensing.proof import compare
from services.quality.licensing.standing import Counts
from services.quality.statistics import anytime_interval
from tests.unit.quality.desks import CELL, TERMS, Desk, coin, evidence, licensed

MARGIN = TERMS.margin


def standing(bot: Counts, people: Counts) -> Standing:
    return Standing(bot={"return": bot}, people={"return": people})


@pytest.mark.parametrize(
    ("bot", "people", "verdict"),
    [
        (Counts(9, 1), Counts(9, 1), "no_data"),
        (Counts(20_000, 1_000), Counts(20_000, 1_000), "not_worse"),
        (Counts(20_500, 500), Counts(18_000, 3_000), "not_worse"),
        (Counts(17_000, 4_000), Counts(20_000, 1_000), "worse"),
        (Counts(100, 200), Counts(280, 20), "worse"),
    ],
)
def test_worse_is_what_lies_beyond_the_margin_in_all_of_the_interval(
    bot: Counts, people: Counts, verdict: str
) -> None:
    """By hand: both intervals at half of the error of one signal, and their difference."""
    assert compare(standing(bot, people), TERMS) == verdict
    error = TERMS.licence_error / (2 * TERMS.cells) / 2
    ours, theirs = (anytime_interval(*counts, error) for counts in (bot, people))
    low, high = ours.low - theirs.high, ours.high - theirs.low
    if verdict == "no_data":
        assert high - low > 2 * MARGIN
        assert high >= -MARGIN
    elif verdict == "not_worse":
        assert high - low <= 2 * MARGIN
        assert low >= -MARGIN
    else:
        assert high < -MARGIN or low < -MARGIN


def lowered(bot_returns_seldom: float) -> Desk:
    """In draft again because inquiries changed, with what is known of both groups."""
    desk = licensed()
    desk.tell_until("draft", 30, "drift", good=False)
    for good in coin(7, 0.97, 12_000):
        desk.tell(evidence("return", good, by="person"))
    for good in coin(8, bot_returns_seldom, 12_000):
        desk.tell(evidence("return", good))
    return desk


def test_a_bot_whose_customers_return_more_often_gets_no_licence_however_right_it_looks() -> None:
    desk = lowered(0.85)
    assert desk.tell_many(2_000, "draft", confidence=0.99).state == "draft"
    assert licence_of(CELL, desk.standings[CELL], TERMS).compared_with_people == "worse"


def test_a_bot_that_is_as_good_as_people_gets_it() -> None:
    desk = lowered(0.97)
    desk.tell_until("licensed", 2_000, "draft", confidence=0.99)
    assert licence_of(CELL, desk.standings[CELL], TERMS).compared_with_people == "not_worse"
