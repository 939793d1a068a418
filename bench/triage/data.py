"""The public data sets, kept outside the project: `$WARMLINE_DATA`, else `../shared/data`."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

from services.router.triage.dataset import Example

OUT_OF_SCOPE_LABELS = {"oos"}


def folder() -> Path:
    """Where the sets are, each as `<name>/data.csv`."""
    named = os.environ.get("WARMLINE_DATA")
    return Path(named) if named else Path(__file__).parents[3] / "shared" / "data"


def rows(name: str) -> list[dict[str, str]]:
    """All rows of a set as they stand; ends the program with a clear message if it is missing."""
    path = folder() / name / "data.csv"
    if not path.is_file():
        sys.exit(
            f"no data set {name}: expected {path}; set WARMLINE_DATA to the folder of the sets"
        )
    csv.field_size_limit(10**7)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def examples(name: str, *splits: str, out_of_scope: bool = False) -> list[Example]:
    """In-scope (or, if asked, only out-of-scope) rows of these splits (all if none is named)."""
    return [
        Example(row["text"], row["label"], row["lang"])
        for row in rows(name)
        if (not splits or row["split"] in splits)
        and (row["label"] in OUT_OF_SCOPE_LABELS) == out_of_scope
    ]
