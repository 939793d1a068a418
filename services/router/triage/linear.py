"""One linear pass over the n-grams: topic scores, language scores and a place in a small space.

The three share one table with a row per n-gram, so that a text gathers its rows once. The space
(the leading singular vectors of the training texts) is where neighbours are looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage.vectoriser import Floats, Rowset, Vectoriser

BATCH_TEXTS = 64
BATCH_CHARS = 20_000
"""Bounds the memory of one pass, whatever the length of the texts."""

SIGNALS = (
    "log_odds",
    "score",
    "second_score",
    "third_score",
    "score_mass",
    "nearest",
    "nearest_three",
    "other_nearest",
    "other_nearest_three",
    "in_space",
    "unknown_words",
    "unknown_chars",
    "log_words",
)
"""What the acceptor judges by; the columns of `Pass.signals`."""


class Pass(NamedTuple):
    """What is known about each text of a batch after one pass."""

    best: NDArray[np.int64]
    second: NDArray[np.int64]
    probability: Floats
    """Calibrated probability of each topic, were every text in scope: (texts, topics)."""
    languages: Floats
    """Score of each language: (texts, languages)."""
    signals: Floats
    places: Floats

    def take(self, rows: NDArray[np.int64]) -> Pass:
        """The same of these texts alone."""
        return Pass(
            self.best[rows],
            self.second[rows],
            self.probability[rows],
            self.languages[rows],
            self.signals[rows],
            self.places[rows],
        )


@dataclass(frozen=True)
class Linear:
    """`weights` has a row per n-gram and the columns topics | languages | space."""

    topics: tuple[str, ...]
    languages: tuple[str, ...]
    vectoriser: Vectoriser
    weights: Floats
    bias: Floats
    neighbours: Floats
    """Places of training texts, each of length 1, sorted by topic: (kept texts, space)."""
    neighbour_start: NDArray[np.int64]
    """Topic t owns `neighbours[neighbour_start[t]:neighbour_start[t + 1]]`."""
    temperature: float = 1.0

    def __call__(self, texts: Sequence[str]) -> Pass:
        """Scores for a batch of any size; at least one text."""
        passes = [self._pass(batch) for batch in batches(texts)]
        return Pass(*(np.concatenate(part) for part in zip(*passes, strict=True)))

    def scores(self, rows: Rowset) -> Floats:
        """All columns for each row. A gather per text beats one big gather: it stays in cache."""
        out = np.empty((len(rows.indptr) - 1, self.weights.shape[1]), dtype=np.float32)
        for i, (start, end) in enumerate(pairwise(rows.indptr.tolist())):
            gathered = self.weights.take(rows.columns[start:end], axis=0)
            np.matmul(rows.values[start:end], gathered, out=out[i])
        out[:, : len(self.bias)] += self.bias
        return out

    def _pass(self, texts: Sequence[str]) -> Pass:
        rows = self.vectoriser(texts)
        scores, languages, places = np.split(
            self.scores(rows), [len(self.topics), len(self.topics) + len(self.languages)], axis=1
        )
        probability = softmax(scores / self.temperature)
        best, second, third = _three_best(scores)
        length = np.linalg.norm(places, axis=1)
        places = places / np.maximum(length, 1e-9)[:, None]
        each = np.arange(len(texts))
        signals = [
            log_odds(probability[each, best]),
            scores[each, best],
            scores[each, second],
            scores[each, third],
            np.maximum(scores + 1, 0).sum(axis=1),
            *nearest(places, best, self.neighbours, self.neighbour_start),
            *nearest(places, second, self.neighbours, self.neighbour_start),
            length,
            rows.unknown_words,
            rows.unknown_chars,
            np.log1p(rows.words),
        ]
        return Pass(
            best,
            second,
            probability,
            languages,
            np.column_stack(signals).astype(np.float32),
            places,
        )


def nearest(
    places: Floats,
    topics: NDArray[np.int64],
    neighbours: Floats,
    neighbour_start: NDArray[np.int64],
) -> tuple[Floats, Floats]:
    """Cosine to the nearest training text of each text's given topic, and the mean of the three."""
    three = np.empty((len(places), 3), dtype=np.float32)
    starts, ends = neighbour_start[topics].tolist(), neighbour_start[topics + 1].tolist()
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        closest = neighbours[start:end] @ places[i]
        if len(closest) > 3:
            closest.partition(len(closest) - 3)
            three[i] = closest[-3:]
        else:
            three[i] = np.resize(closest, 3)
    return three.max(axis=1), three.mean(axis=1)


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of at most BATCH_TEXTS texts and, unless one text is longer, BATCH_CHARS characters."""
    start, chars = 0, 0
    for i, text in enumerate(texts):
        if i > start and (i - start == BATCH_TEXTS or chars + len(text) > BATCH_CHARS):
            yield texts[start:i]
            start, chars = i, 0
        chars += len(text)
    yield texts[start:]


def _three_best(scores: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The columns of the three highest scores of each row; equal scores in the order of columns."""
    count = min(3, scores.shape[1])
    top = np.sort(np.argpartition(-scores, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    ranked = np.take_along_axis(top, order, axis=1)
    return ranked[:, 0], ranked[:, 1], ranked[:, count - 1]


def softmax(scores: Floats) -> Floats:
    """Row by row, without overflow."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def log_odds(chance: Floats) -> Floats:
    """Kept finite, so that certainty stays a number."""
    inner = np.clip(chance, 1e-6, 1 - 1e-6)
    result: Floats = np.log(inner / (1 - inner))
    return result
