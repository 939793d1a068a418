"""Topics whose briefs fail are named, and only where enough people said so."""

from __future__ import annotations

import pytest

from services.quality.report.figures import of_briefs
from services.quality.report.repeats import failing
from services.quality.report.totals import Repeats, Totals

REPEATS = {
    ("due_date", "en"): Repeats(yes=1, no=99),
    ("fraud", "de"): Repeats(yes=9, no=0),
    ("login", "en"): Repeats(yes=0, no=0, not_said=500),
    ("payment", "en"): Repeats(yes=30, no=70),
    ("refund", "de"): Repeats(yes=20, no=20),
    ("returns", "en"): Repeats(yes=25, no=75),
    ("voucher", "en"): Repeats(yes=3, no=17),
}


def test_the_topics_whose_briefs_fail_most_are_named_the_worst_first() -> None:
    assert [(one.topic, one.size) for one in failing(REPEATS, 0.05)] == [
        ("refund", 40),
        ("payment", 100),
        ("returns", 100),
    ]


def test_who_did_not_say_is_in_no_share() -> None:
    totals = Totals(repeats={("login", "en"): Repeats(yes=1, no=3, not_said=96)})
    shares = [one for one in of_briefs(totals, 0.05) if one.unit == "share"]
    assert [(one.subject, one.size, one.value) for one in shares] == [
        ("all", 4, 0.25),
        ("login/en", 4, 0.25),
    ]
    assert shares[0].low == pytest.approx(0.0456, abs=0.001)
    assert shares[0].high == pytest.approx(0.6994, abs=0.001)


def test_nothing_is_claimed_where_nobody_was_asked() -> None:
    assert list(of_briefs(Totals(repeats={("login", "en"): Repeats(not_said=9)}), 0.05)) == []
