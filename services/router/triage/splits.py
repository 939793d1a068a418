"""Thresholds put to the test: certified on one part of the judgements, tried on the rest, many times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.router.triage.certify import Judgement, Method, largest_certified, pool

SPLITS = 20
CALIBRATION_SHARE = 0.8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class SplitTest:
    """Thresholds certified on a random part and tried on the rest, many times over.

    `below`: runs with a realised precision below the target; `significantly_below`: runs in which
    that could not be chance (one-sided exact test at 5 %). Runs that certify nothing cover nothing.
    """

    method: Method
    target: float
    runs: int
    coverage: float
    precision: float
    below: int
    significantly_below: int
    nothing_certified: int


def split_test(
    judged: Sequence[Judgement],
    *,
    target: float = 0.99,
    confidence: float = 0.95,
    method: Method = "bonferroni",
    seed: int = 0,
) -> SplitTest:
    """SPLITS random splits: thresholds from CALIBRATION_SHARE of the judgements, tried on the rest."""
    random = np.random.default_rng(seed)
    coverages, precisions = [], []
    below = significantly = nothing = 0
    for _ in range(SPLITS):
        order = random.permutation(len(judged)).tolist()
        cut = int(CALIBRATION_SHARE * len(judged))
        evidence = pool(judged[i] for i in order[:cut])
        rest = [judged[i] for i in order[cut:]]
        answered = largest_certified(evidence, target, confidence, method)
        if answered is None:
            nothing += 1
            coverages.append(0.0)
            continue
        value = evidence.confidence[answered - 1]
        taken = [each.right for each in rest if each.confidence >= value]
        coverages.append(len(taken) / len(rest) if rest else 0.0)
        if taken:
            precisions.append(float(np.mean(taken)))
            below += precisions[-1] < target
            significantly += too_few_right(sum(taken), len(taken), target)
    return SplitTest(
        method=method,
        target=target,
        runs=SPLITS,
        coverage=float(np.mean(coverages)),
        precision=float(np.mean(precisions)) if precisions else 1.0,
        below=below,
        significantly_below=significantly,
        nothing_certified=nothing,
    )


def too_few_right(right: int, answered: int, target: float) -> bool:
    """Whether a true share of `target` would give so few by chance less than once in 20 times."""
    from scipy.stats import binom

    return bool(binom.cdf(right, answered, target) < SIGNIFICANT)
