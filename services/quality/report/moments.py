"""Sums over cases from which every mean, ratio and interval of the report follows.

Whole numbers only, so that the same cases give the same totals to the last digit in whatever order
they are added, and prices can be applied afterwards: the variance of any weighted sum of the
measures follows from the sums of products.
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


class Terms(NamedTuple):
    """What one case adds to every group it belongs to; worked out once. Products by place."""

    values: list[tuple[int, int]]
    products: list[tuple[int, int]]


def terms_of(values: Mapping[Measure, int]) -> Terms:
    """Measures that are left out are 0."""
    known = sorted((int(measure), int(value)) for measure, value in values.items() if value)
    products = [
        (measure * _MEASURES + other, value * other_value)
        for place, (measure, value) in enumerate(known)
        for other, other_value in known[place:]
    ]
    return Terms(known, products)


class Moments:
    """`size` cases, their sums, and the sums of products of each two measures."""

    __slots__ = ("products", "size", "sums")

    def __init__(self) -> None:
        self.size = 0
        self.sums = [0] * _MEASURES
        self.products = [0] * (_MEASURES * _MEASURES)

    def add(self, terms: Terms) -> None:
        """One case."""
        self.size += 1
        sums, products = self.sums, self.products
        for measure, value in terms.values:
            sums[measure] += value
        for place, product in terms.products:
            products[place] += product

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

    def total(self, weights: Weights) -> Fraction:
        return Fraction(sum(weight * self.sums[m] for m, weight in weights.items()))

    def share(self, measure: Measure) -> tuple[int, int]:
        """Of a measure that is 0 or 1: how many, of how many."""
        return self.sums[measure], self.size

    def sample(self, weights: Weights) -> Sample:
        """Mean and variance over all cases."""
        pair = self.pair(weights, weights)
        return Sample(pair.mean, pair.variance, pair.size)

    def pair(self, weights: Weights, others: Weights) -> Pair:
        total, other_total = self.total(weights), self.total(others)
        return Pair(
            _mean(total, self.size),
            _mean(other_total, self.size),
            self._covariance(weights, weights, total, total),
            self._covariance(others, others, other_total, other_total),
            self._covariance(weights, others, total, other_total),
            self.size,
        )

    def among(self, measure: Measure, counted_in: Measure) -> Sample:
        """Mean and variance of `measure` over those cases alone that have `counted_in`, such as the
        score over those who gave one. `measure` must be 0 in all others."""
        size = self.sums[counted_in]
        total = self.sums[measure]
        squares = self.product(measure, measure)
        spread = Fraction(squares * size - total * total, size * (size - 1)) if size > 1 else 0
        variance = float(spread)
        return Sample(_mean(Fraction(total), size), variance, size)

    def _covariance(
        self, weights: Weights, others: Weights, total: Fraction, other_total: Fraction
    ) -> float:
        if self.size < 2:
            return 0.0
        crossed = Fraction(
            sum(
                weight * other_weight * self.product(one, other)
                for one, weight in weights.items()
                for other, other_weight in others.items()
            )
        )
        return float((crossed - total * other_total / self.size) / (self.size - 1))


def _mean(total: Fraction, size: int) -> float:
    return float(total / size) if size else 0.0
