"""`python -m bench.quality.intervals`: how often the intervals of the report hold the truth; JSON at the end.

Each row is a world whose truth is known, drawn `--runs` times; the report's own functions say the
interval, at 0.95. Costs and handling times are skewed: exponential (skewness 2), and lognormal with a
standard deviation as large as the mean (4) or 1.3 times that (6.2). `size` is that of the human comparison
group of each topic; the bot has nineteen times as many, 1,900 at most. `student`: the same without the
correction for skewness, as often as it holds the truth. `width`: of ours beside that.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.quality.estimates import (
    Estimate,
    Pair,
    Stratum,
    difference,
    mean_of,
    share_of,
    weighted_difference,
    weighted_ratio,
    weighted_sum,
)
from services.quality.report.fairness import gaps
from services.quality.report.moments import Measure, Moments
from services.quality.report.prices import Prices
from services.quality.report.totals import Slice
from services.quality.report.worth import Evidence, forecasts
from services.quality.statistics import Interval, Sample

ERROR = 0.05
BOT_MAX = 1900
Values = NDArray[np.float64]
Random = np.random.Generator
Draw = Callable[[Random, int], Values]

CALL = 0.01
HANDED_OVER = 0.1

SKEWED: dict[str, Draw] = {
    "exponential": lambda random, size: random.exponential(1, size),
    "lognormal, skewness 4": lambda random, size: _lognormal(random, size, math.log(2)),
    "lognormal, skewness 6.2": lambda random, size: _lognormal(random, size, 1.0),
}
"""Each with the mean 1."""


class Held(NamedTuple):
    """Of one draw: the interval and the one without the correction, against the truth."""

    ours: bool
    student: bool
    width: float


def _lognormal(random: Random, size: int, variance: float) -> Values:
    return random.lognormal(-variance / 2, math.sqrt(variance), size)


def sample_of(values: Values) -> Sample:
    size = len(values)
    apart = values - values.mean()
    third = float((apart**3).sum() * size / ((size - 1) * (size - 2)))
    return Sample(float(values.mean()), float(values.var(ddof=1)), size, third)


def pair_of(first: Values, other: Values) -> Pair:
    size = len(first)
    covariance = np.cov(first, other)
    one, two = first - first.mean(), other - other.mean()
    unbiased = size / ((size - 1) * (size - 2))
    thirds = tuple(
        float((one**power * two ** (3 - power)).sum() * unbiased) for power in (3, 2, 1, 0)
    )
    return Pair(
        float(first.mean()),
        float(other.mean()),
        float(covariance[0, 0]),
        float(covariance[1, 1]),
        float(covariance[0, 1]),
        size,
        thirds,  # type: ignore[arg-type]
    )


def mean_cost(draw: Draw, size: int, random: Random) -> Held:
    sample = sample_of(draw(random, size))
    return _held(mean_of(sample, ERROR), mean_of(_plain(sample), ERROR), 1.0)


def stratified(draw: Draw, size: int, random: Random, topics: int) -> Held:
    """Bot minus people; the dearer topics have fewer inquiries, and the bot hands over a tenth."""
    strata, truth = [], 0.0
    for number in range(topics):
        dear = 1 + number % 3
        bot = CALL + dear * (random.random(_bots(size)) < HANDED_OVER) * draw(random, _bots(size))
        weight = 1 / dear
        truth += weight * (CALL + dear * HANDED_OVER - dear)
        strata.append(Stratum(weight, sample_of(bot), sample_of(dear * draw(random, size))))
    plain = [Stratum(s.weight, _plain(s.one), _plain(s.other)) for s in strata]
    ours, student = weighted_difference(strata, ERROR), weighted_difference(plain, ERROR)
    return _held(ours, student, truth)


def one_topic(draw: Draw, size: int, random: Random) -> Held:
    """Bot minus people, recovered from the intervals of both."""
    bot = CALL + (random.random(_bots(size)) < HANDED_OVER) * draw(random, _bots(size))
    one, other = sample_of(bot), sample_of(draw(random, size))
    ours = difference(mean_of(one, ERROR), mean_of(other, ERROR))
    student = difference(mean_of(_plain(one), ERROR), mean_of(_plain(other), ERROR))
    return _held(ours, student, CALL + HANDED_OVER - 1)


def per_kept(draw: Draw, size: int, random: Random, topics: int) -> Held:
    """Of people: cost per kept resolution, where the dear ones are kept less often."""
    strata, cost_sum, kept_sum = [], 0.0, 0.0
    for number in range(topics):
        dear = 1 + number % 3
        cost = draw(random, size)
        kept = (random.random(size) < np.where(cost > 1, 0.7, 0.9)).astype(float)
        strata.append((1 / dear, pair_of(dear * cost, kept)))
        cost_sum += 1.0
        kept_sum += (0.9 - 0.2 * _DEARER[draw]) / dear
    plain = [(weight, pair._replace(thirds=(0.0, 0.0, 0.0, 0.0))) for weight, pair in strata]
    ours, student = weighted_ratio(strata, ERROR), weighted_ratio(plain, ERROR)
    return _held(ours, student, cost_sum / kept_sum)


_DEARER: dict[Draw, float] = {
    SKEWED["exponential"]: math.exp(-1),
    SKEWED["lognormal, skewness 4"]: float(0.5 * math.erfc(math.sqrt(math.log(2)) / 2 / 2**0.5)),
    SKEWED["lognormal, skewness 6.2"]: float(0.5 * math.erfc(0.5 / 2**0.5)),
}
"""The share above the mean."""


def shares(size: int, random: Random, topics: int) -> Held:
    """Returns of bot minus people, over the topics."""
    sides: list[list[tuple[float, Estimate]]] = [[], []]
    truth = 0.0
    for number in range(topics):
        weight = 1 / topics
        for side, cases, share in (
            (0, _bots(size), 0.04 + 0.01 * (number % 3)),
            (1, size, 0.02 + 0.02 * (number % 3)),
        ):
            some = int(random.binomial(cases, share))
            sides[side].append((weight, share_of(some, cases, ERROR)))
            truth += weight * share * (1 - 2 * side)
    return _alone(difference(*(weighted_sum(side) for side in sides)), truth)


def satisfied(size: int, random: Random, topics: int) -> Held:
    """CSAT of bot minus people over the topics, of a third of the cases; most give five."""
    strata = []
    for _ in range(topics):
        bot, people = (
            random.choice([1.0, 2.0, 3.0, 4.0, 5.0], cases, p=[0.06, 0.03, 0.06, 0.15, 0.7])
            for cases in (_bots(size), size)
        )
        strata.append(Stratum(1 / topics, sample_of(bot), sample_of(people)))
    plain = [Stratum(s.weight, _plain(s.one), _plain(s.other)) for s in strata]
    return _held(weighted_difference(strata, ERROR), weighted_difference(plain, ERROR), 0.0)


_PRICES = Prices.model_validate(
    {"currency": "EUR", "person_hour": "38", "model_call": "0.01", "complaint": "0"}
)


def forecast(draw: Draw, size: int, random: Random) -> Held:
    """What a licence would save, from as many judged drafts as cases of people."""
    volume = 20 * size
    answerable = int(random.binomial(volume, 0.6))
    right = int(random.binomial(size, 0.96))
    people = sample_of(draw(random, size))
    evidence = Evidence("t", "en", volume, answerable, right, size, people)
    (found,) = forecasts([evidence], _PRICES, ERROR)
    return _alone(found.saved, volume * 0.6 * (0.96 - 0.01))


def fair(size: int, random: Random) -> Held:
    """Eight slices without any gap: whether all 24 intervals hold 0 together."""
    slices = {}
    for by, names in (("language", 5), ("channel", 3)):
        for name in range(names):
            moments = slices[Slice(by, str(name))] = Moments()
            cases = size * (1 + 3 * name)
            moments.size = cases
            for measure, share in (
                (Measure.LATE, 0.05),
                (Measure.KEPT, 0.85),
                (Measure.AUTOMATED, 0.4),
            ):
                moments.sums[measure] = int(random.binomial(cases, share))
    found = gaps(slices, 0.1, ERROR)
    held = all(gap.interval.low <= 0 <= gap.interval.high for gap in found)
    return Held(held, held, 1.0)


def rows(runs: int, seed: int, only: str) -> Iterator[dict[str, Any]]:
    for name, sizes, once in _worlds():
        if not name.startswith(only):
            continue
        for size in sizes:
            random = np.random.default_rng([seed, size, len(name)])
            held = [once(size, random) for _ in range(runs)]
            yield {
                "interval": name,
                "size": size,
                "held": sum(one.ours for one in held) / runs,
                "student": sum(one.student for one in held) / runs,
                "width": round(float(np.median([one.width for one in held])), 2),
            }


_SIZES = (20, 50, 100, 400)


def _worlds() -> Iterator[tuple[str, tuple[int, ...], Callable[[int, Random], Held]]]:
    for spread, draw in SKEWED.items():
        yield f"mean, {spread}", _SIZES, _with(mean_cost, draw)
        yield f"difference in one topic, {spread}", _SIZES, _with(one_topic, draw)
        for topics in (1, 3, 10):
            name = f"difference over {topics} topics, {spread}"
            yield name, _SIZES, _with(stratified, draw, topics)
        for topics in (1, 5):
            name = f"cost per kept resolution over {topics} topics, {spread}"
            yield name, _SIZES, _with(per_kept, draw, topics)
        yield f"forecast, {spread}", (30, *_SIZES[1:]), _with(forecast, draw)
    for topics in (1, 5):
        yield f"returns over {topics} topics", _SIZES, _with_topics(shares, topics)
        yield f"CSAT over {topics} topics", _SIZES, _with_topics(satisfied, topics)
    yield "fairness, 24 gaps together", (30, *_SIZES[1:]), fair


def _with(of: Any, draw: Draw, *more: int) -> Callable[[int, Random], Held]:
    return lambda size, random: of(draw, size, random, *more)


def _with_topics(of: Any, topics: int) -> Callable[[int, Random], Held]:
    return lambda size, random: of(size, random, topics)


def _bots(size: int) -> int:
    return min(BOT_MAX, 19 * size)


def _plain(sample: Sample) -> Sample:
    return sample._replace(third=0.0)


def _held(ours: Estimate, student: Estimate, truth: float) -> Held:
    width, usual = (_width(one.interval) for one in (ours, student))
    return Held(
        _holds(ours.interval, truth),
        _holds(student.interval, truth),
        width / usual if usual and math.isfinite(width) else 1.0,
    )


def _alone(estimate: Estimate, truth: float) -> Held:
    held = _holds(estimate.interval, truth)
    return Held(held, held, 1.0)


def _holds(interval: Interval, truth: float) -> bool:
    return interval.low <= truth <= interval.high


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=4000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", default="", help="intervals whose name begins so")
    given = asked.parse_args()
    found = []
    for row in rows(given.runs, given.seed, given.only):
        found.append(row)
        print(json.dumps(row), flush=True)
    print(json.dumps({"seed": given.seed, "runs": given.runs, "rows": found}))


if __name__ == "__main__":
    main()
