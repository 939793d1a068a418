"""The second tier: what a sentence encoder adds to the texts that the first tier leaves open.

Its topic probabilities are the geometric mean of both tiers' calibrated ones, and an acceptor of its
own judges them, trained like the first tier's. Where the first tier is sure, where it knows
no word of the text, and in languages that the encoder cannot read, the encoder is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage.acceptor import Acceptor
from services.router.triage.card import SecondTierFacts
from services.router.triage.encoder import Encoder
from services.router.triage.linear import SIGNALS, Pass, log_odds, nearest, softmax
from services.router.triage.vectoriser import Floats
from services.runtime.errors import ModelError

JOINT_SIGNALS = (
    *SIGNALS,
    "joint_log_odds",
    "joint_second",
    "first_tier",
    "second_tier",
    "head",
    "head_second",
    "meaning_nearest",
    "meaning_nearest_three",
    "meaning_other_nearest",
    "meaning_other_nearest_three",
    "first_agrees",
    "second_agrees",
)
"""What the second acceptor judges by: all that the first one knows, and what the encoder adds."""


@dataclass(frozen=True)
class Head:
    """Scores each topic by nearness to landmarks: a linear model over a Gaussian kernel.

    Vectors have length 1, so that exp(-width |a - b|^2) is exp(2 width (a.b - 1)).
    """

    landmarks: Floats
    """(landmarks, dimensions)"""
    weights: Floats
    """(landmarks, topics)"""
    width: float

    def __call__(self, vectors: Floats) -> Floats:
        """(texts, topics); about 1 for a topic that fits and 0 for one that does not."""
        return self.near(vectors) @ self.weights

    def near(self, vectors: Floats) -> Floats:
        """The kernel's value for each text and landmark."""
        near: Floats = np.exp(2 * self.width * (vectors @ self.landmarks.T - 1))
        return near


@dataclass(frozen=True)
class Meaning:
    """Where texts stand among the training texts, by the encoder. All parts but its acceptor."""

    head: Head
    neighbours: Floats
    """Vectors of the training texts that the first tier keeps as neighbours, in its order."""
    neighbour_start: NDArray[np.int64]


class Joint(NamedTuple):
    """Both tiers' view of a batch; see `Pass`."""

    best: NDArray[np.int64]
    second: NDArray[np.int64]
    probability: Floats
    signals: Floats


def join(
    first: Pass,
    chance: Floats,
    scores: Floats,
    vectors: Floats,
    meaning: Meaning,
    temperature: float,
) -> Joint:
    """`chance`: the first tier's calibrated probabilities; `scores`: the head's, over its temperature."""
    one, two = np.log(chance + 1e-12), np.log(softmax(scores) + 1e-12)
    probability = softmax((one + two) / (2 * temperature))
    ranked = np.argsort(-probability, axis=1, kind="stable")
    best, second = ranked[:, 0], ranked[:, 1]
    each = np.arange(len(best))
    of_topic = (meaning.neighbours, meaning.neighbour_start)
    signals = [
        log_odds(probability[each, best]),
        np.log(probability[each, second] + 1e-6),
        one[each, best],
        two[each, best],
        scores[each, best],
        scores[each, second],
        *nearest(vectors, best, *of_topic),
        *nearest(vectors, second, *of_topic),
        first.best == best,
        scores.argmax(axis=1) == best,
    ]
    return Joint(
        best,
        second,
        probability,
        np.column_stack([first.signals, *signals]).astype(np.float32),
    )


@dataclass(frozen=True)
class SecondTier:
    """Immutable, as the model that it belongs to."""

    facts: SecondTierFacts
    encoder: Encoder
    meaning: Meaning
    acceptor: Acceptor

    def leaves_open(self, confidence: Floats) -> NDArray[np.bool_]:
        """Whether the first tier, with this confidence, leaves a text open.

        0 is a text without a known word: nothing in it can be trusted, whatever an encoder reads in it.
        """
        return (confidence > 0) & (confidence < self.facts.clear)

    def __call__(self, texts: Sequence[str], first: Pass) -> tuple[Joint, Floats, Floats]:
        """The joint view, the confidence and the probability of being in scope of open texts."""
        vectors = self.encoder(texts)
        scores = self.meaning.head(vectors) / self.facts.head_temperature
        joint = join(
            first, first.probability, scores, vectors, self.meaning, self.facts.joint_temperature
        )
        return joint, *self.acceptor(joint.signals)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """By the names of their files."""
        return {
            "second_landmarks": self.meaning.head.landmarks,
            "second_weights": self.meaning.head.weights,
            "second_neighbours": self.meaning.neighbours,
            **{
                f"second_{field.name}": getattr(self.acceptor, field.name)
                for field in fields(Acceptor)
            },
        }

    @classmethod
    def assemble(
        cls,
        facts: SecondTierFacts,
        encoder: Encoder,
        arrays: dict[str, NDArray[Any]],
        neighbour_start: NDArray[np.int64],
        where: str,
    ) -> SecondTier:
        """From the parts that `arrays` names. Raises ModelError where they do not fit together."""
        if encoder.facts != facts.encoder:
            raise ModelError(
                f"the model {where} was trained with another encoder than the one in its folder; "
                "copy the whole folder, or train it again"
            )
        landmarks, weights = arrays["second_landmarks"], arrays["second_weights"]
        acceptor = Acceptor(**{f.name: arrays[f"second_{f.name}"] for f in fields(Acceptor)})
        fits = (
            landmarks.shape == (len(weights), facts.encoder.dimensions)
            and weights.shape[1:] == (len(neighbour_start) - 1,)
            and arrays["second_neighbours"].shape
            == (int(neighbour_start[-1]), facts.encoder.dimensions)
            and acceptor.low.shape == (len(JOINT_SIGNALS),)
        )
        if not fits:
            raise ModelError(f"the arrays of the second tier of {where} do not fit together")
        meaning = Meaning(
            Head(landmarks, weights, facts.width), arrays["second_neighbours"], neighbour_start
        )
        return cls(facts, encoder, meaning, acceptor)


SECOND_TIER_ARRAYS = frozenset(
    {"second_landmarks", "second_weights", "second_neighbours"}
    | {f"second_{field.name}" for field in fields(Acceptor)}
)
"""The files that a model with a second tier has beyond the others."""
