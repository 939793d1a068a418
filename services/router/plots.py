"""Small plots as SVG, drawn here so that a page needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 12, 44
_TICKS = 5

Points = Sequence[tuple[float, float]]


def line_plot(
    title: str,
    points: Points,
    *,
    x: str,
    y: str,
    y_max: float,
    dots: bool = False,
    diagonal: bool = False,
    level: float | None = None,
) -> Markup:
    """One curve over 0 to 1. `level` draws a horizontal line to compare with, `diagonal` the ideal."""
    inner = [_axes(x, y, y_max)]
    if diagonal:
        inner.append(_line(_at(0, 0, y_max), _at(1, 1, y_max), "ideal"))
    if level is not None and level <= y_max:
        inner.append(_line(_at(0, level, y_max), _at(1, level, y_max), "ideal"))
    places = [_at(px, min(py, y_max), y_max) for px, py in points]
    path = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
    inner.append(Markup('<polyline class="curve" points="{}"/>').format(path))
    if dots:
        inner += [
            Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="4"><title>{}</title></circle>')
            .format(px, py, f"{a:.3f}, {b:.3f}")
            for (px, py), (a, b) in zip(places, points, strict=True)
        ]  # fmt: skip
    return _svg(title, inner)


def _at(x: float, y: float, y_max: float) -> tuple[float, float]:
    return (
        _LEFT + x * (WIDTH - _LEFT - _RIGHT),
        HEIGHT - _BOTTOM - y / y_max * (HEIGHT - _TOP - _BOTTOM),
    )


def _axes(x: str, y: str, y_max: float) -> Markup:
    drawn = []
    for tick in range(_TICKS + 1):
        part = tick / _TICKS
        left, level = _at(0, part * y_max, y_max)
        across, bottom = _at(part, 0, y_max)
        drawn.append(_line((left, level), _at(1, part * y_max, y_max), "grid"))
        drawn.append(_label(left - 6, level + 4, _percent(part * y_max), "end"))
        drawn.append(_label(across, bottom + 16, _percent(part), "middle"))
    drawn.append(_label((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 8, x, "middle"))
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    turned = Markup('<text class="label" transform="translate(13 {:.0f}) rotate(-90)" ').format(
        middle
    )
    drawn.append(turned + Markup('text-anchor="middle">{}</text>').format(y))
    return Markup("").join(drawn)


def _line(start: tuple[float, float], end: tuple[float, float], kind: str) -> Markup:
    line = Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>')
    return line.format(kind, *start, *end)


def _label(x: float, y: float, text: str, anchor: str) -> Markup:
    label = Markup('<text class="label" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>')
    return label.format(x, y, anchor, text)


def _percent(value: float) -> str:
    return f"{value * 100:.0f} %" if value >= 0.1 or value == 0 else f"{value * 100:.1f} %"


def _svg(title: str, inner: Sequence[Markup]) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        WIDTH, HEIGHT, escape(title)
    )
    return head + Markup("").join(inner) + Markup("</svg>")
