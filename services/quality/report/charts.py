"""The report's pictures, from its figures and totals. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from services.quality.estimates import Estimate, ratio_of_means
from services.quality.report.comparison import Compared
from services.quality.report.document import Document
from services.quality.report.figures import duration, shown_number
from services.quality.report.moments import Measure, Moments, Weights
from services.quality.report.plots import Curve, Point, Row, Span, curves, intervals, spans
from services.quality.report.totals import DAY_MS, STEPS, WAITS_S, Judged, Totals
from services.quality.report.worth import KEPT
from services.quality.statistics import wilson

TOPICS_SHOWN = 5
JUDGED_MIN = 30
"""A share of wrong answers among fewer is drawn by nobody."""
ROWS_SHOWN = 20
DAYS_SHOWN = 45
"""In longer periods a point stands for a week."""

_WAITS_MARKED = (1, 10, 60, 600, 3600, 24 * 3600)

STATES = {
    "human-only": "#bdbdbd",
    "draft": "#e69f00",
    "licensed": "#009e73",
    "suspended": "#d55e00",
}


class Chart(NamedTuple):
    title: str
    about: str
    svg: str


def charts_of(document: Document) -> list[Chart]:
    return [
        *_risk(document.totals),
        *_history(document),
        *_arms(document.compared),
        *_waiting(document.totals),
        *_cost(document),
    ]


def _risk(totals: Totals) -> Iterator[Chart]:
    everything = [Judged() for _ in range(STEPS + 1)]
    for steps in totals.judged.values():
        for whole, step in zip(everything, steps, strict=True):
            whole.seen += step.seen
            whole.right += step.right
            whole.wrong += step.wrong
    busiest = sorted(totals.judged, key=lambda topic: (-_judged(totals.judged[topic]), topic))
    some = [Curve("all topics", list(_risk_curve(everything)))]
    some += [
        Curve(topic, [point._replace(low=point.y, high=point.y) for point in points])
        for topic in busiest[:TOPICS_SHOWN]
        if (points := list(_risk_curve(totals.judged[topic])))
    ]
    if not some[0].points:
        return
    yield Chart(
        "Risk against coverage",
        "If the bot answered only from a confidence on: the share of inquiries it would answer, and "
        "the share of judged proposals and answers that were wrong, with the interval for all. From "
        f"{JUDGED_MIN} judged answers on.",
        curves(
            some,
            x_title="coverage: share of inquiries",
            y_title="wrong among judged",
            x_format=_percent,
            y_format=_percent,
        ),
    )


def _judged(steps: Sequence[Judged]) -> int:
    return sum(step.right + step.wrong for step in steps)


def _risk_curve(steps: Sequence[Judged]) -> Iterator[Point]:
    """From the most confident downwards."""
    all_of_them = sum(step.seen for step in steps)
    covered = right = wrong = 0
    for step in reversed(steps):
        covered += step.seen
        right, wrong = right + step.right, wrong + step.wrong
        if right + wrong >= JUDGED_MIN and step.right + step.wrong and all_of_them:
            low, high = wilson(wrong, right + wrong, 0.05)
            yield Point(covered / all_of_them, wrong / (right + wrong), low, high)


def _history(document: Document) -> Iterator[Chart]:
    period = document.choices.period
    until_ms = min(period.until_ms, document.read.newest_ms)
    since_ms = min(max(period.since_ms, document.read.oldest_ms or 0), until_ms)
    rows: dict[str, list[Span]] = defaultdict(list)
    for step in document.read.licences:
        if step.at_ms >= until_ms:
            continue
        some = rows[f"{step.licence.topic}/{step.licence.language}"]
        start = max(step.at_ms, since_ms) / DAY_MS
        if some:
            some[-1] = some[-1]._replace(end=start)
        some.append(Span(start, until_ms / DAY_MS, step.licence.state.replace("_", "-")))
    shown = [each for each in sorted(rows.items()) if any(_more(span) for span in each[1])]
    if shown:
        yield Chart(
            "Licences over time",
            "What the bot was allowed to do, per topic and language."
            + (
                f" {left} more were people's all the time."
                if (left := len(rows) - len(shown))
                else ""
            ),
            spans(
                shown,
                STATES,
                x_format=_day_or_second(since_ms, until_ms),
                x_title=f"UTC, until {_day(until_ms / DAY_MS)}",
            ),
        )


def _more(span: Span) -> bool:
    """More than nothing."""
    return span.state != "human-only" and span.end > span.start


def _day_or_second(since_ms: int, until_ms: int) -> Callable[[float], str]:
    if until_ms - since_ms > 2 * DAY_MS:
        return _day
    return lambda day: datetime.fromtimestamp(day * DAY_MS / 1000, UTC).strftime("%H:%M:%S")


def _arms(compared: Sequence[Compared]) -> Iterator[Chart]:
    by_yardstick: dict[str, list[Compared]] = defaultdict(list)
    for one in compared:
        by_yardstick[one.yardstick].append(one)
    for name, some in by_yardstick.items():
        unit = some[0].unit
        rows = [
            Row(
                "all topics" if one.topic is None else f"{one.topic}/{one.language}",
                [_point(0, one.bot), _point(0, one.people)],
            )
            for one in some[:1] + sorted(some[1:], key=_cases, reverse=True)[:ROWS_SHOWN]
        ]
        yield Chart(
            f"Bot beside people: {name}",
            f"{'More' if some[0].better == 'more' else 'Less'} is better. With intervals; the topics "
            "with most cases come first, the table below has all.",
            intervals(
                rows,
                ("bot", "people"),
                x_title=f"{name} ({unit})",
                x_format=partial(shown_number, unit=unit),
            ),
        )


def _cases(one: Compared) -> int:
    return one.bot_size + one.people_size


def _point(x: float, estimate: Estimate) -> Point | None:
    low, high = estimate.interval
    if not math.isfinite(estimate.value):
        return None
    known = math.isfinite(low) and math.isfinite(high)
    return Point(x, estimate.value, low, high) if known else Point(x, *[estimate.value] * 3)


def _waiting(totals: Totals) -> Iterator[Chart]:
    some = []
    for who, classes in sorted(totals.waits.items()):
        size, within = sum(classes), 0
        points = []
        for limit_s, count in zip(WAITS_S, classes, strict=False):
            within += count
            points.append(Point(math.log10(limit_s), within / size, *wilson(within, size, 0.05)))
        some.append(Curve(f"first with {who}", points))
    if some:
        yield Chart(
            "Waiting for the first answer",
            "The share of answered inquiries that had their first answer by then; the scale of time "
            "is logarithmic.",
            curves(
                some,
                x_title="after the inquiry",
                y_title="answered",
                x_format=lambda x: duration(round(10**x)),
                x_ticks=[math.log10(limit_s) for limit_s in _WAITS_MARKED],
                y_format=_percent,
            ),
        )


def _cost(document: Document) -> Iterator[Chart]:
    prices = document.choices.prices
    if prices is None:
        return
    weights = prices.weights(Fraction(0))
    some = []
    for who in ("bot", "people"):
        points = list(_by_time(document.totals, who, weights, document.choices.error))
        if points:
            some.append(Curve(f"first with {who}", points))
    days = {point.x for curve in some for point in curve.points}
    if some:
        yield Chart(
            "Cost per kept resolution over time",
            "By who had the inquiry first; with intervals. Returns count as inquiries of their own.",
            curves(
                some,
                x_title="day",
                y_title=prices.currency,
                x_format=_day,
                x_ticks=[days.pop()] if len(days) == 1 else None,
                y_format=lambda value: f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}",
            ),
        )


def _by_time(totals: Totals, who: str, weights: Weights, error: float) -> Iterator[Point]:
    for start, moments in _periods(totals, who):
        estimate = ratio_of_means(moments.pair(weights, KEPT), error)
        point = _point(start, estimate)
        if point is not None and moments.sums[Measure.KEPT]:
            yield point


def _periods(totals: Totals, who: str) -> Iterable[tuple[int, Moments]]:
    days = sorted(day for day, first in totals.days if first == who)
    if not days:
        return
    length = 1 if days[-1] - days[0] <= DAYS_SHOWN else 7
    merged: dict[int, Moments] = {}
    for day in days:
        start = days[0] + (day - days[0]) // length * length
        merged.setdefault(start, Moments()).merge(totals.days[day, who])
    for start, moments in merged.items():
        yield start, moments


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _day(day: float) -> str:
    """`day` since 1970."""
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).strftime("%d %b %Y")
