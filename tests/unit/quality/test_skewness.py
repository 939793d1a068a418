"""The limits for skewed values against scipy, against the formula of another package, and by simulation."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import optimize, stats

from bench.quality.intervals import pair_of, sample_of
from services.quality.estimates import (
    Stratum,
    mean_of,
    ratio_of_means,
    weighted_difference,
)
from services.quality.report.moments import Measure, Moments, terms_of
from services.quality.skewness import DOUBT, limits


@pytest.mark.parametrize("skewness", [-0.8, -0.1, 0.02, 0.3, 1.5])
@pytest.mark.parametrize("error", [0.01, 0.05])
def test_the_wider_ends_are_where_halls_transformation_says(skewness: float, error: float) -> None:
    """His formula as printed, solved by a root finder instead of undone by its inverse."""
    a = DOUBT * skewness

    def transformed(statistic: float) -> float:
        return statistic + a * statistic**2 / 3 + a**2 * statistic**3 / 27 + a / 6

    student = stats.t.isf(error / 2, 24)
    ends = [
        optimize.brentq(lambda x, end=end: transformed(x) - end, -1e3, 1e3, xtol=1e-12)
        for end in (-student, student)
    ]
    found = limits(24, skewness, error)
    assert found.low == pytest.approx(min(-student, ends[0]))
    assert found.high == pytest.approx(max(student, ends[1]))


def test_small_skewness_shifts_as_in_chens_test_of_envstats() -> None:
    """R's EnvStats::chenTTest, from Chen, JASA 90 (1995): t + a (1 + 2 t²) + 4 a² (t + 2 t³), with a the
    skewness of the estimate over 6. Both remove the same term of first order."""
    skewness = 0.002
    a = DOUBT * skewness / 6
    low = limits(60, skewness, 0.05).low
    chens = low + a * (1 + 2 * low**2) + 4 * a**2 * (low + 2 * low**3)
    student = -stats.t.isf(0.025, 60)
    assert low < student - 0.004
    assert abs(chens - student) < (student - low) / 10


def test_without_skewness_the_limits_are_students() -> None:
    """2.200985 is the two-sided 5 % point for 11 degrees of freedom of any table."""
    assert limits(11, 0.0, 0.05) == pytest.approx((-2.200985, 2.200985))
    values = np.random.default_rng(4).normal(3, 2, 40)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    flat = sample_of(values)._replace(third=0.0)
    assert mean_of(flat, 0.05).interval == pytest.approx((theirs.low, theirs.high))


def test_mirrored_skewness_gives_mirrored_limits() -> None:
    one, other = limits(30, 0.4, 0.05), limits(30, -0.4, 0.05)
    assert one == pytest.approx((-other.high, -other.low))


def test_moments_know_the_third_moments_that_scipy_finds_in_the_cases() -> None:
    """Fisher's k-statistic of any mixture of both sums, from the cases themselves."""
    random = np.random.default_rng(8)
    moments, costs, kept = Moments(), [], []
    for _ in range(60):
        returned = bool(random.random() < 0.2)
        ms, stays = int(random.exponential(90_000)), bool(random.random() < 0.8)
        score = int(random.integers(1, 6)) if random.random() < 0.5 else 0
        moments.add(
            terms_of(
                {
                    Measure.PERSON_MS: ms,
                    Measure.RETURNED: returned,
                    Measure.KEPT: stays,
                    Measure.SCORE: score,
                    Measure.RATED: score > 0,
                }
            )
        )
        costs.append(ms / 1000 + 30 * returned)
        kept.append(float(stays))
    half = Moments()
    half.merge(moments)
    weights = {Measure.PERSON_MS: Fraction(1, 1000), Measure.RETURNED: Fraction(30)}
    for found in (moments, half):
        pair = found.pair(weights, {Measure.KEPT: 1})
        for ratio in (-2.0, 0.0, 17.0, 500.0):
            mixed = np.array(costs) - ratio * np.array(kept)
            sample = pair.less(ratio)
            assert sample.third == pytest.approx(stats.kstat(mixed, 3))
            assert sample.variance == pytest.approx(stats.kstat(mixed, 2))
        assert found.sample(weights).third == pytest.approx(stats.kstat(costs, 3))


def test_two_cases_have_no_third_moment() -> None:
    moments = Moments()
    for ms in (1, 5):
        moments.add(terms_of({Measure.PERSON_MS: ms}))
    assert moments.sample({Measure.PERSON_MS: 1}).third == 0.0


def test_a_ratio_of_skewed_costs_ends_where_its_difference_is_told_from_nothing() -> None:
    """From the cases themselves: mean, deviation and skewness of cost - ratio * kept by scipy."""
    random = np.random.default_rng(20)
    kept = (random.random(80) < 0.7).astype(float)
    cost = random.lognormal(0, 1, 80)
    value, interval = ratio_of_means(pair_of(cost, kept), 0.05)

    def beyond(ratio: float, end: int) -> float:
        left = cost - ratio * kept
        skewness = stats.skew(left, bias=False) / math.sqrt(80)
        return float(left.mean() / stats.sem(left) - limits(79, skewness, 0.05)[end])

    assert interval.low == pytest.approx(
        optimize.brentq(lambda ratio: beyond(ratio, 1), 0.1 * value, value, xtol=1e-12), rel=1e-6
    )
    assert interval.high == pytest.approx(
        optimize.brentq(lambda ratio: beyond(ratio, 0), value, 9 * value, xtol=1e-12), rel=1e-6
    )


@pytest.mark.parametrize("few", [20, 60])
@pytest.mark.parametrize("topics", [1, 3])
def test_a_difference_of_skewed_costs_covers_the_truth_in_small_groups(
    few: int, topics: int
) -> None:
    """Lognormal, the standard deviation as large as the mean; Welch's interval holds it in about 0.90
    of these. `bench.quality.intervals` has more of them."""
    random = np.random.default_rng([few, topics])
    runs, covered, by_welch = 600, 0, 0
    sigma = math.sqrt(math.log(2))
    for _ in range(runs):
        strata = [
            Stratum(
                1.0,
                sample_of(random.exponential(0.1, 500)),
                sample_of(random.lognormal(-(sigma**2) / 2, sigma, few)),
            )
            for _ in range(topics)
        ]
        plain = [Stratum(s.weight, *(x._replace(third=0.0) for x in s[1:])) for s in strata]
        for which, some in enumerate((strata, plain)):
            low, high = weighted_difference(some, 0.05).interval
            held = low <= -0.9 * topics <= high
            covered, by_welch = covered + held * (1 - which), by_welch + held * which
    assert stats.binomtest(covered, runs, 0.95, alternative="less").pvalue > 0.01
    assert by_welch < covered
