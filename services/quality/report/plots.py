"""The report's three kinds of chart: curves, values with intervals, and spans of time. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from services.quality.report import svg
from services.quality.report.svg import Axis, Format

WIDTH = 760
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 40, 36, 46


class Point(NamedTuple):
    """`low` and `high` equal to `y` where no interval is drawn."""

    x: float
    y: float
    low: float
    high: float


class Curve(NamedTuple):
    name: str
    points: Sequence[Point]


class Row(NamedTuple):
    """One line of a chart with intervals: a value of each series, None where there is none."""

    label: str
    points: Sequence[Point | None]


class Span(NamedTuple):
    """Of a state, from one moment to another."""

    start: float
    end: float
    state: str


def curves(
    some: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    x_format: Format,
    y_format: Format,
    height: int = 300,
    zero: bool = True,
    marks: Sequence[tuple[float, str]] = (),
    x_ticks: Sequence[float] | None = None,
) -> str:
    """`marks`: moments on the x axis with what happened then. `x_ticks` None: round values."""
    points = [point for curve in some for point in curve.points]
    x_axis = Axis(*_ends([p.x for p in points]), _LEFT, WIDTH - _RIGHT)
    values = [value for p in points for value in (p.y, p.low, p.high)]
    names, lines = svg.legend([curve.name for curve in some], _LEFT, WIDTH - _RIGHT, 36)
    top = _TOP + svg.LEGEND_LINE * lines
    height += top - _TOP
    y_axis = svg.fitting(values, height - _BOTTOM, top, zero=zero)
    parts = [
        *_x_ticks(x_axis, x_format, height - _BOTTOM, height - _BOTTOM, x_title, x_ticks),
        *_y_ticks(y_axis, y_format, y_title),
    ]
    for number, curve in enumerate(some):
        banded = [p for p in curve.points if math.isfinite(p.low) and math.isfinite(p.high)]
        if any(p.low != p.high for p in banded):
            edge = [(x_axis.at(p.x), y_axis.at(p.high)) for p in banded]
            back = [(x_axis.at(p.x), y_axis.at(p.low)) for p in reversed(banded)]
            parts.append(svg.area(edge + back, number))
        drawn = [p for p in curve.points if math.isfinite(p.y)]
        parts.append(svg.path([(x_axis.at(p.x), y_axis.at(p.y)) for p in drawn], number))
        if len(drawn) == 1:
            parts += _alone(
                x_axis, y_axis, drawn[0], number, f"{curve.name}: {y_format(drawn[0].y)}"
            )
    for moment, name in marks:
        x = x_axis.at(moment)
        parts.append(svg.line(x, top, x, height - _BOTTOM, "#888"))
        parts.append(svg.text(x + 4, top + 12, name, size=11))
    parts.append(names)
    return svg.picture(WIDTH, height, f"{y_title} by {x_title}", parts)


def intervals(
    rows: Sequence[Row], names: Sequence[str], *, x_title: str, x_format: Format, zero: bool = False
) -> str:
    """One line for each row, with a dot and its interval for each of `names`."""
    left, step = 230, 18 * len(names) + 10
    height = _TOP + step * len(rows) + _BOTTOM
    points = [point for row in rows for point in row.points if point is not None]
    x_axis = svg.fitting(
        [value for p in points for value in (p.y, p.low, p.high)], left, WIDTH - _RIGHT, zero=zero
    )
    parts = _x_ticks(x_axis, x_format, _TOP, height - _BOTTOM, x_title)
    for place, row in enumerate(rows):
        top = _TOP + place * step
        parts.append(svg.text(left - 10, top + step / 2 + 4, row.label, anchor="end"))
        parts.append(svg.line(left, top + step, WIDTH - _RIGHT, top + step))
        for number, point in enumerate(row.points):
            if point is not None and math.isfinite(point.y):
                parts += _whisker(x_axis, point, top + 14 + 18 * number, number, x_format)
    parts.append(svg.legend(names, left, WIDTH - _RIGHT, 18)[0])
    return svg.picture(WIDTH, height, x_title, parts)


def spans(
    rows: Sequence[tuple[str, Sequence[Span]]],
    colours: dict[str, str],
    *,
    x_format: Format,
    x_title: str,
) -> str:
    """What state each row was in, over time."""
    left, step = 230, 22
    height = _TOP + step * len(rows) + _BOTTOM
    moments = [moment for _, some in rows for span in some for moment in (span.start, span.end)]
    x_axis = Axis(*_ends(moments), left, WIDTH - _RIGHT)
    parts = _x_ticks(x_axis, x_format, _TOP, height - _BOTTOM, x_title)
    for place, (label, some) in enumerate(rows):
        top = _TOP + place * step
        parts.append(svg.text(left - 10, top + 15, label, anchor="end"))
        for span in some:
            x = x_axis.at(span.start)
            tip = f"{label}: {span.state} from {x_format(span.start)}"
            parts.append(
                svg.box(x, top + 3, x_axis.at(span.end) - x, step - 6, colours[span.state], tip)
            )
    x = float(left)
    for state, colour in colours.items():
        parts.append(svg.box(x, 8, 14, 12, colour, state))
        parts.append(svg.text(x + 19, 18, state))
        x += 19 + 7 * len(state) + 22
    return svg.picture(WIDTH, height, x_title, parts)


def _whisker(axis: Axis, point: Point, y: float, number: int, x_format: Format) -> list[str]:
    ends = [axis.at(value) for value in (point.low, point.high)]
    tip = f"{x_format(point.y)} ({x_format(point.low)} to {x_format(point.high)})"
    caps = [svg.line(x, y - 4, x, y + 4, svg.colour_of(number), 2) for x in ends]
    bar = svg.line(ends[0], y, ends[1], y, svg.colour_of(number), 2)
    return [bar, *caps, svg.dot(axis.at(point.y), y, number, tip)]


def _alone(x_axis: Axis, y_axis: Axis, point: Point, number: int, tip: str) -> list[str]:
    """A curve of one point, which would not be seen; beside the others' by its number."""
    x = x_axis.at(point.x) + 12 * number
    low, high = (y_axis.at(value) for value in (point.low, point.high))
    caps = [svg.line(x - 4, y, x + 4, y, svg.colour_of(number), 2) for y in (low, high)]
    bar = svg.line(x, low, x, high, svg.colour_of(number), 2)
    return [bar, *caps, svg.dot(x, y_axis.at(point.y), number, tip)]


def _y_ticks(axis: Axis, form: Format, title: str) -> list[str]:
    parts = [svg.text(_LEFT, 16, title, bold=True)]
    for tick in axis.ticks():
        y = axis.at(tick)
        parts.append(svg.line(_LEFT, y, WIDTH - _RIGHT, y))
        parts.append(svg.text(_LEFT - 6, y + 4, form(tick), anchor="end", size=11))
    return parts


def _x_ticks(
    axis: Axis,
    form: Format,
    top: float,
    bottom: float,
    title: str,
    ticks: Sequence[float] | None = None,
) -> list[str]:
    parts = []
    for tick in axis.ticks() if ticks is None else ticks:
        x = axis.at(tick)
        parts.append(svg.line(x, top, x, bottom + 4))
        parts.append(svg.text(x, bottom + 18, form(tick), anchor="middle", size=11))
    parts.append(svg.text((axis.start + axis.end) / 2, bottom + 38, title, anchor="middle"))
    return parts


def _ends(values: Sequence[float]) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)
