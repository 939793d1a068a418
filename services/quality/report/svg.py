"""Axes and marks as SVG text, without a library: what a chart needs and nothing else. Pure.

Every text from outside is escaped here. Colours can be told apart with impaired colour vision
(Okabe and Ito, 2008) and each series differs in its dashes as well, so that a black and white print
can be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#4d4d4d")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "4 2", "1 2", "12 4")
_TEXT = "#222"
_GRID = "#ddd"

Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps values to places; `start` to `end` in pixels, and it may run either way."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, about: int = 5) -> list[float]:
        """Round values, `about` as many as asked for."""
        rough = (self.high - self.low) / about
        magnitude = 10 ** math.floor(math.log10(rough))
        step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= rough * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]


def fitting(values: Sequence[float], start: float, end: float, *, zero: bool = False) -> Axis:
    """An axis that holds all finite values, with a little room; from 0 if `zero`."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if zero:
        low = min(0.0, low)
    room = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return Axis(low if zero and low == 0 else low - room, high + room, start, end)


def text(
    x: float, y: float, content: str, *, anchor: str = "start", size: int = 12, bold: bool = False
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{weight} '
        f'fill="{_TEXT}">{escape(content)}</text>'
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = _GRID, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def path(points: Sequence[tuple[float, float]], number: int) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline points="{places}" fill="none" stroke="{colour_of(number)}" '
        f'stroke-width="2"{dashed}/>'
    )


def area(points: Sequence[tuple[float, float]], number: int) -> str:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{places}" fill="{colour_of(number)}" fill-opacity="0.15"/>'


def box(x: float, y: float, width: float, height: float, fill: str, tip: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" '
        f'fill="{fill}"><title>{escape(tip)}</title></rect>'
    )


def dot(x: float, y: float, number: int, tip: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour_of(number)}">'
        f"<title>{escape(tip)}</title></circle>"
    )


def colour_of(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


LEGEND_LINE = 18


def legend(names: Sequence[str], left: float, right: float, y: float) -> tuple[str, int]:
    """Names, each with its colour and dashes, in as many lines as they need; and how many."""
    parts, x, lines = [], left, 1
    for number, name in enumerate(names):
        width = 31 + 7 * len(name)
        if x > left and x + width > right:
            x, y, lines = left, y + LEGEND_LINE, lines + 1
        parts.append(path([(x, y - 4), (x + 26, y - 4)], number))
        parts.append(text(x + 31, y, name))
        x += width + 22
    return "".join(parts), lines


def picture(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """`label` is what a screen reader says."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{escape(label)}" '
        f'font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )
