"""How a conversation on a topic begins when nobody can doubt the topic."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from services.router.policy import Policy
from services.router.reading import load_reader

COMPANY = Path("examples/paylater")


class Opening(NamedTuple):
    text: str
    complexity: float


def openings(model: Path, policy: Policy) -> dict[tuple[str, str], Opening]:
    """For each topic and language the text that the model is surest of."""
    reader = load_reader(model, policy.languages)
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    best: dict[tuple[str, str], tuple[float, Opening]] = {}
    for row, read in zip(rows, reader.read([row["text"] for row in rows]), strict=True):
        right = (read.topic, read.language) == (row["topic"], row["language"])
        if right and not read.wants_person and read.risk_tier is None and read.mood == "calm":
            key = (row["topic"], row["language"])
            opening = Opening(row["text"], read.complexity.value)
            best[key] = max(best.get(key, (0.0, opening)), (read.confidence, opening))
    return {key: opening for key, (_, opening) in best.items()}
