"""The statistics behind licences and reports; each formula names its source. Pure.

Two kinds of evidence are kept apart. An interval with a fixed number of trials is right when it is
looked at once. An anytime-valid one is right however often it is looked at and whenever one stops:
it rests on an e-process, a sum of money that nobody can expect to grow while the hypothesis is
true, so that it exceeds 1/error at any time with a probability of at most `error` (Ville 1939;
Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe anytime-valid inference",
Statistical Science 2023).

E-values are handled as natural logarithms. `error` is the accepted probability of being wrong,
such as 0.05.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import NamedTuple, TypeVar

from scipy import optimize, special, stats

Key = TypeVar("Key")

ERROR_MAX = 0.25
"""Above 1/e the anytime-valid bounds are not unique, and nobody should rely on them either."""


_TINY = 1e-12


class Interval(NamedTuple):
    low: float
    high: float


class Sample(NamedTuple):
    """`variance` with n - 1 in its denominator. `third`: the third central moment, without bias; 0
    where the values are taken as symmetrical."""

    mean: float
    variance: float
    size: int
    third: float = 0.0


# A proportion


def clopper_pearson(successes: int, trials: int, error: float) -> Interval:
    """Two-sided, exact: covers with at least 1 - error, whatever the true proportion.

    Clopper and Pearson, Biometrika 26 (1934), as quantiles of the beta distribution.
    """
    _check(successes, trials - successes, error)
    low = stats.beta.ppf(error / 2, successes, trials - successes + 1) if successes else 0.0
    high = (
        stats.beta.ppf(1 - error / 2, successes + 1, trials - successes)
        if successes < trials
        else 1.0
    )
    return Interval(float(low), float(high))


def wilson(successes: int, trials: int, error: float) -> Interval:
    """Two-sided score interval: right on average over proportions, and narrower than the exact one.

    Wilson, JASA 22 (1927).
    """
    _check(successes, trials - successes, error)
    if trials == 0:
        return Interval(0.0, 1.0)
    z = float(stats.norm.isf(error / 2))
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    spread = share * (1 - share) / trials + z * z / (4 * trials * trials)
    half = z * math.sqrt(spread) / (1 + z * z / trials)
    return Interval(
        max(0.0, middle - half) if successes else 0.0,
        min(1.0, middle + half) if successes < trials else 1.0,
    )


# A proportion, looked at after every observation


def log_e_above(right: int, wrong: int, target: float) -> float:
    """Log evidence that the share of right answers is above `target`, against "at most target".

    The likelihood of a share drawn evenly from (target, 1), divided by that of the target itself
    (mixture of likelihood ratios: Robbins, Annals of Mathematical Statistics 41 (1970)). For a
    true share below the target each ratio shrinks on average, so the mixture is an e-process for
    all of them. Depends on the counts only, so the order of the observations does not matter.
    """
    _check(right, wrong)
    if not 0 < target < 1:
        raise ValueError("target must lie between 0 and 1")
    if 1 - target < (wrong + 2) / (right + wrong + 4):
        return math.log(target / (wrong + 1) / _fraction(wrong + 1, right + 1, 1 - target))
    log_mass = math.log(float(special.betaincc(right + 1, wrong + 1, target)))
    log_mixture = float(special.betaln(right + 1, wrong + 1)) + log_mass - math.log1p(-target)
    return log_mixture - right * math.log(target) - wrong * math.log1p(-target)


def _fraction(a: int, b: int, x: float) -> float:
    """What the incomplete beta function is a simple product divided by (NIST DLMF 8.17.22), by
    Lentz's method. Far in the tail that product is 0 to a float, but the ratio needs only this;
    there, for x below (a + 1) / (a + b + 2), it converges within some tens of steps."""
    value, c, d = 1.0, 1.0, 0.0
    for step in itertools.count(1):
        m, odd = divmod(step, 2)
        top = -(a + m) * (a + b + m) if odd else m * (b - m)
        term = top * x / ((a + step - 1) * (a + step))
        d = 1 / (1 + term * d)
        c = 1 + term / c
        value *= c * d
        if abs(c * d - 1) < _TINY:
            break
    return value


def anytime_lower_bound(right: int, wrong: int, error: float) -> float:
    """At no time is the true share below this, with probability 1 - error: the targets for which
    `log_e_above` reaches log(1/error) are exactly those below it.

    Between 0 and right / (n + 1) the evidence falls as the target rises (its logarithm's
    derivative is (1 - 1/e_value) / (1 - t) - (right - n t) / (t (1 - t)) < 0 there), and beyond
    that point it is at most 1 in logarithm; so the bound is the one place where it passes
    log(1/error).
    """
    _check(right, wrong, error)
    return _passing_point(
        lambda target: log_e_above(right, wrong, target) + math.log(error),
        right / (right + wrong + 1),
    )


def anytime_interval(right: int, wrong: int, error: float) -> Interval:
    """Two-sided, valid at all times together.

    The shares whose likelihood is not beaten 1/error times by that of an evenly drawn share
    (Robbins 1970; Lai, Annals of Statistics 4 (1976)).
    """
    _check(right, wrong, error)
    return Interval(_lowest_share(right, wrong, error), 1 - _lowest_share(wrong, right, error))


def _lowest_share(right: int, wrong: int, error: float) -> float:
    def beaten_by(share: float) -> float:
        likelihood = right * math.log(share) + wrong * math.log1p(-share)
        return float(special.betaln(right + 1, wrong + 1)) - likelihood + math.log(error)

    return _passing_point(beaten_by, right / (right + wrong) if right else 0.0)


def _passing_point(falling: Callable[[float], float], high: float) -> float:
    """Where the function, negative at `high`, becomes positive on the way down; else 0."""
    if high == 0 or falling(_TINY) <= 0:
        return 0.0
    below_one = min(high, 1 - _TINY)
    return float(optimize.brentq(falling, _TINY, below_one, xtol=_TINY))


# A drop of a proportion, whenever it comes

FALLS = (1.5, 2.0, 3.0, 5.0, 10.0)
"""By how much the share of errors may have grown: the alternatives that are bet on evenly."""


class DropWatch(NamedTuple):
    """Evidence that the share of right answers has fallen below `tolerated` at some time.

    The e-process starts a bet at every moment, each with a part of its money, and sums what they
    have become: bets that started while all was well have lost their stake, but one starts at the
    drop (Shin, Ramdas, Rinaldo, "E-detectors", New England Journal of Statistics in Data Science
    2024). What is kept back after n answers is 1 / (1 + log(1 + n)), so that the stakes shrink
    little faster than 1/n.
    """

    tolerated: float
    seen: int = 0
    log_bets: tuple[float, ...] = (-math.inf,) * len(FALLS)

    @property
    def log_e(self) -> float:
        """Reaches log(1/error) at any time with a probability of at most `error` while the share is
        not below `tolerated`."""
        return reduce(_log_sum, self.log_bets, math.log(_kept(self.seen)))

    def observe(self, right: bool) -> DropWatch:
        """After one more judged answer; the order of the answers matters."""
        stake = (_kept(self.seen) - _kept(self.seen + 1)) / len(FALLS)
        wrong_share = 1 - self.tolerated
        log_bets = []
        for fall, log_bet in zip(FALLS, self.log_bets, strict=True):
            suspected = min(wrong_share * fall, (1 + wrong_share) / 2)
            ratio = (1 - suspected) / self.tolerated if right else suspected / wrong_share
            log_bets.append(_log_sum(log_bet, math.log(stake)) + math.log(ratio))
        return DropWatch(self.tolerated, self.seen + 1, tuple(log_bets))


def _kept(seen: int) -> float:
    return 1 / (1 + math.log1p(seen))


def _log_sum(one: float, other: float) -> float:
    """Of two numbers given as logarithms."""
    more, less = max(one, other), min(one, other)
    return more + math.log1p(math.exp(less - more))


# Many hypotheses at once


def bonferroni(log_e: Mapping[Key, float], error: float) -> set[Key]:
    """Those that may be rejected such that any is wrong with a probability of at most `error`,
    however the e-values depend on each other (Markov's inequality and the union bound)."""
    asked = math.log(len(log_e) / error) if log_e else math.inf
    return {key for key, value in log_e.items() if value >= asked}


def e_bh(log_e: Mapping[Key, float], error: float) -> set[Key]:
    """Those that may be rejected such that the expected share of wrong ones is at most `error`,
    however the e-values depend on each other. Wang and Ramdas, JRSS B 84 (2022)."""
    ranked = sorted(log_e, key=lambda key: log_e[key], reverse=True)
    for count in range(len(ranked), 0, -1):
        if log_e[ranked[count - 1]] >= math.log(len(ranked) / (count * error)):
            return set(ranked[:count])
    return set()


# Differences between two groups


def difference_of_proportions(
    successes: int, trials: int, other_successes: int, other_trials: int, error: float
) -> Interval:
    """First minus second, for one look; from the two Wilson intervals.

    Newcombe, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    if trials == 0 or other_trials == 0:
        return Interval(-1.0, 1.0)
    one = wilson(successes, trials, error)
    other = wilson(other_successes, other_trials, error)
    share, other_share = successes / trials, other_successes / other_trials
    difference = share - other_share
    return Interval(
        difference - math.hypot(share - one.low, other.high - other_share),
        difference + math.hypot(one.high - share, other_share - other.low),
    )


def anytime_difference(
    right: int, wrong: int, other_right: int, other_wrong: int, error: float
) -> Interval:
    """First minus second, valid at all times together: each side gets half of the error."""
    one = anytime_interval(right, wrong, error / 2)
    other = anytime_interval(other_right, other_wrong, error / 2)
    return Interval(one.low - other.high, one.high - other.low)


def difference_of_means(one: Sample, other: Sample, error: float) -> Interval:
    """First minus second, for one look. Welch, Biometrika 34 (1947); both need two values or
    more."""
    if min(one.size, other.size) < 2:
        return Interval(-math.inf, math.inf)
    parts = one.variance / one.size, other.variance / other.size
    difference = one.mean - other.mean
    if sum(parts) == 0:
        return Interval(difference, difference)
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (one.size - 1) + parts[1] ** 2 / (other.size - 1))
    half = float(stats.t.isf(error / 2, freedom)) * math.sqrt(sum(parts))
    return Interval(difference - half, difference + half)


# How far two people agree


class Agreement(NamedTuple):
    kappa: float
    interval: Interval


def cohens_kappa(pairs: Sequence[tuple[str, str]], error: float) -> Agreement | None:
    """Agreement beyond what chance gives: 1 is perfect, 0 what guessing by the same shares gives. None
    where both only ever said one thing, or nothing is known.

    Cohen, Educational and Psychological Measurement 20 (1960) 37-46. The interval is the exact one of
    the share on which they agree, with the chance of that as it was observed. The usual one, of large
    samples (Fleiss, Cohen, Everitt, Psychological Bulletin 72 (1969) 323-327), is a single point where
    all agree, and holds the truth far too seldom in what some dozen audits tell.
    """
    _check(0, 0, error)
    if not pairs:
        return None
    size = len(pairs)
    agreed = sum(one == other for one, other in pairs)
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(ones[label] * others[label] for label in ones) / size**2
    if by_chance == 1:
        return None
    kappa, low, high = (
        (share - by_chance) / (1 - by_chance)
        for share in (agreed / size, *clopper_pearson(agreed, size, error))
    )
    return Agreement(kappa, Interval(max(-1.0, low), high))


def _check(right: int, wrong: int, error: float = ERROR_MAX) -> None:
    if right < 0 or wrong < 0:
        raise ValueError("counts must not be negative")
    if not 0 < error <= ERROR_MAX:
        raise ValueError(f"error must be above 0 and at most {ERROR_MAX}")
