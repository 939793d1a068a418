"""Times to the first answer, and whether wishes for a person were kept."""

from __future__ import annotations

import pytest

from tests.unit.demo.stories import answered, decided, event, inquiry, later, said, tally
from warmline.demo.lives import Life, wishes_kept
from warmline.demo.summary import percentile


def test_the_first_answer_counts_whoever_gave_it() -> None:
    life = tally(
        event(inquiry()), answered(by="person", after_s=9.0), answered(by="bot", after_s=2.5)
    ).lives["i"]
    assert life.first_answer_s() == (2.5, "bot")


def test_an_inquiry_without_an_answer_has_no_time() -> None:
    assert tally(event(inquiry())).lives["i"].first_answer_s() is None
    assert Life(answers=[(later(1), "bot")]).first_answer_s() is None


def test_a_wish_in_the_text_is_broken_by_an_answer_of_the_bot() -> None:
    to_people = tally(event(inquiry()), decided(route="human", mode=None))
    answered_by_bot = tally(event(inquiry()), decided(), answered())
    assert wishes_kept([("i", to_people.lives["i"], True)]) == (1, 1)
    assert wishes_kept([("i", answered_by_bot.lives["i"], True)]) == (1, 0)


def test_a_wish_by_the_button_is_kept_if_it_brings_people_in() -> None:
    pressed = [event(inquiry()), decided(), answered(), said("wants_person", feedback_id="f")]
    ignored = tally(*pressed)
    kept = tally(*pressed, decided(cause="f", route="human", mode=None))
    assert wishes_kept([("i", ignored.lives["i"], False)]) == (1, 0)
    assert wishes_kept([("i", kept.lives["i"], False)]) == (1, 1)


def test_who_asked_for_nobody_wished_for_nothing() -> None:
    life = tally(event(inquiry()), decided(), answered(), said("helped")).lives["i"]
    assert wishes_kept([("i", life, False)]) == (0, 0)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (0.99, 99.0), (1.0, 100.0), (0.001, 1.0)]
)
def test_percentiles_are_by_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected
