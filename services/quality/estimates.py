"""Intervals for ratios, for sums over strata and for differences of both; each names its source.

Pure, for one look at a finished period; what may be looked at all the time is in `statistics`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from scipy import stats

from services.quality.statistics import Interval, Sample

UNKNOWN = Interval(-math.inf, math.inf)
_SMALLEST = 2
"""Values below which a sample says nothing about its own spread."""


class Pair(NamedTuple):
    """Two measures of the same `size` cases. Variances and covariance with n - 1."""

    mean: float
    other_mean: float
    variance: float
    other_variance: float
    covariance: float
    size: int


class Estimate(NamedTuple):
    value: float
    interval: Interval


def ratio_of_means(pair: Pair, error: float) -> Estimate:
    """Mean of the first measure over the mean of the other, such as cost per kept resolution."""
    return weighted_ratio([(1.0, pair)], error)


def weighted_ratio(strata: Sequence[tuple[float, Pair]], error: float) -> Estimate:
    """The sum of weight times first mean over the sum of weight times other mean.

    All ratios r for which `first - r * other` is not told from 0 by Student's t test: Fieller, JRSS
    B 16 (1954) 175-185; over strata as the combined ratio of Cochran, Sampling Techniques (1977),
    section 6.11. Without bounds where the denominator is not told from 0, and not a number where it
    is 0: a cost per nothing is not a number, however large.
    """
    first = math.fsum(weight * pair.mean for weight, pair in strata)
    other = math.fsum(weight * pair.other_mean for weight, pair in strata)
    value = first / other if other else math.nan
    freedom = sum(pair.size - 1 for _, pair in strata)
    if not strata or min(pair.size for _, pair in strata) < _SMALLEST:
        return Estimate(value, UNKNOWN)
    t = float(stats.t.isf(error / 2, freedom)) ** 2

    def spread(of: Callable[[Pair], float]) -> float:
        return t * math.fsum(weight**2 * of(pair) / pair.size for weight, pair in strata)

    squared = other**2 - spread(lambda pair: pair.other_variance)
    linear = first * other - spread(lambda pair: pair.covariance)
    constant = first**2 - spread(lambda pair: pair.variance)
    if squared <= 0:
        return Estimate(value, UNKNOWN)
    half = math.sqrt(max(0.0, linear**2 - squared * constant))
    return Estimate(value, Interval((linear - half) / squared, (linear + half) / squared))


def mean_of(sample: Sample, error: float) -> Estimate:
    """Student, Biometrika 6 (1908)."""
    if sample.size < _SMALLEST:
        return Estimate(sample.mean if sample.size else math.nan, UNKNOWN)
    half = float(stats.t.isf(error / 2, sample.size - 1)) * math.sqrt(sample.variance / sample.size)
    return Estimate(sample.mean, Interval(sample.mean - half, sample.mean + half))


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
    """The sum over the strata of weight times (first minus second).

    Cochran, Sampling Techniques (1977), section 5.3, with the degrees of freedom of Satterthwaite,
    Biometrics Bulletin 2 (1946). Strata with fewer than two values on a side cannot be judged and
    must not be given.
    """
    if not strata:
        return Estimate(math.nan, UNKNOWN)
    if any(min(stratum.one.size, stratum.other.size) < _SMALLEST for stratum in strata):
        raise ValueError("each stratum needs two values or more on both sides")
    value = math.fsum(s.weight * (s.one.mean - s.other.mean) for s in strata)
    parts = [
        (s.weight**2 * side.variance / side.size, side.size - 1)
        for s in strata
        for side in (s.one, s.other)
    ]
    variance = math.fsum(part for part, _ in parts)
    if variance == 0:
        return Estimate(value, Interval(value, value))
    freedom = variance**2 / math.fsum(part**2 / free for part, free in parts)
    half = float(stats.t.isf(error / 2, freedom)) * math.sqrt(variance)
    return Estimate(value, Interval(value - half, value + half))
