"""Intervals for ratios, for sums over strata and for differences of both; each names its source.

Pure, for one look at a finished period; what may be looked at all the time is in `statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from scipy import optimize

from services.quality.skewness import limits
from services.quality.statistics import Interval, Sample, clopper_pearson

UNKNOWN = Interval(-math.inf, math.inf)
_SMALLEST = 2
"""Values below which a sample says nothing about its own spread."""


class Pair(NamedTuple):
    """Two measures of the same `size` cases. Variances and covariance with n - 1; `thirds`: the third
    central moments, of the first measure three times, twice, once and not at all, the other the rest;
    0 where they are taken as symmetrical."""

    mean: float
    other_mean: float
    variance: float
    other_variance: float
    covariance: float
    size: int
    thirds: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    def less(self, ratio: float) -> Sample:
        """Of the first measure minus `ratio` times the other."""
        first, twice, once, none = self.thirds
        return Sample(
            self.mean - ratio * self.other_mean,
            self.variance - 2 * ratio * self.covariance + ratio**2 * self.other_variance,
            self.size,
            first - 3 * ratio * twice + 3 * ratio**2 * once - ratio**3 * none,
        )


class Estimate(NamedTuple):
    value: float
    interval: Interval


def ratio_of_means(pair: Pair, error: float) -> Estimate:
    """Mean of the first measure over the mean of the other, such as cost per kept resolution."""
    return weighted_ratio([(1.0, pair)], error)


def weighted_ratio(strata: Sequence[tuple[float, Pair]], error: float) -> Estimate:
    """The sum of weight times first mean over the sum of weight times other mean.

    All ratios r for which `first - r * other` is not told from 0: Fieller, JRSS B 16 (1954) 175-185;
    over strata as the combined ratio of Cochran, Sampling Techniques (1977), section 6.11; told by
    `weighted_total`, as costs are skewed. Without bounds where the denominator is not told from 0, and
    not a number where it is 0: a cost per nothing is not a number, however large.
    """
    first = math.fsum(weight * pair.mean for weight, pair in strata)
    other = math.fsum(weight * pair.other_mean for weight, pair in strata)
    value = first / other if other else math.nan
    if not strata or not other or min(pair.size for _, pair in strata) < _SMALLEST:
        return Estimate(value, UNKNOWN)

    def left(ratio: float) -> Interval:
        """What is left at this ratio, once above and once below; the ratio is told from the truth
        where 0 is not in between."""
        return weighted_total(
            [(weight, pair.less(ratio)) for weight, pair in strata], error
        ).interval

    scale = math.copysign(abs(value) or 1.0, other)
    low = _told(lambda step: left(value - step * scale).low)
    high = _told(lambda step: -left(value + step * scale).high)
    if low is None or high is None:
        return Estimate(value, UNKNOWN)
    ends = value - low * scale, value + high * scale
    return Estimate(value, Interval(min(ends), max(ends)))


_DOUBLED_MAX = 60


def _told(rising: Callable[[float], float]) -> float | None:
    """The step at which the function, at most 0 at step 0, becomes positive; None where it does not."""
    if rising(0.0) >= 0:
        return 0.0
    near, far = 0.0, 1e-6
    for _ in range(_DOUBLED_MAX):
        if rising(far) > 0:
            return float(optimize.brentq(rising, near, far, rtol=1e-12))
        near, far = far, 2 * far
    return None


def share_of(some: int, size: int, error: float) -> Estimate:
    """With the exact interval, which holds in small groups and for rare ends, too."""
    return Estimate(some / size if size else math.nan, clopper_pearson(some, size, error))


def mean_of(sample: Sample, error: float) -> Estimate:
    """Student, Biometrika 6 (1908), with `limits` for the skewness."""
    if sample.size < _SMALLEST:
        return Estimate(sample.mean if sample.size else math.nan, UNKNOWN)
    return weighted_total([(1.0, sample)], error)


def weighted_total(parts: Sequence[tuple[float, Sample]], error: float) -> Estimate:
    """The sum of weight times mean over independent samples of two values or more.

    Degrees of freedom by Satterthwaite, Biometrics Bulletin 2 (1946) 110-114, which for two samples is
    Welch, Biometrika 34 (1947); the third moments of independent sums add up as the second do.
    """
    value = math.fsum(weight * sample.mean for weight, sample in parts)
    variances = [(weight**2 * part.variance / part.size, part.size - 1) for weight, part in parts]
    variance = math.fsum(part for part, _ in variances)
    if variance <= 0:
        return Estimate(value, Interval(value, value))
    freedom = variance**2 / math.fsum(part**2 / free for part, free in variances)
    third = math.fsum(weight**3 * part.third / part.size**2 for weight, part in parts)
    low, high = limits(freedom, third / variance**1.5, error)
    root = math.sqrt(variance)
    return Estimate(value, Interval(value - high * root, value - low * root))


def difference(one: Estimate, other: Estimate) -> Estimate:
    """First minus second of two independent estimates, from their own intervals, which need not be
    symmetric (method of variance estimates recovery).

    Zou and Donner, Statistics in Medicine 27 (2008) 1693-1702; for proportions with Wilson's
    intervals it is Newcombe's method 10.
    """
    value = one.value - other.value
    low = math.hypot(one.value - one.interval.low, other.interval.high - other.value)
    high = math.hypot(one.interval.high - one.value, other.value - other.interval.low)
    return Estimate(value, Interval(value - low, value + high))


def weighted_sum(some: Sequence[tuple[float, Estimate]]) -> Estimate:
    """The sum of weight times estimate, of independent ones, from their own intervals.

    Weights must not be negative. Zou, Huang, Zhang, Computational Statistics and Data Analysis 53
    (2009) 1080-1085; it holds for few cases and for shares of 0, where a variance says nothing.
    """
    value = math.fsum(weight * estimate.value for weight, estimate in some)
    low = math.hypot(*(weight * (e.value - e.interval.low) for weight, e in some))
    high = math.hypot(*(weight * (e.interval.high - e.value) for weight, e in some))
    return Estimate(value, Interval(value - low, value + high))


class Stratum(NamedTuple):
    """Two independent groups of one topic; `weight` is how many inquiries, or which share of them,
    the difference between the groups stands for."""

    weight: float
    one: Sample
    other: Sample


def weighted_difference(strata: Sequence[Stratum], error: float) -> Estimate:
    """The sum of weight times difference of means, first minus second. Raises ValueError where a
    stratum has fewer than two values on a side: leave such out."""
    if not strata:
        return Estimate(math.nan, UNKNOWN)
    if any(min(stratum.one.size, stratum.other.size) < _SMALLEST for stratum in strata):
        raise ValueError("each stratum needs two values or more on both sides")
    parts = [part for s in strata for part in ((s.weight, s.one), (-s.weight, s.other))]
    return weighted_total(parts, error)
