"""The results as one figure, as tables and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from services.quality.report import svg
from services.quality.report.plots import WIDTH, Curve, Point, curves
from services.quality.simulation.results import LATE_MIN, Result, Week, csat, scores
from services.quality.statistics import difference_of_means

_PANEL = 260


class Column(NamedTuple):
    title: str
    value: Callable[[Result, Week, int], str]


COLUMNS = (
    Column("inquiries", lambda _r, week, _n: f"{week.inquiries:,}"),
    Column("answered by the bot", lambda _r, week, _n: _share(week.bot_answers, week.inquiries)),
    Column("wrongly answered", lambda _r, week, _n: f"{week.wrong:,}"),
    Column("of these by the bot", lambda _r, week, _n: f"{week.wrong_by_bot:,}"),
    Column("CSAT", lambda _r, week, _n: f"{csat(week).value:.3f}"),
    Column("returns", lambda _r, week, _n: f"{week.returns:,}"),
    Column("complaints", lambda _r, week, _n: f"{week.complaints:,}"),
    Column("gave up waiting", lambda _r, week, _n: f"{week.abandoned:,}"),
    Column(
        f"waited over {LATE_MIN:g} min",
        lambda _r, week, _n: _share(week.late, week.answered_by_people),
    ),
    Column("people employed", lambda result, week, n: f"{result.people(week, n):.1f}"),
    Column("cost", lambda result, week, _n: f"{result.cost(week):,.0f}"),
    Column(
        "cost per inquiry",
        lambda result, week, _n: f"{result.cost(week) / max(1, week.inquiries):.2f}",
    ),
)


def table(results: Sequence[Result], since_week: int = 0) -> list[list[str]]:
    """The first row and column hold names."""
    totals = [
        (result, result.total(since_week), len(result.weeks) - since_week) for result in results
    ]
    head = ["", *(result.policy for result in results)]
    return [head] + [
        [column.title, *(column.value(*total) for total in totals)] for column in COLUMNS
    ]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---|" + "---:|" * (len(rows[0]) - 1), *lines[1:]])


def against(results: Sequence[Result], other: str, error: float = 0.05) -> list[str]:
    """One sentence for each policy: CSAT and cost beside those of the policy called `other`. The
    interval takes the two years as independent; since both have the same customers, it is wider
    than it need be."""
    (base,) = [result for result in results if result.policy == other]
    base_total = base.total()
    said = []
    for result in results:
        if result is base:
            continue
        total = result.total()
        low, high = difference_of_means(scores(total), scores(base_total), error)
        gap = csat(total).value - csat(base_total).value
        cost = result.cost(total) / base.cost(base_total) - 1
        wrong = total.wrong / base_total.wrong - 1 if base_total.wrong else 0.0
        said.append(
            f"{result.policy} against {other}: CSAT {gap:+.3f} ({low:+.3f} to {high:+.3f}), "
            f"wrongly answered {wrong:+.1%}, cost {cost:+.1%}"
        )
    return said


def figure(results: Sequence[Result], currency: str, marks: Sequence[tuple[float, str]]) -> str:
    """Four panels over the weeks, one curve for each policy. `marks`: weeks with what happens."""
    panels: list[tuple[str, Callable[[Result, Week], float]]] = [
        ("customers wrongly answered, a week", lambda _, week: week.wrong),
        ("CSAT, mean of a week's scores", lambda _, week: csat(week).value),
        ("people employed", lambda result, week: result.people(week)),
        (f"cost, thousand {currency} a week", lambda result, week: result.cost(week) / 1000),
    ]
    drawn = []
    for number, (title, value) in enumerate(panels):
        some = [
            Curve(
                result.policy,
                [
                    Point(week, value(result, of_week), *[value(result, of_week)] * 2)
                    for week, of_week in enumerate(_whole(result))
                ],
            )
            for result in results
        ]
        panel = curves(
            some,
            x_title="week",
            y_title="",
            x_format=lambda week: f"{week:.0f}",
            y_format=lambda amount: f"{amount:,.4g}",
            height=_PANEL,
            zero=number != 1,
            marks=marks,
        )
        top = number * (_PANEL + 26)
        drawn.append(svg.text(10, top + 18, title, bold=True))
        drawn.append(panel.replace("<svg ", f'<svg y="{top + 22}" ', 1))
    return svg.picture(WIDTH, len(panels) * (_PANEL + 26), "policies beside each other", drawn)


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    return [
        {
            "policy": result.policy,
            "total": _data(result, result.total(), len(result.weeks)),
            "weeks": [_data(result, week, 1) for week in result.weeks],
        }
        for result in results
    ]


def _data(result: Result, week: Week, weeks: int) -> dict[str, Any]:
    fields = {name: getattr(week, name) for name in Week.__slots__}
    estimate = csat(week)
    return {
        **{name: round(value, 3) for name, value in fields.items()},
        "csat": round(estimate.value, 4) if week.scores else None,
        "cost": round(result.cost(week), 2),
        "people": round(result.people(week, weeks), 2),
    }


def _whole(result: Result) -> Sequence[Week]:
    """Without the days that are left over at the end."""
    return result.weeks[: result.world.days // 7]


def _share(some: int, of: int) -> str:
    return f"{100 * some / of:.1f} %" if of else "none"
