"""Labels that are probably wrong: a model that never saw the text disagrees, and is sure of it.

Confident learning (Northcutt, Jiang and Chuang 2021): a text labelled A is suspected to be B where the
out-of-fold probability of B is at least what texts labelled B get on average, and SURE. Needs
scikit-learn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage.dataset import Example
from services.router.triage.fitting import Settings, fit_linear, fit_temperature, one_thread
from services.router.triage.linear import softmax
from services.router.triage.vectoriser import Floats

FOLDS = 5
SURE = 0.9


class Suspect(NamedTuple):
    """`row` counts the examples from 0; probabilities are out of fold."""

    row: int
    labelled: str
    looks_like: str
    probability_labelled: float
    probability: float


def suspects(
    examples: Sequence[Example],
    *,
    seed: int = 0,
    progress: Callable[[int], None] = lambda _fold: None,
) -> list[Suspect]:
    """The strongest disagreement first. Topics with fewer texts than folds are left out."""
    counts = Counter(row.topic for row in examples)
    kept = [i for i, row in enumerate(examples) if counts[row.topic] >= FOLDS]
    topics = sorted({examples[i].topic for i in kept})
    if len(topics) < 2:
        return []
    rows = [examples[i] for i in kept]
    truth = np.array([topics.index(row.topic) for row in rows])
    with one_thread():
        probability = _out_of_fold(rows, topics, truth, seed, progress)
    labelled = probability[np.arange(len(rows)), truth]
    usual = np.array([labelled[truth == topic].mean() for topic in range(len(topics))])
    best = probability.argmax(axis=1)
    stated = probability.max(axis=1)
    found = np.flatnonzero((best != truth) & (stated >= np.maximum(usual[best], SURE)))
    ranked = found[np.argsort(-(stated - labelled)[found], kind="stable")]
    return [
        Suspect(
            kept[i], topics[truth[i]], topics[best[i]], float(labelled[i]), float(stated[i])
        )
        for i in ranked.tolist()
    ]  # fmt: skip


def _out_of_fold(
    rows: Sequence[Example],
    topics: Sequence[str],
    truth: NDArray[np.int64],
    seed: int,
    progress: Callable[[int], None],
) -> Floats:
    fold = _folds(rows, seed)
    scores = np.full((len(rows), len(topics)), -1e9, dtype=np.float32)
    for left_out in range(FOLDS):
        inside = np.flatnonzero(fold != left_out).tolist()
        outside = np.flatnonzero(fold == left_out).tolist()
        linear = fit_linear([rows[i] for i in inside], Settings(space=8), seed)
        found = linear([rows[i].text for i in outside])
        columns = [topics.index(topic) for topic in linear.topics]
        scores[np.array(outside)[:, None], np.array(columns)] = np.log(found.probability)
        progress(left_out + 1)
    return softmax(scores / fit_temperature([(scores, truth)]))


def _folds(rows: Sequence[Example], seed: int) -> NDArray[np.int64]:
    """A fold for each row, topics spread evenly; equal texts stay together."""
    fold_of: dict[str, int] = {}
    seen: Counter[str] = Counter()
    for i in np.random.default_rng(seed).permutation(len(rows)).tolist():
        text = rows[i].text.strip().lower()
        if text not in fold_of:
            fold_of[text] = seen[rows[i].topic] % FOLDS
            seen[rows[i].topic] += 1
    return np.array([fold_of[row.text.strip().lower()] for row in rows])
