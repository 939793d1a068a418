"""How good a model is on labelled texts: accuracy, calibration, and risk against coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.router.triage.acceptor import calibration_error
from services.router.triage.certify import Judgement
from services.router.triage.dataset import Example
from services.router.triage.measures import (
    Reliability,
    TopicScore,
    answered_at,
    area_under_risk_coverage,
    macro_f1,
    reliability,
    risk_coverage,
    topic_scores,
)
from services.router.triage.model import Prediction

BATCH = 512
CONFUSIONS = 20


class Predicts(Protocol):
    """A model of any tier."""

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One for each text, in order."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """Plain numbers, ready for JSON; shares are 0 to 1.

    `calibration_error` is of the topic's probability on texts in scope; `reliability` of the
    confidence over all texts, out of scope included. `risk_coverage`: pairs of the share answered and
    the share of those that is wrong, from the surest texts on. `confusions`: true topic, given topic,
    how often. `out_of_scope`: share answered where that share of the texts in scope is answered.
    """

    texts: int
    accuracy: float
    macro_f1: float
    calibration_error: float
    area_under_risk_coverage: float
    risk_coverage: list[tuple[float, float]]
    reliability: list[Reliability]
    topics: list[TopicScore]
    confusions: list[tuple[str, str, int]]
    languages: dict[str, dict[str, float]]
    out_of_scope_texts: int
    out_of_scope: dict[str, float]


def judge(model: Predicts, examples: Sequence[Example]) -> list[Judgement]:
    """What the model makes of labelled texts; a topic it does not know is always wrong."""
    found = model.predict([example.text for example in examples])
    return judgements(found, examples)


def judgements(found: Sequence[Prediction], examples: Sequence[Example]) -> list[Judgement]:
    """The same, of predictions that were made before."""
    return [
        Judgement(guess.topic, example.language, guess.confidence, guess.topic == example.topic)
        for guess, example in zip(found, examples, strict=True)
    ]


def predict_in_parts(model: Predicts, texts: Sequence[str]) -> Iterator[list[Prediction]]:
    """All predictions, a part at a time, so that long work can show how far it is."""
    for start in range(0, len(texts), BATCH):
        yield model.predict(texts[start : start + BATCH])


def evaluate(
    model: Predicts, examples: Sequence[Example], out_of_scope: Sequence[str] = ()
) -> Evaluation:
    """`examples`: labelled and in scope; `out_of_scope`: texts that nobody should answer."""
    found = model.predict([example.text for example in examples])
    return measure(examples, found, model.predict(list(out_of_scope)))


def measure(
    examples: Sequence[Example],
    found: Sequence[Prediction],
    strange: Sequence[Prediction],
) -> Evaluation:
    """`found` are the predictions on `examples`, `strange` those on texts out of scope."""
    right = np.array([guess.topic == row.topic for guess, row in zip(found, examples, strict=True)])
    confidence = np.array([guess.confidence for guess in found])
    probability = np.array([guess.probability for guess in found])
    strangers = np.array([guess.confidence for guess in strange])
    truth = [example.topic for example in examples]
    given = [guess.topic for guess in found]
    wrong = Counter((t, g) for t, g in zip(truth, given, strict=True) if t != g)
    everyone = np.concatenate([confidence, strangers])
    return Evaluation(
        texts=len(examples),
        accuracy=float(right.mean()),
        macro_f1=macro_f1(truth, given),
        calibration_error=calibration_error(probability, right),
        area_under_risk_coverage=area_under_risk_coverage(confidence, right),
        risk_coverage=risk_coverage(confidence, right),
        reliability=reliability(everyone, np.r_[right, np.zeros(len(strangers), dtype=bool)]),
        topics=topic_scores(truth, given),
        confusions=[(t, g, n) for (t, g), n in wrong.most_common(CONFUSIONS)],
        languages=_languages(examples, found),
        out_of_scope_texts=len(strangers),
        out_of_scope=answered_at(confidence, strangers),
    )


def _languages(
    examples: Sequence[Example], found: Sequence[Prediction]
) -> dict[str, dict[str, float]]:
    """The main numbers for each language of the labels, by its code."""
    measured = {}
    for language in sorted({example.language for example in examples}):
        own = [pair for pair in zip(examples, found, strict=True) if pair[0].language == language]
        right = np.array([row.topic == guess.topic for row, guess in own])
        stated = np.array([guess.probability for _, guess in own])
        sure = np.array([guess.confidence for _, guess in own])
        measured[language] = {
            "texts": float(len(own)),
            "accuracy": float(right.mean()),
            "macro_f1": macro_f1([row.topic for row, _ in own], [g.topic for _, g in own]),
            "calibration_error": calibration_error(stated, right),
            "area_under_risk_coverage": area_under_risk_coverage(sure, right),
            "language_recognised": float(np.mean([g.language == language for _, g in own])),
        }
    return measured
