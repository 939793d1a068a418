"""Whether a licence is proven, how far it is from that, and how the bot compares with people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import reduce
from typing import Literal, NamedTuple

from services.quality.licensing.standing import Cell, Counts, Standing
from services.quality.licensing.terms import DOUBLED, OWN, POOLED, Terms
from services.quality.statistics import anytime_difference, anytime_lower_bound, log_e_above

Comparison = Literal["no_data", "not_worse", "worse"]
_MISSING_MAX = 1_000_000


class Proof(NamedTuple):
    """`threshold`: from which confidence on the target is proven, the laxest that is."""

    threshold: float
    pooled: bool


def prove(
    cell: Cell, standing: Standing, desk: Mapping[Cell, Standing], terms: Terms
) -> Proof | None:
    """The laxest threshold at which precision above the target is proven for the cell alone, or else
    for the topic's languages together and at most twice the accepted errors for the cell alone.

    Over all cells, thresholds and attempts, at all times, a target is wrongly taken as proven with
    a probability of at most `licence_error`.
    """
    target = terms.target(cell.topic)
    error = terms.error(standing.attempt)
    if standing.sample().good * -math.log(1 - 2 * (1 - target)) < -math.log(error):
        return None  # too few for any proof, were they all right
    for index, threshold in enumerate(terms.thresholds):
        if _proven(standing.at(index), target, OWN * error):
            return Proof(threshold, pooled=False)
    others = _others(cell, standing, desk, terms)
    if not others:
        return None
    for index, threshold in enumerate(terms.thresholds):
        own = standing.at(index)
        together = reduce(Counts.plus, (other.at(index) for other in others), own)
        if _proven(together, target, POOLED * error) and _proven(
            own, 1 - 2 * (1 - target), DOUBLED * error
        ):
            return Proof(threshold, pooled=True)
    return None


def bound(standing: Standing, terms: Terms) -> float:
    """The anytime-valid lower bound of the cell's own precision, at its part of the error and at the
    threshold that it is licensed for (the laxest before)."""
    counts = standing.at(_index(standing, terms))
    return anytime_lower_bound(counts.good, counts.bad, OWN * terms.error(standing.attempt))


def missing(cell: Cell, standing: Standing, terms: Terms) -> int | None:
    """How many more judged answers prove the target, if their quality stays as it is. None where
    that is not above the target, so that no number of them would do. At the threshold that is
    nearest."""
    target = terms.target(cell.topic)
    asked = -math.log(OWN * terms.error(standing.attempt))
    needed = [_needed(standing.at(index), target, asked) for index in range(len(terms.thresholds))]
    return min((number for number in needed if number is not None), default=None)


def compare(standing: Standing, terms: Terms) -> Comparison:
    """Non-inferiority of bot to people in returns and satisfaction, at all times together.

    Where the intervals of the difference are narrower than the margin on each side, the comparison
    group has data, and the bot must not be worse by more than the margin. Wider intervals say
    nothing yet, unless they lie beyond the margin as a whole.
    """
    error = terms.licence_error / (2 * terms.cells)
    verdicts: set[Comparison] = set()
    for signal in ("return", "csat"):
        bot, people = standing.bot.get(signal, Counts()), standing.people.get(signal, Counts())
        interval = anytime_difference(bot.good, bot.bad, people.good, people.bad, error)
        if interval.high < -terms.margin:
            verdicts.add("worse")
        elif interval.high - interval.low <= 2 * terms.margin:
            verdicts.add("not_worse" if interval.low >= -terms.margin else "worse")
    return "worse" if "worse" in verdicts else "not_worse" if verdicts else "no_data"


def _proven(counts: Counts, target: float, error: float) -> bool:
    asked = -math.log(error)
    if counts.good <= target * counts.size or _best(counts, target) < asked:
        return False
    return log_e_above(counts.good, counts.bad, target) >= asked


def _best(counts: Counts, target: float) -> float:
    """The log likelihood ratio of the share that fits best. No mixture of shares beats it, and it
    costs a fraction, which matters since every judged answer is looked at."""
    share = counts.good / counts.size
    wrong = counts.bad * math.log((1 - share) / (1 - target)) if counts.bad else 0.0
    return counts.good * math.log(share / target) + wrong


def _others(
    cell: Cell, standing: Standing, desk: Mapping[Cell, Standing], terms: Terms
) -> list[Standing]:
    """The same topic in other languages. After a suspension in any of them nothing is pooled: what
    has been thrown away there would make the rest look better."""
    others = [
        desk[Cell(cell.topic, language)]
        for language in terms.languages
        if language != cell.language and Cell(cell.topic, language) in desk
    ]
    first = standing.attempt == 1 and all(other.attempt == 1 for other in others)
    return others if first else []


def _index(standing: Standing, terms: Terms) -> int:
    if standing.threshold in terms.thresholds:
        return terms.thresholds.index(standing.threshold)
    return 0


def _needed(counts: Counts, target: float, asked: float) -> int | None:
    """By halving: the evidence of a constant share above the target grows in the end."""
    share = (counts.good + 1) / (counts.size + 1)
    if share <= target:
        return None

    def enough(more: int) -> bool:
        size = counts.size + more
        good = min(size, round(counts.good + more * share))
        return log_e_above(good, size - good, target) >= asked

    high = 1
    while not enough(high):
        high *= 2
        if high > _MISSING_MAX:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return 0 if counts.size and enough(0) else high
