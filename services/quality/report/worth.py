"""What a kept resolution costs, bot and people, and what automation saved. Pure.

Nothing is said of a topic without evidence of its own: savings need both arms, a forecast needs
judged drafts. Amounts are in the currency of the prices; their intervals come from `estimates`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from services.quality.estimates import (
    Estimate,
    Pair,
    Stratum,
    mean_of,
    weighted_difference,
    weighted_ratio,
)
from services.quality.report.comparison import ARM_MIN, Arms, Key, arms_of
from services.quality.report.moments import Measure, Moments, Weights
from services.quality.report.prices import MODEL_NANO, Prices
from services.quality.report.totals import Group
from services.quality.statistics import Interval, Sample, clopper_pearson

EVIDENCE_MIN = 30
"""Judged drafts and cases of people below which nothing is forecast."""

KEPT: Weights = {Measure.KEPT: 1}


class Parts(NamedTuple):
    """What the cases cost. `people` without `hand_offs`, the time on what the bot handed over."""

    model_calls: Fraction
    people: Fraction
    hand_offs: Fraction
    returns: Fraction
    complaints: Fraction

    @property
    def total(self) -> Fraction:
        return sum(self, Fraction(0))


class Side(NamedTuple):
    """One arm over all topics in which both arms have cases. `per_kept`: cost per kept resolution
    of this arm, had it had all of these inquiries."""

    cases: int
    kept: int
    parts: Parts
    per_kept: Estimate


class Worth(NamedTuple):
    """`saved`: against everything to people, over the inquiries that the bot had; `kept_more`: how
    many more of them were kept than people would have kept. `left_out`: topics in which the bot
    answered, but people have too few cases to compare with."""

    bot: Side
    people: Side
    saved: Estimate
    kept_more: Estimate
    left_out: tuple[tuple[str, str], ...]


def worth(groups: Mapping[Group, Moments], prices: Prices, error: float) -> Worth | None:
    """None where no topic has both arms."""
    both = {
        key: arms
        for key, arms in arms_of(groups).items()
        if min(arms.bot.size, arms.people.size) >= ARM_MIN
    }
    if not both:
        return None
    costs = {key: prices.weights(return_cost(groups, key, prices)) for key in both}
    saved = [
        Stratum(arms.bot.size, arms.people.sample(costs[key]), arms.bot.sample(costs[key]))
        for key, arms in both.items()
    ]
    kept = [
        Stratum(arms.bot.size, arms.bot.sample(KEPT), arms.people.sample(KEPT))
        for arms in both.values()
    ]
    return Worth(
        bot=_side(both, costs, prices, 0, error),
        people=_side(both, costs, prices, 1, error),
        saved=weighted_difference(saved, error),
        kept_more=weighted_difference(kept, error),
        left_out=tuple(
            sorted(
                (group.topic, group.language)
                for group in groups
                if group.arm == "bot" and (group.topic, group.language) not in both
            )
        ),
    )


def _side(
    both: Mapping[Key, Arms],
    costs: Mapping[Key, Weights],
    prices: Prices,
    arm: int,
    error: float,
) -> Side:
    strata: list[tuple[float, Pair]] = []
    for key, arms in both.items():
        volume = arms.bot.size + arms.people.size
        strata.append((volume, arms[arm].pair(costs[key], KEPT)))
    sides = [arms[arm] for arms in both.values()]
    of_topics = [parts_of(arms[arm], costs[key], prices) for key, arms in both.items()]
    return Side(
        cases=sum(side.size for side in sides),
        kept=sum(side.sums[Measure.KEPT] for side in sides),
        parts=Parts(*(sum(column, Fraction(0)) for column in zip(*of_topics, strict=True))),
        per_kept=weighted_ratio(strata, error),
    )


def parts_of(moments: Moments, cost: Weights, prices: Prices) -> Parts:
    """`cost` as of `Prices.weights`."""
    handed_over_ms = moments.product(Measure.HANDED_OVER, Measure.PERSON_MS)
    people_ms = moments.sums[Measure.PERSON_MS] - handed_over_ms
    return Parts(
        model_calls=Fraction(prices.model_call) * moments.sums[Measure.ATTEMPTS]
        + MODEL_NANO * moments.sums[Measure.MODEL_NANO],
        people=prices.person_ms() * people_ms,
        hand_offs=prices.person_ms() * handed_over_ms,
        returns=Fraction(cost.get(Measure.RETURNED, 0)) * moments.sums[Measure.RETURNED],
        complaints=Fraction(prices.complaint) * moments.sums[Measure.COMPLAINED],
    )


def return_cost(groups: Mapping[Group, Moments], key: Key, prices: Prices) -> Fraction:
    """A customer who comes back goes to people: what an inquiry on this topic costs in their time,
    over all that were never the bot's."""
    of_people = Moments()
    for arm in ("people", ""):
        some = groups.get(Group(*key, arm))
        if some is not None:
            of_people.merge(some)
    if not of_people.size:
        return Fraction(0)
    return prices.person_ms() * of_people.sums[Measure.PERSON_MS] / of_people.size


def spent(groups: Mapping[Group, Moments], prices: Prices) -> Parts:
    """All that the period cost, in every topic. Returns cost nothing of their own here: each is an
    inquiry of its own, whose time counts already."""
    everything = Moments()
    for moments in groups.values():
        everything.merge(moments)
    return parts_of(everything, prices.weights(Fraction(0)), prices)


class Evidence(NamedTuple):
    """Of one topic that is not licensed yet. `volume`: its inquiries in the period. `answerable`:
    those of them that the bot would have been asked. `right` of `judged` drafts were accepted."""

    topic: str
    language: str
    volume: int
    answerable: int
    right: int
    judged: int
    people_cost: Sample


class Forecast(NamedTuple):
    """For as many inquiries as the period had. `saved` in money, `wrong`: customers who would be
    answered wrongly."""

    topic: str
    language: str
    saved: Estimate
    wrong: Estimate


def forecasts(evidence: Sequence[Evidence], prices: Prices, error: float) -> list[Forecast]:
    """What each topic would bring if it were licensed, the most valuable first; topics with too
    little evidence are not among them.

    The bot would answer the share c, at the price of a call; the share p of it rightly, which saves
    the cost h of people; who is answered wrongly needs a person all the same. So an inquiry saves
    c (p h - call). Each of the three is known to lie in an interval with error / 3, so the saving
    lies between the extremes over all three with the whole error (Bonferroni); it is linear in
    each, so the extremes are at the corners.
    """
    found = [
        _forecast(each, float(prices.model_call), error)
        for each in evidence
        if min(each.judged, each.people_cost.size) >= EVIDENCE_MIN
    ]
    return sorted(found, key=lambda one: (-one.saved.value, one.topic, one.language))


def _forecast(evidence: Evidence, call: float, error: float) -> Forecast:
    each = error / 3
    shares = clopper_pearson(evidence.answerable, evidence.volume, each)
    precision = clopper_pearson(evidence.right, evidence.judged, each)
    cost = mean_of(evidence.people_cost, each)

    def saving(share: float, right: float, people: float) -> float:
        return evidence.volume * share * (right * people - call)

    corners = [saving(*corner) for corner in product(shares, precision, cost.interval)]
    share, right = evidence.answerable / evidence.volume, evidence.right / evidence.judged
    wrong = [evidence.volume * share * (1 - right) for share, right in product(shares, precision)]
    return Forecast(
        evidence.topic,
        evidence.language,
        Estimate(saving(share, right, cost.value), Interval(min(corners), max(corners))),
        Estimate(evidence.answerable * (1 - right), Interval(min(wrong), max(wrong))),
    )
