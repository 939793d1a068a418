"""Bot beside people where chance decided who gets the inquiry: intention to treat. Pure.

Each inquiry counts for the arm it was assigned to, whoever ended it: what the bot handed over is
the bot's, with the time that people spent on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from services.quality.estimates import (
    Estimate,
    Stratum,
    difference,
    mean_of,
    share_of,
    weighted_difference,
    weighted_sum,
)
from services.quality.report.moments import Measure, Moments, Weights
from services.quality.report.totals import Group
from services.quality.statistics import Sample

ARM_MIN = 2


Key = tuple[str, str]
"""A topic and a language."""


class Yardstick(NamedTuple):
    """`better`: whether more is better for the customer or the company."""

    name: str
    unit: str
    better: str
    sample: Callable[[Moments, Key], Sample]
    share_of: Measure | None = None


class Arms(NamedTuple):
    bot: Moments
    people: Moments


class Compared(NamedTuple):
    """`size`s are the cases behind the estimates: for CSAT, those that gave a score. `topic` None:
    all topics together, each weighted with its inquiries."""

    topic: str | None
    language: str | None
    yardstick: str
    unit: str
    better: str
    bot_size: int
    people_size: int
    bot: Estimate
    people: Estimate
    difference: Estimate


def yardsticks(costs: Mapping[Key, Weights] | None, currency: str) -> list[Yardstick]:
    """`costs`: of each topic, what one unit of each measure costs; None where no prices are
    known."""
    found = [
        Yardstick("CSAT", "1 to 5", "more", lambda m, _: m.among(Measure.SCORE, Measure.RATED)),
        _share("first-contact resolution", "more", Measure.FIRST_CONTACT),
        _share("returns", "less", Measure.RETURNED),
        _share("kept resolutions", "more", Measure.KEPT),
        Yardstick("handling by people", "s", "less", _seconds),
    ]
    if costs is not None:
        found.append(Yardstick("cost", currency, "less", lambda m, key: m.sample(costs[key])))
    return found


def _share(name: str, better: str, measure: Measure) -> Yardstick:
    def sample(moments: Moments, _: Key) -> Sample:
        some, size = moments.share(measure)
        share = some / size if size else 0.0
        return Sample(share, share * (1 - share), size)

    return Yardstick(name, "share", better, sample, measure)


def _seconds(moments: Moments, _: Key) -> Sample:
    return moments.sample({Measure.PERSON_MS: Fraction(1, 1000)})


def arms_of(groups: Mapping[Group, Moments]) -> dict[Key, Arms]:
    """By topic and language, where both arms have cases."""
    keys = sorted({(group.topic, group.language) for group in groups if group.arm})
    found = {}
    for topic, language in keys:
        bot = groups.get(Group(topic, language, "bot"))
        people = groups.get(Group(topic, language, "people"))
        if bot is not None and people is not None:
            found[topic, language] = Arms(bot, people)
    return found


def compare(
    groups: Mapping[Group, Moments], measures: Sequence[Yardstick], error: float
) -> list[Compared]:
    """All topics together first, then each topic and language where both arms have cases."""
    arms = arms_of(groups)
    whole = [_in_total(arms, yardstick, error) for yardstick in measures]
    each = [
        _in_topic(key, of_topic, yardstick, error)
        for key, of_topic in arms.items()
        for yardstick in measures
    ]
    return [compared for compared in (*whole, *each) if compared is not None]


def _in_topic(key: Key, arms: Arms, yardstick: Yardstick, error: float) -> Compared:
    bot, people = (_estimate(key, arm, yardstick, error) for arm in arms)
    return Compared(
        *key,
        yardstick.name,
        yardstick.unit,
        yardstick.better,
        yardstick.sample(arms.bot, key).size,
        yardstick.sample(arms.people, key).size,
        bot,
        people,
        difference(bot, people),
    )


def _estimate(key: Key, arm: Moments, yardstick: Yardstick, error: float) -> Estimate:
    sample = yardstick.sample(arm, key)
    if yardstick.share_of is None:
        return mean_of(sample, error)
    return share_of(*arm.share(yardstick.share_of), error)


def _in_total(arms: Mapping[Key, Arms], yardstick: Yardstick, error: float) -> Compared | None:
    """Each topic and language weighs what it has of inquiries in both arms together."""
    strata: dict[Key, Stratum] = {}
    for key, of_topic in arms.items():
        bot, people = (yardstick.sample(arm, key) for arm in of_topic)
        if min(bot.size, people.size) >= ARM_MIN:
            strata[key] = Stratum(of_topic.bot.size + of_topic.people.size, bot, people)
    if not strata:
        return None
    whole = sum(stratum.weight for stratum in strata.values())
    shares = {
        key: stratum._replace(weight=stratum.weight / whole) for key, stratum in strata.items()
    }
    return Compared(
        None,
        None,
        yardstick.name,
        yardstick.unit,
        yardstick.better,
        sum(stratum.one.size for stratum in strata.values()),
        sum(stratum.other.size for stratum in strata.values()),
        *_together(arms, shares, yardstick, error),
    )


def _together(
    arms: Mapping[Key, Arms], shares: Mapping[Key, Stratum], yardstick: Yardstick, error: float
) -> tuple[Estimate, Estimate, Estimate]:
    """Bot, people and their difference."""
    if yardstick.share_of is not None:
        bot, people = (
            weighted_sum(
                [
                    (stratum.weight, _estimate(key, arms[key][arm], yardstick, error))
                    for key, stratum in shares.items()
                ]
            )
            for arm in (0, 1)
        )
        return bot, people, difference(bot, people)
    nothing = Sample(0.0, 0.0, ARM_MIN)
    some = list(shares.values())
    return (
        weighted_difference([s._replace(other=nothing) for s in some], error),
        weighted_difference([Stratum(s.weight, s.other, nothing) for s in some], error),
        weighted_difference(some, error),
    )
