"""Labelled texts from CSV or JSONL files with a text, a topic and a language on each line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from warmline.errors import ConfigurationError, ContractError

TOPIC_COLUMNS = ("topic", "intent", "label", "category")
LANGUAGE_COLUMNS = ("language", "lang", "locale")
TIME_COLUMNS = ("at", "time", "timestamp", "received_at", "date")
"""Where things are looked for, in this order and in any case."""


class Example(NamedTuple):
    """One labelled text."""

    text: str
    topic: str
    language: str


@dataclass(frozen=True)
class Columns:
    """What the columns are called; None: the first usual name that is there.

    `spoken`: the language of every text, for a file without a column that says it.
    """

    text: str | None = None
    topic: str | None = None
    language: str | None = None
    spoken: str | None = None


class Labelled(NamedTuple):
    """One line of a file; `split` and `at` (ISO 8601) are empty where no column says them."""

    line: int
    example: Example
    split: str
    at: str


class BadLine(NamedTuple):
    """A line that cannot be used, and why; nothing of the line is quoted."""

    line: int
    problem: str


def read_examples(path: Path, columns: Columns | None = None) -> list[Example]:
    """All lines in order. Raises ConfigurationError with the file and the line for what cannot be used."""
    return [labelled.example for labelled in read_labelled(path, columns)]


def read_labelled(path: Path, columns: Columns | None = None) -> list[Labelled]:
    """As `read_examples`, with what else stands on the lines."""
    found = []
    for row in lines(path, columns or Columns()):
        if isinstance(row, BadLine):
            raise ConfigurationError(f"{path}, line {row.line}: {row.problem}")
        found.append(row)
    if not found:
        raise ConfigurationError(f"{path} has no rows")
    return found


def lines(
    path: Path, columns: Columns, content: bytes | None = None
) -> Iterator[Labelled | BadLine]:
    """Every line, good or bad. Raises ConfigurationError where the file as a whole is of no use.

    `content`: what to read in place of what stands in the file.
    """
    from warmline.client.inquiry_files import format_of, rows

    try:
        with path.open("rb") if content is None else BytesIO(content) as source:
            kind = format_of(path.name, source.read(64))
            source.seek(0)
            for number, row in rows(source, kind):
                if isinstance(row, ContractError):
                    yield BadLine(number, str(row))
                    continue
                try:
                    yield _labelled(path, number, row, columns)
                except ConfigurationError as error:
                    if kind == "csv":  # all lines lack what the header lacks
                        raise
                    yield BadLine(number, str(error).removeprefix(f"{path} "))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror or error}") from error
    except ConfigurationError as error:
        raise ConfigurationError(_with_file(path, str(error))) from error


def _labelled(
    path: Path, number: int, row: Mapping[str, Any], columns: Columns
) -> Labelled | BadLine:
    from warmline.client.inquiry_files import TEXT_COLUMNS

    fields = {name.strip().lower(): value for name, value in row.items() if name}
    text = _value(path, fields, "text", columns.text, TEXT_COLUMNS)
    topic = _value(path, fields, "topic", columns.topic, TOPIC_COLUMNS)
    language = columns.spoken or _value(
        path, fields, "language", columns.language, LANGUAGE_COLUMNS
    )
    if not text or not topic or not language:
        found = {"text": text, "topic": topic, "language": language}
        name, value = next((name, value) for name, value in found.items() if not value)
        return BadLine(number, f"the {name} is {'no text' if value is None else 'empty'}")
    code = language.replace("_", "-").partition("-")[0].lower()
    at = next((str(fields[name]).strip() for name in TIME_COLUMNS if fields.get(name)), "")
    split = str(fields.get("split") or "").strip()
    return Labelled(number, Example(text, topic, code), split, at)


def _value(
    path: Path, fields: Mapping[str, Any], what: str, named: str | None, usual: tuple[str, ...]
) -> str | None:
    """Empty where the field is; None for what is no text, as a list in JSON. Topics may be numbers."""
    wanted = (named.lower(),) if named else usual
    for name in wanted:
        if name in fields:
            value = fields[name] if fields[name] is not None else ""
            if isinstance(value, str):
                return value.strip()
            return str(value) if what == "topic" and isinstance(value, int) else None
    raise ConfigurationError(
        f"{path} has no column {' or '.join(wanted[:3])}; found: "
        f"{', '.join(sorted(fields)[:20])[:300]}: name it with --{what}-column"
        + (", or give the language of all texts with --language" if what == "language" else "")
    )


def _with_file(path: Path, message: str) -> str:
    return message if str(path) in message else f"{path}: {message}"
