"""`warmline report`: what a period says about bot and people, read from the topics alone."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warmline.cli.options import TIMEOUT_S, Bootstrap, Prefix, kafka_address

if TYPE_CHECKING:
    from services.quality.report.prices import Prices
    from services.quality.report.totals import Period

Format = Literal["html", "json", "csv", "md", "prom"]
_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def report(
    since: Annotated[
        str, typer.Option(help="A date such as 2026-09-01 (UTC), or 30d before the newest event.")
    ] = "30d",
    until: Annotated[
        str | None, typer.Option(help="A date, not itself part. Default: the newest event.")
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="prom: gaps as metrics for a text file collector.")
    ] = "html",
    out: Annotated[
        Path | None, typer.Option(help="File to write. Default: standard output.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="YAML with currency, person_hour, model_call, complaint.")
    ] = None,
    window: Annotated[
        str, typer.Option(help="How long a customer may come back: younger cases are not compared.")
    ] = "7d",
    late: Annotated[str, typer.Option(help="An answer after this is late.")] = "5m",
    gap: Annotated[
        float, typer.Option(min=0, max=1, help="Largest gap between customers, as shares.")
    ] = 0.1,
    error: Annotated[
        float, typer.Option(min=0.001, max=0.2, help="Error of each interval: 0.05 means 95 %.")
    ] = 0.05,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Reads the topics from their first record and reports: bot beside people, cost per kept
    resolution, waiting, fairness, licences.

    Needs Kafka, and nothing else. The same topics give the same report to the last byte. Without
    --prices nothing is said in money.
    """
    from services.quality.report.cases import cases_of
    from services.quality.report.document import Choices, document_of
    from services.quality.report.pages import FORMATS
    from services.quality.report.prices import load_prices
    from services.quality.report.reading import read_topics
    from services.quality.report.sorting import SortedLines
    from services.quality.report.totals import totals_of

    known_prices: Prices | None = load_prices(prices) if prices is not None else None
    spans_ms = {name: _span_ms(name, text) for name, text in (("window", window), ("late", late))}
    with SortedLines() as lines:
        read = read_topics(kafka_address(bootstrap), prefix, lines, _say_progress, TIMEOUT_S)
        period = _period(since, until, read.newest_ms, spans_ms["window"], spans_ms["late"])
        totals = totals_of(cases_of(lines), period)
    document = document_of(totals, read, Choices(period, error, gap, known_prices))
    text = FORMATS[form](document)
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


def _period(since: str, until: str | None, newest_ms: int, window_ms: int, late_ms: int) -> Period:
    from services.quality.report.totals import Period

    until_ms = newest_ms + 1 if until is None else _moment_ms("until", until, newest_ms)
    return Period(_moment_ms("since", since, newest_ms), until_ms, window_ms, late_ms)


def _moment_ms(option: str, text: str, newest_ms: int) -> int:
    """A date or moment (UTC where it does not say), or a span before the newest event."""
    if _SPAN.fullmatch(text):
        return max(0, newest_ms - _span_ms(option, text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"--{option} {text!r} is neither a date such as 2026-09-01 nor a span such as 30d"
        ) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)


def _span_ms(option: str, text: str) -> int:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"--{option} {text!r} is no span such as 30d, 12h, 5m or 20s")
    return round(
        timedelta(seconds=float(found[1]) * _SECONDS[found[2]]) / timedelta(milliseconds=1)
    )


def _say_progress(topic: str, count: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{topic}: {count:,} events ")
        sys.stderr.flush()
