"""Each interval against scipy or its own definition worked out another way, and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from bench.quality.intervals import pair_of, sample_of
from services.quality.estimates import (
    UNKNOWN,
    Estimate,
    Pair,
    Stratum,
    difference,
    mean_of,
    ratio_of_means,
    weighted_difference,
    weighted_ratio,
    weighted_sum,
)
from services.quality.statistics import (
    Interval,
    Sample,
    clopper_pearson,
    difference_of_proportions,
    wilson,
)

Values = NDArray[np.float64]


def taken_as_symmetrical(values: Values) -> Sample:
    return Sample(float(values.mean()), float(values.var(ddof=1)), len(values))


def costs_and_kept(random: np.random.Generator, size: int) -> tuple[Values, Values]:
    """As they are: many that cost nearly nothing, some that cost much, and each kept or not."""
    kept = (random.random(size) < 0.7).astype(float)
    dear = random.random(size) < 0.3
    cost = 0.01 + dear * random.lognormal(1.5, 0.6, size)
    return cost, kept


@pytest.mark.parametrize("size", [12, 60, 800])
@pytest.mark.parametrize("error", [0.01, 0.05, 0.2])
def test_a_ratio_ends_where_students_test_begins_to_reject(size: int, error: float) -> None:
    cost, kept = costs_and_kept(np.random.default_rng(size), size)
    symmetrical = pair_of(cost, kept)._replace(thirds=(0.0, 0.0, 0.0, 0.0))
    value, (low, high) = ratio_of_means(symmetrical, error)
    assert value == pytest.approx(cost.sum() / kept.sum())

    def undecided(ratio: float) -> float:
        p_value = stats.ttest_1samp(cost - ratio * kept, 0).pvalue
        return float(p_value) - error

    assert low == pytest.approx(optimize.brentq(undecided, -50, value, xtol=1e-10), abs=1e-7)
    assert high == pytest.approx(optimize.brentq(undecided, value, 500, xtol=1e-10), abs=1e-7)


def test_a_ratio_to_nearly_nothing_has_no_bounds_and_one_to_nothing_no_value() -> None:
    kept = np.array([0.0] * 29 + [1.0])
    cost = np.arange(30.0)
    assert ratio_of_means(pair_of(cost, kept), 0.05).interval == UNKNOWN
    assert math.isnan(ratio_of_means(pair_of(cost, np.zeros(30)), 0.05).value)
    one = ratio_of_means(Pair(3.0, 1.0, 0.0, 0.0, 0.0, 1), 0.05)
    assert one == Estimate(3.0, UNKNOWN)
    assert math.isnan(weighted_ratio([], 0.05).value)


def test_a_ratio_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(20261125)
    truth = (0.01 + 0.3 * math.exp(1.5 + 0.6**2 / 2)) / 0.7
    runs, covered = 1000, 0
    for _ in range(runs):
        low, high = ratio_of_means(pair_of(*costs_and_kept(random, 400)), 0.05).interval
        covered += low <= truth <= high
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.001


def test_a_ratio_over_strata_covers_that_of_all_their_inquiries() -> None:
    """The second topic is dearer, and has a larger share of the volume than of the sample."""
    random = np.random.default_rng(7)
    mean = math.exp(1.5 + 0.6**2 / 2)
    truth = (1000 * (0.01 + 0.3 * mean) + 4000 * (2 + 0.01 + 0.3 * mean)) / (5000 * 0.7)
    runs, covered = 500, 0
    for _ in range(runs):
        strata = []
        for weight, more, size in ((1000, 0.0, 300), (4000, 2.0, 150)):
            cost, kept = costs_and_kept(random, size)
            strata.append((float(weight), pair_of(cost + more, kept)))
        low, high = weighted_ratio(strata, 0.05).interval
        covered += low <= truth <= high
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.001


def test_one_stratum_is_the_ratio_itself_whatever_its_weight() -> None:
    pair = pair_of(*costs_and_kept(np.random.default_rng(3), 90))
    whole, alone = weighted_ratio([(7.0, pair)], 0.05), ratio_of_means(pair, 0.05)
    assert whole.value == pytest.approx(alone.value)
    assert whole.interval == pytest.approx(alone.interval)


@pytest.mark.parametrize("size", [2, 5, 200])
def test_a_mean_agrees_with_scipy(size: int) -> None:
    values = np.random.default_rng(size).normal(3, 2, size)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    value, interval = mean_of(taken_as_symmetrical(values), 0.05)
    assert value == pytest.approx(values.mean())
    assert interval == pytest.approx((theirs.low, theirs.high))


def test_a_mean_of_one_or_none_has_no_bounds() -> None:
    assert mean_of(Sample(4.0, 0.0, 1), 0.05) == Estimate(4.0, UNKNOWN)
    assert math.isnan(mean_of(Sample(0.0, 0.0, 0), 0.05).value)


@pytest.mark.parametrize(
    ("one", "other"), [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((0, 20), (0, 10))]
)
def test_differences_of_wilson_intervals_are_newcombes(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    """56/70 - 48/80 is the example (a) of Newcombe's table II: 0.0524 to 0.3339."""
    shares = [
        Estimate(successes / trials, wilson(successes, trials, 0.05))
        for successes, trials in (one, other)
    ]
    found = difference(*shares)
    assert found.interval == pytest.approx(difference_of_proportions(*one, *other, 0.05))
    if one == (56, 70):
        assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_sum_of_shares_covers_the_truth_also_where_most_samples_hold_none() -> None:
    """Returns of a few per cent in small groups, where a variance of 0 would claim certainty."""
    random = np.random.default_rng(2)
    topics = ((0.5, 0.02, 40), (0.3, 0.005, 150), (0.2, 0.1, 30))
    truth = sum(weight * share for weight, share, _ in topics)
    runs, covered = 600, 0
    for _ in range(runs):
        drawn = [
            (weight, int(random.binomial(size, share)), size) for weight, share, size in topics
        ]
        estimate = weighted_sum(
            [
                (weight, Estimate(some / size, clopper_pearson(some, size, 0.05)))
                for weight, some, size in drawn
            ]
        )
        covered += estimate.interval.low <= truth <= estimate.interval.high
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.001


