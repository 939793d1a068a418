"""How long customers wait for so many people: the exact formulas of Erlang C and Erlang A. Pure.

Erlang C (M/M/n) lets nobody hang up and so asks for too many people; it is here for comparison.
Erlang A (M/M/n+M) has exponential patience: Palm 1957; Garnett, Mandelbaum, Reiman, M&SOM 4 (2002) 208-227.

An arrival that finds `n + k` in the system waits for `k + 1` departures, at rates nμ + jθ, j = k..0, because
those ahead may leave as well. Such a sum of exponentials is -ln(B)/θ with B of the beta distribution
(nμ/θ, k + 1), which makes the waiting time exact. Times in seconds, rates a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, count, islice

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammainc

Numbers = npt.NDArray[np.float64]

DEVIATIONS = 10
"""Standard deviations of the queue's length, at which the sums over it end."""

PATIENT = 1e5
"""Departures during the patience of one customer, above which the incomplete beta function is not to be
trusted."""

PEOPLE_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """`patience_s` is its mean; None: nobody ever leaves."""

    arrivals_per_s: float
    handle_s: float
    patience_s: float | None

    @property
    def erlangs(self) -> float:
        return self.arrivals_per_s * self.handle_s


@dataclass(frozen=True, slots=True)
class Service:
    """`wait_s` is the mean over all who come; `within` the share of them that is answered in time;
    `occupancy` the share of their time for which people work."""

    waits: float
    wait_s: float
    within: float
    abandons: float
    occupancy: float


def service(load: Load, people: int, within_s: float) -> Service:
    """Erlang A, or Erlang C where nobody leaves. An overloaded queue without patience waits for ever."""
    if people < 1:
        raise ValueError("there must be at least one person")
    if load.arrivals_per_s <= 0:
        return Service(waits=0.0, wait_s=0.0, within=1.0, abandons=0.0, occupancy=0.0)
    if load.patience_s is None:
        return _erlang_c(load, people, within_s)
    return _erlang_a(load, people, within_s, load.patience_s)


def _busy_to_blocked(load: Load, people: int) -> float:
    """1 / (Erlang B), by its recursion: stable for any size."""
    inverse = 1.0
    for number in range(1, people + 1):
        inverse = 1.0 + inverse * number / load.erlangs
    return inverse


def _erlang_c(load: Load, people: int, within_s: float) -> Service:
    occupancy = load.erlangs / people
    if occupancy >= 1:
        return Service(waits=1.0, wait_s=math.inf, within=0.0, abandons=0.0, occupancy=1.0)
    blocked = 1 / _busy_to_blocked(load, people)
    waits = blocked / (1 - occupancy * (1 - blocked))
    spare = people / load.handle_s - load.arrivals_per_s
    return Service(
        waits=waits,
        wait_s=waits / spare,
        within=1 - waits * math.exp(-spare * within_s),
        abandons=0.0,
        occupancy=occupancy,
    )


def _erlang_a(load: Load, people: int, within_s: float, patience_s: float) -> Service:
    capacity, leaving = people / load.handle_s, 1 / patience_s
    ahead = np.arange(_longest_queue(load.arrivals_per_s, capacity, leaving), dtype=np.float64)
    # Probabilities of n + k in the system; as logarithms, because their ratios may be beyond any float.
    steps = np.log(load.arrivals_per_s) - np.log(capacity + ahead[1:] * leaving)
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    scale = float(logs.max())
    relative = np.exp(logs - scale)
    shape = capacity / leaving
    stays = shape / (shape + ahead + 1)
    in_time = _over_in_time(shape, ahead, leaving, within_s)

    blocked = 1 / _busy_to_blocked(load, people)
    below_n = (1 - blocked) / blocked * math.exp(-scale) if scale < 700 and blocked > 0 else 0.0
    if blocked == 0:
        return Service(0.0, 0.0, 1.0, 0.0, load.erlangs / people)
    everything = below_n + float(relative.sum())
    abandons = float((relative * (1 - stays)).sum()) / everything
    return Service(
        waits=float(relative.sum()) / everything,
        wait_s=abandons * patience_s,
        within=(below_n + float((relative * stays * in_time).sum())) / everything,
        abandons=abandons,
        occupancy=load.erlangs * (1 - abandons) / people,
    )


def _longest_queue(arrivals_per_s: float, capacity: float, leaving: float) -> int:
    """So many may wait that more are out of the question: many deviations above the middle."""
    middle = max(0.0, (arrivals_per_s - capacity) / leaving)
    longest = middle + DEVIATIONS * math.sqrt(max(arrivals_per_s, capacity) / leaving) + 50
    if arrivals_per_s < capacity:  # at least as short as without anybody leaving
        longest = min(longest, 50 - math.log(1e-13) / math.log(capacity / arrivals_per_s))
    return math.ceil(longest)


def _over_in_time(shape: float, ahead: Numbers, leaving: float, within_s: float) -> Numbers:
    """The chance that who stays is answered within `within_s`, by how many there are before them."""
    if within_s <= 0:
        return np.zeros(len(ahead))
    if shape > PATIENT:  # hardly anybody leaves meanwhile: the departures are as good as equal
        return np.asarray(gammainc(ahead + 1, (shape + 1 + ahead / 2) * leaving * within_s))
    return 1 - np.asarray(betainc(shape + 1, ahead + 1, math.exp(-leaving * within_s)))


def people_needed(load: Load, share: float, within_s: float) -> int:
    """The least number of people with whom `share` of those who come is answered `within_s`. Raises
    ValueError where no number up to PEOPLE_MAX does."""
    if load.arrivals_per_s <= 0:
        return 0
    low, high = 1, min(PEOPLE_MAX, max(2, math.ceil(load.erlangs) * 2))
    while service(load, high, within_s).within < share:
        if high >= PEOPLE_MAX:
            raise ValueError(
                f"not even {PEOPLE_MAX} people reach {share:.0%} within {within_s:g} s"
            )
        high = min(PEOPLE_MAX, high * 2)
    while low < high:  # more people never answer fewer in time
        middle = (low + high) // 2
        if service(load, middle, within_s).within >= share:
            high = middle
        else:
            low = middle + 1
    return low


def wait_at(ahead: int, people: float, handle_s: float, patience_s: float | None) -> float:
    """Expected seconds until somebody is free for who has `ahead` customers before them, while everybody is
    busy and some of those before them may leave."""
    if people <= 0:
        return math.inf
    return next(islice(waits_at(people, handle_s, patience_s), ahead, None))


def waits_at(people: float, handle_s: float, patience_s: float | None) -> Iterator[float]:
    """`wait_at` for 0, 1, 2, … customers ahead, without end; there are people."""
    capacity, leaving = people / handle_s, 0.0 if patience_s is None else 1 / patience_s
    return accumulate(1 / (capacity + place * leaving) for place in count())
