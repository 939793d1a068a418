"""What the marks say of a Redis that may have lost something."""

from __future__ import annotations

from services.runtime.applied import BEGUN, behind

COMMITTED = {("inquiries", 0): 7, ("inquiries", 1): 3, ("feedback", 0): 2}


def test_marks_as_high_as_what_was_acknowledged_lack_nothing() -> None:
    marks = {BEGUN: "a", "inquiries/0": "9", "inquiries/1": "3", "feedback/0": "2"}
    assert behind(marks, COMMITTED) == {}


def test_lower_marks_and_those_that_are_gone_say_how_much_is_missing() -> None:
    assert behind({BEGUN: "a", "inquiries/0": "5", "inquiries/1": "3"}, COMMITTED) == {
        "inquiries/0": 2,
        "feedback/0": 2,
    }
    assert behind({}, COMMITTED) == {"inquiries/0": 7, "inquiries/1": 3, "feedback/0": 2}


def test_a_new_desk_has_lost_nothing() -> None:
    assert behind({}, {}) == {}