def test_a_sum_of_one_is_that_one() -> None:
    estimate = Estimate(0.25, wilson(25, 100, 0.05))
    assert weighted_sum([(1.0, estimate)]).interval == pytest.approx(estimate.interval)


def test_a_difference_from_something_unknown_is_unknown() -> None:
    found = difference(Estimate(1.0, UNKNOWN), mean_of(Sample(2.0, 1.0, 50), 0.05))
    assert found == Estimate(-1.0, UNKNOWN)


@pytest.mark.parametrize("weight", [1.0, 250.0])
def test_the_difference_of_one_stratum_is_welchs(weight: float) -> None:
    random = np.random.default_rng(1)
    one, other = random.normal(5, 1, 40), random.normal(4, 3, 25)
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    stratum = Stratum(weight, taken_as_symmetrical(one), taken_as_symmetrical(other))
    value, interval = weighted_difference([stratum], 0.05)
    assert value == pytest.approx(weight * (one.mean() - other.mean()))
    assert interval == pytest.approx((weight * theirs.low, weight * theirs.high))


def test_a_difference_over_strata_covers_the_truth() -> None:
    """Three topics with unlike sizes and spreads, the comparison group a twentieth of them."""
    random = np.random.default_rng(11)
    topics = ((2000, 900, 45, 1.0), (500, 400, 20, 4.0), (9000, 2000, 100, 0.2))
    truth = sum(weight * -0.5 * spread for weight, _, _, spread in topics)
    runs, covered = 1000, 0
    for _ in range(runs):
        strata = [
            Stratum(
                weight,
                sample_of(random.exponential(spread, many)),
                sample_of(random.exponential(spread, few) + 0.5 * spread),
            )
            for weight, many, few, spread in topics
        ]
        low, high = weighted_difference(strata, 0.05).interval
        covered += low <= truth <= high
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.01


def test_strata_that_cannot_be_judged_are_refused() -> None:
    with pytest.raises(ValueError, match="two values"):
        weighted_difference([Stratum(1.0, Sample(1.0, 0.0, 1), Sample(1.0, 1.0, 5))], 0.05)
    assert math.isnan(weighted_difference([], 0.05).value)
    same = Stratum(2.0, Sample(3.0, 0.0, 5), Sample(1.0, 0.0, 5))
    assert weighted_difference([same], 0.05) == Estimate(4.0, Interval(4.0, 4.0))
