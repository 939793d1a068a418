"""The report as HTML, Markdown, CSV, JSON or metrics: the same figures in each. Pure.

Names of topics and markets come from events, so whatever is written here is escaped for its format.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from services.quality.report.charts import charts_of
from services.quality.report.document import Document, about, as_json
from services.quality.report.figures import SECTIONS, Figure, shown

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell."""


class Table(NamedTuple):
    """One section: a row for each subject and measure, a column for each `who`."""

    title: str
    about: str
    columns: list[str]
    rows: list[list[str]]


def html(document: Document) -> str:
    """One file without links to others."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    source = files("services.quality.report").joinpath("report.html.jinja").read_text("utf-8")
    return environment.from_string(source).render(
        about=about(document),
        alerts=document.alerts,
        tables=list(tables(document.figures)),
        charts=[chart._replace(svg=Markup(chart.svg)) for chart in charts_of(document)],  # noqa: S704
    )


def markdown(document: Document) -> str:
    facts = about(document)
    lines = ["# Quality and return", ""]
    lines += [f"{facts['since']} to {facts['until']}, {facts['inquiries']:,} inquiries.", ""]
    if document.alerts:
        lines += ["## Alerts", "", *(f"- {_cell(alert)}" for alert in document.alerts), ""]
    for table in tables(document.figures):
        lines += [f"## {table.title}", "", table.about, ""]
        lines.append("| " + " | ".join(table.columns) + " |")
        lines.append("|" + "---|" * len(table.columns))
        lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in table.rows]
        lines.append("")
    return "\n".join(lines)


def as_csv(document: Document) -> str:
    """One line for each figure; amounts with a decimal point, shares from 0 to 1."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(Figure._fields)
    for figure in document.figures:
        writer.writerow(["" if cell is None else _harmless(cell) for cell in figure])
    return out.getvalue()


def as_json_text(document: Document) -> str:
    return json.dumps(as_json(document), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def metrics(document: Document) -> str:
    """The gaps in Prometheus' text format, to be put where a collector of text files reads them."""
    lines = [
        "# HELP warmline_fairness_gap Share of a part of the customers minus that of all others.",
        "# TYPE warmline_fairness_gap gauge",
    ]
    lines += [f"warmline_fairness_gap{_labels(gap)} {gap.gap!r}" for gap in document.gaps]
    lines += [
        "# HELP warmline_fairness_alert 1 where the gap is beyond the limit, chance excluded.",
        "# TYPE warmline_fairness_alert gauge",
    ]
    lines += [f"warmline_fairness_alert{_labels(gap)} {int(gap.alert)}" for gap in document.gaps]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Document], str]] = {
    "html": html,
    "json": as_json_text,
    "csv": as_csv,
    "md": markdown,
    "prom": metrics,
}


def tables(figures: Sequence[Figure]) -> Iterator[Table]:
    for section, (title, explained) in SECTIONS.items():
        some = [figure for figure in figures if figure.section == section]
        if some:
            yield _table(title, explained, some)


def _table(title: str, explained: str, some: Sequence[Figure]) -> Table:
    columns = list(dict.fromkeys(figure.who for figure in some))
    cells: dict[tuple[str, str], dict[str, str]] = {}
    for figure in some:
        size = f", n {figure.size:,}" if figure.size is not None and figure.low is not None else ""
        row = cells.setdefault((figure.subject, figure.measure), {})
        row[figure.who] = shown(figure) + size
    rows = [
        [subject, measure, *(row.get(column, "") for column in columns)]
        for (subject, measure), row in cells.items()
    ]
    return Table(title, explained, ["", "", *columns], rows)


def _cell(text: str) -> str:
    return "".join("\\" + sign if sign in r"\|`*_[]<>" else sign for sign in text)


def _harmless(cell: object) -> str:
    text = str(cell)
    return "'" + text if isinstance(cell, str) and text.startswith(_FORMULA) else text


def _labels(gap: NamedTuple) -> str:
    known = gap._asdict()
    names = ("by", "name", "matter")
    quoted = (
        str(known[name]).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
        for name in names
    )
    return "{" + ",".join(f'{n}="{v}"' for n, v in zip(names, quoted, strict=True)) + "}"
