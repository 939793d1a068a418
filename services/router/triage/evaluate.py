"""How good a model is: accuracy, calibration, risk against coverage, and thresholds put to the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.router.triage.acceptor import calibration_error
from services.router.triage.certify import Judgement, Method, largest_certified, pool
from services.router.triage.dataset import Example
from services.router.triage.model import TopicModel

RISK_COVERAGE_POINTS = 20
SPLITS = 20
CALIBRATION_SHARE = 0.8
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Evaluation:
    """Plain numbers, ready for JSON; shares are 0 to 1.

    `risk_coverage`: pairs of the share answered and the share of those that is wrong, from the
    surest texts on. `confusions`: true topic, given topic, how often.
    """

    texts: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    area_under_risk_coverage: float
    risk_coverage: list[tuple[float, float]]
    confusions: list[tuple[str, str, int]]
    languages: dict[str, dict[str, float]]
    out_of_scope: dict[str, float]


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


def judge(model: TopicModel, examples: Sequence[Example]) -> list[Judgement]:
    """What the model makes of labelled texts; a topic it does not know is always wrong."""
    found = model.predict([example.text for example in examples])
    return [
        Judgement(guess.topic, example.language, guess.confidence, guess.topic == example.topic)
        for guess, example in zip(found, examples, strict=True)
    ]


def evaluate(
    model: TopicModel, examples: Sequence[Example], out_of_scope: Sequence[str] = ()
) -> Evaluation:
    """`examples`: labelled and in scope; `out_of_scope`: texts that nobody should answer."""
    found = model.predict([example.text for example in examples])
    judged = judge(model, examples)
    right = np.array([each.right for each in judged])
    confidence = np.array([each.confidence for each in judged])
    truth = [example.topic for example in examples]
    given = [each.topic for each in judged]
    wrong = Counter((t, g) for t, g in zip(truth, given, strict=True) if t != g)
    probability = np.array([guess.probability for guess in found])
    strangers = np.array([guess.confidence for guess in model.predict(list(out_of_scope))])
    return Evaluation(
        texts=len(judged),
        accuracy=float(right.mean()),
        macro_f1=macro_f1(truth, given),
        calibration_error=calibration_error(probability, right),
        area_under_risk_coverage=area_under_risk_coverage(confidence, right),
        risk_coverage=risk_coverage(confidence, right),
        confusions=[(t, g, n) for (t, g), n in wrong.most_common(20)],
        languages={
            language: {
                "texts": float(len(part)),
                "accuracy": float(np.mean([each.right for each in part])),
            }
            for language, part in _by_language(judged).items()
        },
        out_of_scope=_answered(confidence, strangers),
    )


def risk_coverage(
    confidence: NDArray[np.floating], right: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """(share answered, share of those wrong) at even steps of coverage, surest first."""
    hits = np.cumsum(_by_confidence(confidence, right))
    sizes = np.unique(np.linspace(1, len(right), RISK_COVERAGE_POINTS + 1).astype(int)[1:])
    return [(float(n / len(right)), float(1 - hits[n - 1] / n)) for n in sizes]


def area_under_risk_coverage(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> float:
    """The mean share wrong over every possible coverage: 0 is perfect."""
    hits = np.cumsum(_by_confidence(confidence, right))
    return float(np.mean(1 - hits / np.arange(1, len(right) + 1)))


def macro_f1(truth: Sequence[str], given: Sequence[str]) -> float:
    """The mean over topics of the harmonic mean of precision and recall."""
    hits = Counter(t for t, g in zip(truth, given, strict=True) if t == g)
    true, said = Counter(truth), Counter(given)
    topics = sorted(true.keys() | said.keys())
    return float(np.mean([2 * hits[t] / (true[t] + said[t]) for t in topics]))


def split_test(
    judged: Sequence[Judgement],
    *,
    target: float = 0.99,
    confidence: float = 0.95,
    method: Method = "bonferroni",
    seed: int = 0,
) -> SplitTest:
    """SPLITS random splits: thresholds from CALIBRATION_SHARE of the judgements, tried on the rest."""
    from scipy.stats import binom

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
        coverages.append(len(taken) / len(rest))
        if taken:
            precisions.append(float(np.mean(taken)))
            below += precisions[-1] < target
            significantly += bool(binom.cdf(sum(taken), len(taken), target) < SIGNIFICANT)
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


def _answered(
    confidence: NDArray[np.floating], strangers: NDArray[np.floating]
) -> dict[str, float]:
    """Share of out-of-scope texts answered where that share of texts in scope is answered."""
    if not len(strangers):
        return {}
    shares = (0.5, 0.6, 0.7, 0.8, 0.9)
    return {
        f"at_coverage_{share:.0%}": float(np.mean(strangers >= np.quantile(confidence, 1 - share)))
        for share in shares
    }


def _by_confidence(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return right[np.argsort(-confidence, kind="stable")]


def _by_language(judged: Sequence[Judgement]) -> dict[str, list[Judgement]]:
    languages = sorted({each.language for each in judged})
    return {language: [j for j in judged if j.language == language] for language in languages}
