"""`warmline publish`: inquiries from a file or a pipe."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from warmline.cli import screen
from warmline.cli.input_files import opened
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address

if TYPE_CHECKING:
    from warmline.client import Delivery, Failure, Report
    from warmline.client.inquiry_files import BadLine, InquiryFile
    from warmline.events import Inquiry

_SHOWN = 20
_REDRAW_EVERY = 50
_WORTH_TELLING = 100


def publish(
    file: Annotated[
        str, typer.Argument(metavar="FILE|-", help="JSONL or CSV in UTF-8; - is standard input.")
    ],
    text_column: Annotated[
        str | None,
        typer.Option(
            help="Column or JSON name of the text. Default: text, message, question, …",
            show_default=False,
        ),
    ] = None,
    fresh_ids: Annotated[
        bool, typer.Option("--fresh-ids", help="Publish as new what was published before.")
    ] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Publish each line of a file as an inquiry.

    Used where present: inquiry_id, conversation_id, customer_id, channel, locale or language,
    market, wants_person, attributes. Everything else, such as a topic or a label, is left out.
    Missing ids are made from the file's name, line and text, so that publishing a file again
    changes nothing.

    Exit code 1 if any line was bad; the good ones are published all the same.
    """
    from warmline.client import Client

    bad: list[BadLine] = []
    began = time.monotonic()
    with (
        opened(file) as source,
        _progress(source, quiet=as_json) as on_delivery,
        Client(kafka_address(bootstrap), prefix, timeout_s=TIMEOUT_S) as client,
    ):
        lines = _lines(file, source, text_column, fresh_ids)
        report = client.publish_many(_good(lines, bad), on_delivery=on_delivery)
    if as_json:
        screen.show_json(_as_dict(report, bad))
    else:
        _show(report, bad, time.monotonic() - began)
    if bad or report.failed:
        raise typer.Exit(1)


def _lines(file: str, source: BinaryIO, text_column: str | None, fresh_ids: bool) -> InquiryFile:
    from warmline.client.inquiry_files import InquiryFile, format_of

    peek = getattr(source, "peek", None)
    begins = peek(64) if peek is not None else b""
    name = None if fresh_ids or file == "-" else Path(file).name
    return InquiryFile(source, format_of(file, begins), name, text_column)


def _good(lines: InquiryFile, bad: list[BadLine]) -> Iterator[Inquiry]:
    """The inquiries; what is none goes into `bad`."""
    from warmline.client.inquiry_files import BadLine

    for line in lines:
        if isinstance(line, BadLine):
            bad.append(line)
        else:
            yield line


@contextmanager
def _progress(
    source: BinaryIO, *, quiet: bool
) -> Iterator[Callable[[Delivery | Failure], None] | None]:
    """A bar over the bytes read, where somebody is watching; gives what `publish_many` calls."""
    if quiet or not screen.err().is_terminal:
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    size = _size(source)
    with Progress(
        TextColumn("Publishing"),
        BarColumn(),
        TextColumn("{task.fields[published]:,}"),
        TimeRemainingColumn(),
        console=screen.err(),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=size, published=0)
        published = 0

        def on_delivery(_: Delivery | Failure) -> None:
            nonlocal published
            published += 1
            if published % _REDRAW_EVERY == 0:
                read = source.tell() if size is not None else 0
                progress.update(task, completed=read, published=published)

        yield on_delivery


def _size(source: BinaryIO) -> int | None:
    """None for a pipe."""
    status = os.fstat(source.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _show(report: Report, bad: list[BadLine], took_s: float) -> None:
    for line in bad[:_SHOWN]:
        screen.note(f"[red]line {line.line}:[/] {screen.plain(line.error)}")
    if len(bad) > _SHOWN:
        screen.note(f"… and {len(bad) - _SHOWN:,} more bad lines (all of them with --json)")
    for failure in report.failures[:_SHOWN]:
        screen.note(f"[red]not published:[/] {screen.plain(failure.error)}")
    rate = report.delivered / took_s
    parts = [f"[green]{report.delivered:,} published[/] in {took_s:.1f} s"]
    if rate >= _WORTH_TELLING:
        parts[0] += f" ({rate:,.0f} a second)"
    if report.failed:
        parts.append(f"[red]{report.failed:,} refused[/]")
    if bad:
        parts.append(f"[red]{len(bad):,} bad lines[/]")
    screen.out().print(", ".join(parts))


def _as_dict(report: Report, bad: list[BadLine]) -> dict[str, object]:
    return {
        "published": report.delivered,
        "refused": report.failed,
        "bad_lines": [{"line": line.line, "reason": str(line.error)} for line in bad],
    }
