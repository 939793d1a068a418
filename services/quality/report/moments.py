"""Sums over cases from which every mean, ratio and interval of the report follows.

Whole numbers only, so that the same cases give the same totals to the last digit in whatever order
they are added, and prices can be applied afterwards: the variance of any weighted sum of the
measures follows from the sums of products, and its skewness from those of three.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

from services.quality.estimates import Pair
from services.quality.statistics import Sample


class Measure(IntEnum):
    """What is counted for one inquiry: 0 or 1 where no unit is named.

    KEPT: resolved (the customer confirmed it, or a person finished it) and not come back.
    KEPT_IN_SILENCE: the same, also where the customer left the bot's answer without a word.
    FIRST_CONTACT: answered by anybody, and the customer did not come back with it.
    ATTEMPTS: the bot was asked for an answer or a draft. HANDED_OVER: it then went to people.
    PERSON_MS: time in people's hands, in milliseconds. WAITED_MS: to the first answer.
    SCORE: CSAT from 1 to 5, counted in RATED. LATE: not answered within the limit of the report.
    AUTOMATED: ended by the bot's answer. MODEL_NANO: what a language model cost, in billionths.
    """

    KEPT = 0
    KEPT_IN_SILENCE = 1
    FIRST_CONTACT = 2
    ATTEMPTS = 3
    HANDED_OVER = 4
    PERSON_MS = 5
    RETURNED = 6
    COMPLAINED = 7
    RATED = 8
    SCORE = 9
    ANSWERED = 10
    WAITED_MS = 11
    LATE = 12
    AUTOMATED = 13
    MODEL_NANO = 14


Weights = Mapping[Measure, Fraction | int]
"""A weighted sum of measures; a cost in money is one."""


_MEASURES = len(Measure)

SKEWED = frozenset(
    {
        Measure.KEPT,
        Measure.ATTEMPTS,
        Measure.PERSON_MS,
        Measure.RETURNED,
        Measure.COMPLAINED,
        Measure.MODEL_NANO,
    }
)
"""Those of which products of three are summed: what costs, and what it is set against."""


class Terms(NamedTuple):
    """What one case adds to every group it belongs to; worked out once. Products by place."""

    values: list[tuple[int, int]]
    products: list[tuple[int, int]]
    triples: list[tuple[int, int]]


def terms_of(values: Mapping[Measure, int]) -> Terms:
    """Measures that are left out are 0."""
    known = sorted((int(measure), int(value)) for measure, value in values.items() if value)
    products = [
        (measure * _MEASURES + other, value * other_value)
        for place, (measure, value) in enumerate(known)
        for other, other_value in known[place:]
    ]
    skewed = [each for each in known if each[0] in SKEWED or each[0] == Measure.SCORE]
    triples = [
        (_place(one, other, third), one_value * other_value * third_value)
        for place, (one, one_value) in enumerate(skewed)
        for next_place, (other, other_value) in enumerate(skewed[place:], place)
        for third, third_value in skewed[next_place:]
    ]
    return Terms(known, products, triples)


def _place(one: int, other: int, third: int) -> int:
    """Of a product of three; the measures in rising order."""
    return (one * _MEASURES + other) * _MEASURES + third


class Moments:
    """`size` cases, their sums, and the sums of products of each two measures and of three."""

    __slots__ = ("products", "size", "sums", "triples")

    def __init__(self) -> None:
        self.size = 0
        self.sums = [0] * _MEASURES
        self.products = [0] * (_MEASURES * _MEASURES)
        self.triples: dict[int, int] = {}

    def add(self, terms: Terms) -> None:
        """One case."""
        self.size += 1
        sums, products = self.sums, self.products
        for measure, value in terms.values:
            sums[measure] += value
        for place, product in terms.products:
            products[place] += product
        triples = self.triples
        for place, triple in terms.triples:
            triples[place] = triples.get(place, 0) + triple

    def count(self, terms: Terms) -> None:
        """One case, where only sums will be asked for."""
        self.size += 1
        sums = self.sums
        for measure, value in terms.values:
            sums[measure] += value

    def product(self, one: Measure, other: Measure) -> int:
        """The sum of the products of both over all cases."""
        return self.products[min(one, other) * _MEASURES + max(one, other)]

    def merge(self, other: Moments) -> None:
        self.size += other.size
        self.sums = [one + more for one, more in zip(self.sums, other.sums, strict=True)]
        pairs = zip(self.products, other.products, strict=True)
        self.products = [one + more for one, more in pairs]
        for place, triple in other.triples.items():
            self.triples[place] = self.triples.get(place, 0) + triple

    def total(self, weights: Weights) -> Fraction:
        return Fraction(sum(weight * self.sums[m] for m, weight in weights.items()))

    def share(self, measure: Measure) -> tuple[int, int]:
        """Of a measure that is 0 or 1: how many, of how many."""
        return self.sums[measure], self.size

    def sample(self, weights: Weights) -> Sample:
        """Over all cases, of a weighted sum of SKEWED measures."""
        return self.pair(weights, {}).less(0.0)

    def pair(self, weights: Weights, others: Weights) -> Pair:
        """Of two weighted sums of SKEWED measures."""
        return Pair(
            _mean(self.total(weights), self.size),
            _mean(self.total(others), self.size),
            self._covariance(weights, weights),
            self._covariance(others, others),
            self._covariance(weights, others),
            self.size,
            (
                self._third(weights, weights, weights),
                self._third(weights, weights, others),
                self._third(weights, others, others),
                self._third(others, others, others),
            ),
        )

    def among(self, measure: Measure, counted_in: Measure) -> Sample:
        """Of `measure` (SKEWED, or the score) over those cases alone that have `counted_in`, such as
        the score over those who gave one. `measure` must be 0 in all others."""
        size, total = self.sums[counted_in], self.sums[measure]
        squares = self.product(measure, measure)
        cubes = self.triples.get(_place(measure, measure, measure), 0)
        spread = Fraction(squares * size - total * total, size * (size - 1)) if size > 1 else 0
        if size > _PAIR:
            mean = Fraction(total, size)
            third = _unbiased(cubes - 3 * mean * squares + 2 * size * mean**3, size)
        else:
            third = 0.0
        return Sample(_mean(Fraction(total), size), float(spread), size, third)

    def _covariance(self, one: Weights, other: Weights) -> float:
        if self.size < _PAIR:
            return 0.0
        apart = self.total(one) * self.total(other) / self.size
        return float((self._crossed(one, other) - apart) / (self.size - 1))

    def _third(self, one: Weights, other: Weights, third: Weights) -> float:
        """The mean of the product of the three distances from their means, without bias."""
        if self.size <= _PAIR or not (one and other and third):
            return 0.0
        means = [self.total(weights) / self.size for weights in (one, other, third)]
        thrice = sum(
            weight * other_weight * third_weight * self.triples.get(_place(*sorted((a, b, c))), 0)
            for a, weight in one.items()
            for b, other_weight in other.items()
            for c, third_weight in third.items()
        )
        central = (
            thrice
            - means[0] * self._crossed(other, third)
            - means[1] * self._crossed(one, third)
            - means[2] * self._crossed(one, other)
            + 2 * self.size * means[0] * means[1] * means[2]
        )
        return _unbiased(central, self.size)

    def _crossed(self, one: Weights, other: Weights) -> Fraction:
        """The sum of the products of both over all cases."""
        return Fraction(
            sum(
                weight * other_weight * self.product(measure, other_measure)
                for measure, weight in one.items()
                for other_measure, other_weight in other.items()
            )
        )


_PAIR = 2
"""Cases from which on there is a variance; a third moment needs one more."""


def _unbiased(thirds: Fraction, size: int) -> float:
    """Of the sum of third powers of distances from the mean; Fisher 1929."""
    return float(thirds * size / ((size - 1) * (size - 2)))


def _mean(total: Fraction, size: int) -> float:
    return float(total / size) if size else 0.0
