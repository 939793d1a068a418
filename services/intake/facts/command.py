"""`warmline facts`: what a text says, in normal form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from warmline.cli import screen
from warmline.cli.input_files import opened

if TYPE_CHECKING:
    from services.intake.facts.found import Conventions


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


class Format(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"


def facts(
    text: Annotated[
        str | None, typer.Argument(help="What a customer wrote.", show_default=False)
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help='JSONL in UTF-8, each line with "text"; - is standard input.',
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Format, typer.Option("--format", help="For people, or JSON lines for programs.")
    ] = Format.TABLE,
    language: Annotated[
        str | None,
        typer.Option(help="Such as de or en-US. Default: each line's language or locale."),
    ] = None,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help='What "yesterday" counts from. Default: the line\'s received_at; '
            "without either, such words are no date.",
        ),
    ] = None,
    company: Annotated[
        Path | None, typer.Option(help="Folder with intake.yaml: its order numbers are known.")
    ] = None,
) -> None:
    """Finds dates, amounts, order numbers, IBANs, e-mail addresses and phone numbers in a text.

    With --file, every line keeps its fields and gains `facts`, a list of objects with kind, value,
    text, start, end and source. Start and end count characters of the text.

    Exit code 1 if any line was bad; the good ones are written all the same.
    """
    if (text is None) == (file is None):
        raise typer.BadParameter("give either a text or --file")
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise typer.BadParameter(
            f"{language!r} is none such as de or en-US", param_hint="--language"
        )
    conventions = _conventions(language, today, company)
    from services.intake.facts.jsonl import lines_of

    if text is not None:
        bad = _write(_one_line(text), "the text", out, conventions)
    else:
        with opened(cast(str, file)) as lines:
            bad = _write(lines_of(lines), cast(str, file), out, conventions)
    if bad:
        raise typer.Exit(1)


def _conventions(language: str | None, today: datetime | None, company: Path | None) -> Conventions:
    from services.intake.facts.found import conventions_of
    from services.intake.forms import load_forms

    return conventions_of(
        locale=language,
        today=today.date() if today is not None else None,
        order_masks=load_forms(company / "intake.yaml").order_numbers if company else (),
    )


def _write(lines: Iterable[bytes], name: str, out: Format, conventions: Conventions) -> int:
    """How many lines were bad."""
    from services.intake.facts.jsonl import BadLine, with_facts

    bad = 0
    rows: list[list[str]] = []
    for read in with_facts(lines, conventions):
        if isinstance(read, BadLine):
            bad += 1
            screen.fail(f"{name}:{read.line}: {read.why}")
        elif out is Format.JSONL:
            print(_as_json(read[1]))
        else:
            rows += [[str(read[0]), *_cells(fact)] for fact in read[1]["facts"]]
    if out is Format.TABLE:
        screen.show_table(("line", "kind", "value", "text", "at"), rows, whole="kind value")
    return bad


def _as_json(fields: dict[str, Any]) -> str:
    """Readable; escaped only where another field holds what UTF-8 cannot."""
    shown = json.dumps(fields, ensure_ascii=False)
    try:
        shown.encode()
    except UnicodeEncodeError:
        return json.dumps(fields)
    return shown


def _cells(fact: dict[str, Any]) -> list[str]:
    value = fact["value"]
    shown = value if isinstance(value, str) else f"{value['value']} {value['currency'] or ''}"
    place = f"{fact['start']}-{fact['end']}"
    return [fact["kind"], screen.plain(shown), screen.plain(fact["text"]), place]


def _one_line(text: str) -> list[bytes]:
    return [json.dumps({"text": text}).encode()]
