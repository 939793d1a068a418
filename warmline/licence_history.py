"""A labelled history as evidence for licences: what a desk knows already when it begins.

One row of the file for each topic, language, kind and confidence: how many answers were right and how
many were not. On the licences it is counted as seeded, so that nobody takes it for this desk's work.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from warmline.client import Client
from warmline.codec import explain
from warmline.errors import ConfigurationError
from warmline.events import Evidence
from warmline.events.envelope import event_id

COLUMNS = ("topic", "language", "kind", "right", "wrong", "confidence")
KINDS = ("history", "draft", "harm")


def publish_history(client: Client, file: Path) -> int:
    """Returns how many pieces that was. Raises ConfigurationError with file and line."""
    pieces = list(read_history(file, datetime.now(UTC)))
    client.publish_many(pieces)
    return len(pieces)


def read_history(file: Path, at: datetime) -> Iterator[Evidence]:
    """The ids follow from the rows, so a file that is published twice counts once."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(line for line in lines if not line.startswith("#"))
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise ConfigurationError(f"{file}: no column {', '.join(missing)}")
            for number, row in enumerate(rows, start=1):
                yield from _pieces(file, number, row, round(at.timestamp() * 1000))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from error


def _pieces(file: Path, number: int, row: dict[str, Any], at_ms: int) -> Iterator[Evidence]:
    """What was wrong comes first, so that a licence counts all of it."""
    kind = row["kind"]
    if kind not in KINDS:
        raise ConfigurationError(f"{file}: row {number}: kind is one of {', '.join(KINDS)}")
    name = "/".join(str(row[column]) for column in ("topic", "language", "kind", "confidence"))
    try:
        for good, column in ((False, "wrong"), (True, "right")):
            count = int(row[column])
            if count == 0:
                continue
            yield Evidence(
                evidence_id=event_id(f"history/{name}", f"{number}/{column}"),
                topic=row["topic"],
                language=row["language"],
                kind="audit" if kind == "harm" else cast(Any, kind),
                good=good,
                harmful=kind == "harm" and not good,
                confidence=float(row["confidence"]),
                seeded=True,
                count=1 if kind == "harm" else count,
                at_ms=at_ms,
            )
    except ValidationError as error:
        raise ConfigurationError(f"{file}: row {number}: {explain(error)}") from None
    except ValueError as error:
        raise ConfigurationError(f"{file}: row {number}: {error}") from None
