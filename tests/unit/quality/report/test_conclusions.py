"""What is concluded from totals: bot beside people, money, forecasts, gaps."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from services.quality.report.comparison import Compared, compare, yardsticks
from services.quality.report.fairness import SIZE_MIN, gaps
from services.quality.report.moments import Measure, Moments, terms_of
from services.quality.report.prices import Money, Prices, load_prices, money
from services.quality.report.totals import Group, Slice
from services.quality.report.worth import (
    EVIDENCE_MIN,
    Evidence,
    forecasts,
    return_cost,
    spent,
    worth,
)
from services.quality.statistics import Sample
from warmline.errors import ConfigurationError

PRICES = Prices(
    currency="EUR",
    person_hour=Decimal("36"),
    model_call=Decimal("0.004"),
    complaint=Decimal("25"),
)
HOUR_MS = 3_600_000
Row = Mapping[Measure, int]


def moments_of(*rows: Row) -> Moments:
    moments = Moments()
    for row in rows:
        moments.add(terms_of(row))
    return moments


def bot(*, kept: bool, handed_over_ms: int = 0, returned: bool = False) -> Row:
    return {
        Measure.KEPT: kept,
        Measure.ATTEMPTS: 1,
        Measure.HANDED_OVER: handed_over_ms > 0,
        Measure.PERSON_MS: handed_over_ms,
        Measure.RETURNED: returned,
        Measure.AUTOMATED: handed_over_ms == 0,
    }


def person(ms: int, *, kept: bool = True) -> Row:
    return {Measure.KEPT: kept, Measure.PERSON_MS: ms, Measure.ANSWERED: 1}


def test_the_parts_of_a_small_desks_costs_are_exact() -> None:
    """Bot: 4 calls, one handover of 10 minutes, one return at the price of people's 6 minutes."""
    groups = {
        Group("refund", "en", "bot"): moments_of(
            bot(kept=True), bot(kept=True), bot(kept=False, returned=True),
            bot(kept=True, handed_over_ms=HOUR_MS // 6),
        ),
        Group("refund", "en", "people"): moments_of(person(HOUR_MS // 10), person(HOUR_MS // 10)),
        Group("fraud", "en", ""): moments_of(person(HOUR_MS)),
    }  # fmt: skip
    found = worth(groups, PRICES, 0.05)
    assert found is not None
    assert return_cost(groups, ("refund", "en"), PRICES) == Fraction("3.6")
    assert found.bot.parts._asdict() == {
        "model_calls": Fraction("0.016"),
        "people": 0,
        "hand_offs": 6,
        "returns": Fraction("3.6"),
        "complaints": 0,
    }
    assert found.people.parts.total == Fraction("7.2")
    assert (found.bot.kept, found.people.kept) == (3, 2)
    assert found.bot.per_kept.value == pytest.approx(9.616 / 3)
    assert found.people.per_kept.value == pytest.approx(3.6)
    assert found.saved.value == pytest.approx(4 * 3.6 - 9.616)
    assert found.kept_more.value == pytest.approx(4 * (0.75 - 1))
    everything = spent(groups, PRICES)
    assert everything.returns == 0
    assert everything.total == Fraction("0.016") + 6 + Fraction("7.2") + 36


def test_nothing_is_claimed_for_a_topic_without_a_comparison_group() -> None:
    alone = {Group("refund", "en", "bot"): moments_of(*[bot(kept=True)] * 50)}
    assert worth(alone, PRICES, 0.05) is None
    beside = {
        **alone,
        Group("due", "en", "bot"): moments_of(*[bot(kept=True)] * 9),
        Group("due", "en", "people"): moments_of(*[person(60_000)] * 3),
    }
    found = worth(beside, PRICES, 0.05)
    assert found is not None
    assert found.left_out == (("refund", "en"),)
    assert found.bot.cases == 9


def test_what_was_saved_covers_the_truth_and_topics_do_not_mix() -> None:
    """People cost 1 and 4 a case, the bot half of that; the cheap topic has nearly all of the bot's
    volume, so that a pooled comparison would be far off."""
    random = np.random.default_rng(20261125)
    runs, covered = 200, 0
    minute_price = float(PRICES.person_hour) / 60
    for _ in range(runs):
        groups = {}
        for topic, minutes, many, few in (("a", 1.0, 400, 100), ("b", 4.0, 100, 100)):
            groups[Group(topic, "en", "bot")] = moments_of(
                *(
                    bot(kept=True, handed_over_ms=int(ms))
                    for ms in random.exponential(minutes / 2 * 6e4, many)
                )
            )
            groups[Group(topic, "en", "people")] = moments_of(
                *(person(int(ms)) for ms in random.exponential(minutes * 6e4, few))
            )
        found = worth(groups, PRICES, 0.05)
        assert found is not None
        truth = minute_price * (400 * 0.5 + 100 * 2.0) - 500 * float(PRICES.model_call)
        covered += found.saved.interval.low <= truth <= found.saved.interval.high
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.01


def by_name(found: list[Compared]) -> dict[tuple[str | None, str], Compared]:
    return {(one.topic, one.yardstick): one for one in found}


def test_the_comparison_counts_by_assignment_and_weighs_topics_by_their_inquiries() -> None:
    groups = {
        Group("a", "en", "bot"): moments_of(
            *[bot(kept=True)] * 60, *[bot(kept=False, returned=True)] * 20
        ),
        Group("a", "en", "people"): moments_of(
            *[person(60_000)] * 18, *[person(60_000, kept=False)] * 2
        ),
        Group("b", "en", "bot"): moments_of(
            *[bot(kept=True)] * 10, *[bot(kept=False, handed_over_ms=120_000)] * 10
        ),
        Group("b", "en", "people"): moments_of(*[person(240_000)] * 5),
        Group("c", "en", ""): moments_of(person(1)),
    }
    costs = {("a", "en"): PRICES.weights(Fraction(0)), ("b", "en"): PRICES.weights(Fraction(0))}
    found = by_name(compare(groups, yardsticks(costs, "EUR"), 0.05))
    assert found["a", "kept resolutions"].bot.value == 0.75
    assert found["a", "kept resolutions"].people.value == 0.9
    assert found["b", "handling by people"].bot.value == 60
    assert found["b", "handling by people"].people.value == 240
    assert found["b", "cost"].people.value == pytest.approx(2.4)
    whole = found[None, "kept resolutions"]
    assert whole.difference.value == pytest.approx((100 * -0.15 + 25 * -0.5) / 125)
    assert whole.difference.value == pytest.approx(whole.bot.value - whole.people.value)
    assert (whole.bot_size, whole.people_size) == (100, 25)
    assert ("c", "returns") not in found
    assert (None, "CSAT") not in found, "nobody gave a score"


def test_a_forecast_ends_at_the_worst_and_best_of_all_three_shares() -> None:
    evidence = Evidence("refund", "en", 1000, 600, 190, 200, Sample(3.0, 4.0, 150))
    (found,) = forecasts([evidence], PRICES, 0.06)
    assert found.saved.value == pytest.approx(1000 * 0.6 * (0.95 * 3.0 - 0.004))
    assert found.wrong.value == pytest.approx(30)
    theirs = [
        stats.binomtest(some, of).proportion_ci(0.98, "exact")
        for some, of in ((600, 1000), (190, 200))
    ]
    low, high = stats.t.interval(0.98, 149, 3.0, 2.0 / np.sqrt(150))
    grid = [
        1000 * share * (right * cost - 0.004)
        for share, right, cost in itertools.product(
            np.linspace(theirs[0].low, theirs[0].high, 7),
            np.linspace(theirs[1].low, theirs[1].high, 7),
            np.linspace(float(low), float(high), 7),
        )
    ]
    assert found.saved.interval == pytest.approx((min(grid), max(grid)))


def test_nothing_is_forecast_without_evidence_and_the_most_valuable_comes_first() -> None:
    def evidence(topic: str, judged: int, cost: float, cases: int) -> Evidence:
        return Evidence(topic, "en", 500, 300, judged, judged, Sample(cost, 1.0, cases))

    enough = EVIDENCE_MIN
    found = forecasts(
        [
            evidence("no drafts", enough - 1, 9.0, 500),
            evidence("no people", 500, 9.0, enough - 1),
            evidence("small", enough, 1.0, enough),
            evidence("large", enough, 5.0, enough),
        ],
        PRICES,
        0.05,
    )
    assert [one.topic for one in found] == ["large", "small"]


def slices(**sizes: tuple[int, int]) -> dict[Slice, Moments]:
    return {
        Slice("market", name): moments_of(
            *[{Measure.LATE: 1, Measure.KEPT: 1}] * late, *[{Measure.KEPT: 1}] * (size - late)
        )
        for name, (late, size) in sizes.items()
    }


def test_a_gap_that_cannot_be_luck_is_an_alert_and_one_that_can_is_not() -> None:
    found = {
        (gap.name, gap.matter): gap
        for gap in gaps(slices(de=(50, 1000), uk=(300, 1000), dk=(10, 40)), 0.1, 0.05)
    }
    assert found["uk", "answered late"].alert
    assert found["uk", "answered late"].gap == pytest.approx(300 / 1000 - 60 / 1040)
    assert not found["de", "answered late"].alert, "waiting less than others harms nobody"
    assert not found["dk", "answered late"].alert, "a quarter of 40 may be luck"
    assert not found["uk", "kept resolutions"].alert


def test_too_small_a_slice_is_shown_and_never_alarms() -> None:
    found = gaps(slices(de=(0, 1000), uk=(SIZE_MIN - 1, SIZE_MIN - 1)), 0.1, 0.05)
    assert [gap.alert for gap in found if gap.name == "uk"] == [False] * 3
    assert gaps(slices(de=(5, 100)), 0.1, 0.05) == [], "there is nobody to compare with"


def test_where_all_are_treated_alike_at_the_limit_any_alarm_is_rare() -> None:
    """Twelve markets with a true gap of the limit at most; the whole report errs in 5 of 100."""
    random = np.random.default_rng(5)
    alarms, runs = 0, 60
    for _ in range(runs):
        sizes = {f"m{n}": (int(random.binomial(400, 0.2)), 400) for n in range(12)}
        alarms += any(gap.alert for gap in gaps(slices(**sizes), 0.0, 0.05))
    assert stats.binomtest(alarms, runs, 0.05, alternative="greater").pvalue > 0.01


def test_money_is_decimal_and_rounds_ties_to_even() -> None:
    assert money(Fraction("0.00025"), "EUR") == Money(Decimal("0.0002"), "EUR")
    assert money(Fraction(1, 3), "EUR").amount == Decimal("0.3333")
    assert str(money(Fraction("1234.5"), "EUR")) == "1,234.50 EUR"
    assert str(money(Fraction("0.004"), "EUR")) == "0.0040 EUR"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency: euro", "currency"),
        ("{currency: EUR, person_hour: -1, model_call: 0, complaint: 0}", "person_hour"),
        ("{currency: EUR, person_hour: 1, model_call: 0}", "complaint"),
        ("{currency: EUR, person_hour: 1, model_call: 0, complaint: 0, tax: 1}", "tax"),
        ("[", "YAML"),
    ],
)
def test_a_wrong_file_of_prices_says_what_and_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_prices(path)
    assert "prices.yaml" in str(caught.value)


def test_prices_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("currency: EUR\nperson_hour: 36\nmodel_call: 0.004\ncomplaint: 25\n")
    assert load_prices(path) == PRICES
