"""The numbers that say how good judgements are; pure. Shares and probabilities are 0 to 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RISK_COVERAGE_POINTS = 40
RELIABILITY_BINS = 10

Numbers = NDArray[np.floating]
Truths = NDArray[np.bool_]


class TopicScore(NamedTuple):
    """One topic: how many texts are truly of it, and how well they are found."""

    topic: str
    texts: int
    precision: float
    recall: float
    f1: float


class Reliability(NamedTuple):
    """Texts of about the same stated confidence, and the share of them that was right."""

    stated: float
    right: float
    texts: int


def risk_coverage(confidence: Numbers, right: Truths) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) at even steps of coverage, surest first."""
    hits = np.cumsum(_by_confidence(confidence, right))
    sizes = np.unique(np.linspace(1, len(right), RISK_COVERAGE_POINTS + 1).astype(int)[1:])
    return [(float(n / len(right)), float(1 - hits[n - 1] / n)) for n in sizes]


def area_under_risk_coverage(confidence: Numbers, right: Truths) -> float:
    """The mean share wrong over every possible coverage: 0 is perfect (Geifman & El-Yaniv 2017)."""
    hits = np.cumsum(_by_confidence(confidence, right))
    return float(np.mean(1 - hits / np.arange(1, len(right) + 1)))


def reliability(confidence: Numbers, right: Truths) -> list[Reliability]:
    """Equally filled bins by rising confidence: where stated and right differ, it is not calibrated."""
    order = np.argsort(confidence, kind="stable")
    return [
        Reliability(float(confidence[part].mean()), float(right[part].mean()), len(part))
        for part in np.array_split(order, RELIABILITY_BINS)
        if len(part)
    ]


def macro_f1(truth: Sequence[str], given: Sequence[str]) -> float:
    """The mean over topics of the harmonic mean of precision and recall."""
    return float(np.mean([score.f1 for score in topic_scores(truth, given)]))


def topic_scores(truth: Sequence[str], given: Sequence[str]) -> list[TopicScore]:
    """Every topic that occurs on either side, by name."""
    hits = Counter(t for t, g in zip(truth, given, strict=True) if t == g)
    true, said = Counter(truth), Counter(given)
    return [
        TopicScore(
            topic=topic,
            texts=true[topic],
            precision=hits[topic] / said[topic] if said[topic] else 0.0,
            recall=hits[topic] / true[topic] if true[topic] else 0.0,
            f1=2 * hits[topic] / (true[topic] + said[topic]),
        )
        for topic in sorted(true.keys() | said.keys())
    ]


def answered_at(confidence: Numbers, strangers: Numbers) -> dict[str, float]:
    """Share of out-of-scope texts answered where that share of texts in scope is answered."""
    if not len(strangers):
        return {}
    shares = (0.5, 0.6, 0.7, 0.8, 0.9)
    return {
        f"at_coverage_{share:.0%}": float(np.mean(strangers >= np.quantile(confidence, 1 - share)))
        for share in shares
    }


def _by_confidence(confidence: Numbers, right: Truths) -> Truths:
    return right[np.argsort(-confidence, kind="stable")]
