"""Who waits, who is helped and who meets the bot, by language, channel and market. Pure.

Each slice of customers is set beside all others of the same kind. With many slices one would
always look bad by chance, so the error is divided by the number of comparisons (Bonferroni), and an
alert needs the whole interval beyond the limit: a gap that may be luck is shown, and alarms nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.quality.estimates import difference, share_of
from services.quality.report.moments import Measure, Moments
from services.quality.report.totals import Slice
from services.quality.statistics import Interval

SIZE_MIN = 30
"""Smaller slices are shown, but not compared."""


class Matter(NamedTuple):
    """`worse`: the side on which a gap harms; None where a difference either way is a gap."""

    name: str
    measure: Measure
    worse: str | None


MATTERS = (
    Matter("answered late", Measure.LATE, "more"),
    Matter("kept resolutions", Measure.KEPT, "less"),
    Matter("ended by the bot", Measure.AUTOMATED, None),
)


class Gap(NamedTuple):
    """`gap` is the slice's share minus that of all others; its `interval` holds for all gaps of the
    report together, with the error level of the report. `mean_wait_s` is None without answers."""

    by: str
    name: str
    matter: str
    size: int
    share: float
    share_interval: Interval
    others_share: float
    gap: float
    interval: Interval
    alert: bool
    mean_wait_s: float | None


def gaps(slices: Mapping[Slice, Moments], limit: float, error: float) -> list[Gap]:
    """`limit`: the largest gap that is accepted, as a difference of shares such as 0.1."""
    compared = {part: others for part in sorted(slices) if (others := _others(slices, part)).size}
    judged = [
        part for part, others in compared.items() if min(slices[part].size, others.size) >= SIZE_MIN
    ]
    each_error = error / max(1, len(judged) * len(MATTERS))
    return [
        _gap(part, slices[part], compared[part], matter, limit, each_error, part in judged)
        for part in compared
        for matter in MATTERS
    ]


def _others(slices: Mapping[Slice, Moments], part: Slice) -> Moments:
    others = Moments()
    for other, moments in slices.items():
        if other.by == part.by and other.name != part.name:
            others.merge(moments)
    return others


def _gap(
    part: Slice,
    here: Moments,
    others: Moments,
    matter: Matter,
    limit: float,
    error: float,
    judged: bool,
) -> Gap:
    some, size = here.share(matter.measure)
    other_some, other_size = others.share(matter.measure)
    share, others_share = share_of(some, size, error), share_of(other_some, other_size, error)
    gap = difference(share, others_share)
    answered = here.sums[Measure.ANSWERED]
    return Gap(
        by=part.by,
        name=part.name,
        matter=matter.name,
        size=size,
        share=share.value,
        share_interval=share.interval,
        others_share=others_share.value,
        gap=gap.value,
        interval=gap.interval,
        alert=judged and _beyond(gap.interval, matter.worse, limit),
        mean_wait_s=here.sums[Measure.WAITED_MS] / answered / 1000 if answered else None,
    )


def _beyond(interval: Interval, worse: str | None, limit: float) -> bool:
    more, less = interval.low > limit, interval.high < -limit
    if worse is None:
        return more or less
    return more if worse == "more" else less
