"""What the commands on labelled texts have in common: options, reading with their columns, progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

_PANEL = "The file"
_WHERE = "Default: the first of these that is there: "

TextColumn = Annotated[
    str | None,
    typer.Option(
        help=_WHERE + "text, message, question …", show_default=False, rich_help_panel=_PANEL
    ),
]
TopicColumn = Annotated[
    str | None,
    typer.Option(
        help=_WHERE + "topic, intent, label, category.", show_default=False, rich_help_panel=_PANEL
    ),
]
LanguageColumn = Annotated[
    str | None,
    typer.Option(
        help=_WHERE + "language, lang, locale.", show_default=False, rich_help_panel=_PANEL
    ),
]
SpokenLanguage = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help="The language of every text, such as en, where no column says it.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
Seed = Annotated[int, typer.Option(help="The same seed, data and model give the same numbers.")]
ModelFolder = Annotated[
    Path | None,
    typer.Option(
        help="Folder of `warmline train`. Default: WARMLINE_MODEL, else .warmline/model.",
        show_default=False,
    ),
]
CompanyFolder = Annotated[
    Path | None,
    typer.Option(
        help="Folder with topics.yaml. Default: WARMLINE_COMPANY, else the sample company.",
        show_default=False,
    ),
]

T = TypeVar("T")


def shown(steps: Iterable[T], total: int, what: str) -> Iterator[T]:
    """`steps`, with a bar on standard error while they last; nothing where nobody looks at it."""
    from rich.progress import track

    from warmline.cli.screen import err

    yield from track(steps, what, total=total, console=err(), transient=True)


def in_parts(texts: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Runs of at most `size`."""
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def share(value: float) -> str:
    """For people: 0.9123 is 91.2 %."""
    return f"{value * 100:.1f} %"
