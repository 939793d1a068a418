"""Labelled texts from a CSV file with the columns text, topic, language."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from warmline.errors import ConfigurationError

COLUMNS = ("text", "topic", "language")


class Example(NamedTuple):
    """One labelled text."""

    text: str
    topic: str
    language: str


def read_csv(path: Path, *, topic: str = "topic", language: str = "language") -> list[Example]:
    """All rows in order. `topic`, `language`: what those columns are called in this file.

    Raises ConfigurationError with the file and the line for what cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _rows(csv.DictReader(file, strict=True), path, topic, language)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8"
        ) from error
    except csv.Error as error:
        raise ConfigurationError(f"{path} is not a valid CSV file: {error}") from error


def _rows(reader: csv.DictReader[str], path: Path, topic: str, language: str) -> list[Example]:
    wanted = ("text", topic, language)
    missing = [name for name in wanted if name not in (reader.fieldnames or ())]
    if missing:
        raise ConfigurationError(
            f"{path} has no column {', '.join(missing)}; found: {', '.join(reader.fieldnames or ())}"
        )
    rows = []
    for row in reader:
        values = [(row[name] or "").strip() for name in wanted]
        if not all(values):
            empty = wanted[values.index("")]
            raise ConfigurationError(f"{path}, line {reader.line_num}: the column {empty} is empty")
        rows.append(Example(*values))
    if not rows:
        raise ConfigurationError(f"{path} has no rows")
    return rows
