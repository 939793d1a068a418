"""Worlds in which every topic is a little worse than a licence asks for: how often is one licensed?

Each judged answer is one piece of evidence for the real rules, which look after every one of them.
Beside them, on the same answers, what a team does that looks at an exact binomial test every time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from services.quality.licensing import Cell, Standing, Terms, after
from warmline.events import Evidence

TARGET = 0.95
LOOKS_FROM = 20
"""The peeked test begins here, as nobody tests three answers."""


def false_licences(
    seed: int, worlds: int, topics: int, languages: tuple[str, ...], labels: int, below: float
) -> dict[str, Any]:
    """`below`: how far the true precision of every topic is below the target."""
    harms = {f"topic-{number}": "information" for number in range(topics)}
    terms = Terms.model_validate({"harms": harms, "languages": languages, "history_min": 1})
    cells = [Cell(topic, language) for topic in harms for language in languages]
    enough = _enough(labels)
    ours = peeked = 0
    for world in range(worlds):
        random = np.random.default_rng([seed, world])
        right = random.random((labels, len(cells))) < TARGET - below
        confidence = random.uniform(terms.thresholds[0], 1, (labels, len(cells)))
        ours += _licensed(terms, cells, right, confidence)
        sums = right.cumsum(axis=0)
        peeked += bool((sums[LOOKS_FROM:] >= enough[LOOKS_FROM:, None]).any())
    return {
        "worlds": worlds,
        "topics_and_languages": len(cells),
        "judged_answers_each": labels,
        "true_precision": TARGET - below,
        "target": TARGET,
        "error_accepted": terms.licence_error,
        "worlds_with_a_false_licence": ours / worlds,
        "upper_95": float(stats.beta.ppf(0.95, ours + 1, worlds - ours)) if ours < worlds else 1.0,
        "the_same_by_a_peeked_binomial_test": peeked / worlds,
    }


def _licensed(terms: Terms, cells: list[Cell], right: Any, confidence: Any) -> bool:
    desk: dict[Cell, Standing] = {}
    for cell in cells:
        desk[cell] = after(desk, _piece(cell, "history", True, 1.0), terms)
    for step, sures in zip(right.tolist(), confidence.tolist(), strict=True):
        for cell, good, sure in zip(cells, step, sures, strict=True):
            desk[cell] = after(desk, _piece(cell, "draft", good, sure), terms)
            if desk[cell].state == "licensed":
                return True
    return False


def _piece(cell: Cell, kind: Any, good: bool, confidence: float) -> Evidence:
    return Evidence.model_construct(
        evidence_id="e",
        topic=cell.topic,
        language=cell.language,
        kind=kind,
        good=good,
        by="bot",
        confidence=confidence,
        harmful=False,
        seeded=False,
        count=1,
        inquiry_id=None,
        at_ms=0,
        order=None,
    )


def _enough(labels: int) -> Any:
    """From how many right of n on a one-sided binomial test at 0.05 calls the target passed."""
    sizes = np.arange(1, labels + 1)
    return stats.binom.isf(0.05, sizes, TARGET) + 1
