"""What the commands print: tables and colours for people, JSON for programs, errors in one line.

Results go to standard output, everything about the work itself to standard error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_JOINER = "\u200d"  # inside emoji
_MARK = "\N{REPLACEMENT CHARACTER}"


@cache
def out() -> Console:
    return Console(highlight=False)


@cache
def err() -> Console:
    return Console(stderr=True, highlight=False)


def fail(message: str) -> None:
    """One red line: what, where, what to do."""
    err().print(f"[bold red]Error:[/] {escape(message)}", soft_wrap=True)


def note(message: str) -> None:
    """About the work in hand; `message` may hold markup."""
    err().print(message, soft_wrap=True)


def show_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_json_line(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False), flush=True)


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, whole: str = "", right: str = ""
) -> None:
    """Cells may hold markup. The columns named in `whole`, with blanks between, are never broken
    into lines; those in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right.split() else "left",
            no_wrap=column in whole.split(),
            overflow="fold",
        )
    for row in rows:
        table.add_row(*row)
    out().print(table)


def plain(value: object) -> str:
    """`value` as a cell without markup, whatever brackets it holds. Characters that could steer the
    terminal or turn the direction of writing become visible marks."""
    return escape("".join(c if c.isprintable() or c == _JOINER else _MARK for c in str(value)))


def one_line(text: str, width: int) -> str:
    """`text` without line breaks, cut to `width` characters; to be given to `plain`."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
