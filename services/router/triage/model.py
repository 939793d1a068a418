"""The topic model of tier 1: one linear pass, and an acceptor that judges it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.router.triage import store
from services.router.triage.acceptor import Acceptor
from services.router.triage.card import Card
from services.router.triage.linear import SIGNALS, Linear, softmax
from services.router.triage.vectoriser import Vectoriser
from services.runtime.errors import ModelError


@dataclass(frozen=True)
class Prediction:
    """What the model makes of one text; every probability is 0 to 1.

    `confidence`: that the topic is right *and* in scope. `probability`: that it is right, given
    that it is one of the known topics. `unknown_words`: the share of words training never saw.
    """

    topic: str
    confidence: float
    in_scope: float
    probability: float
    runner_up: str
    runner_up_confidence: float
    language: str
    language_confidence: float
    unknown_words: float


@dataclass(frozen=True)
class Neighbour:
    """A training text near to a text, and how near (cosine, up to 1)."""

    text: str
    topic: str
    similarity: float


@dataclass(frozen=True)
class TopicModel:
    """Immutable: one instance serves any number of calls and threads."""

    card: Card
    linear: Linear
    acceptor: Acceptor
    language_temperature: float
    examples: NDArray[np.uint8]
    """UTF-8 of a JSON list: the training text of each neighbour, read only to explain."""

    @classmethod
    def load(cls, folder: Path) -> TopicModel:
        """Memory-maps the model in `folder`. Raises ModelError, naming the file, if it is unsound."""
        card, arrays = store.read(folder)
        return cls.assemble(card, arrays, str(folder))

    @classmethod
    def assemble(cls, card: Card, arrays: dict[str, NDArray[Any]], where: str) -> TopicModel:
        """From the parts that `save` writes. Raises ModelError where they do not fit together."""
        expected = {*_LINEAR, *_ACCEPTOR, "hashes", "idf", "examples", "language_temperature"}
        if set(arrays) != expected:
            odd = ", ".join(sorted(expected ^ set(arrays)))
            raise ModelError(f"the model {where} has missing or foreign arrays: {odd}")
        linear = Linear(
            topics=card.topics,
            languages=card.languages,
            temperature=card.temperature,
            vectoriser=Vectoriser(arrays["hashes"], arrays["idf"], card.word_columns),
            **{name: arrays[name] for name in _LINEAR},
        )
        topics, heads = len(card.topics), len(card.topics) + len(card.languages)
        fits = (
            len(linear.weights) == len(arrays["hashes"]) == len(arrays["idf"])
            and linear.bias.shape == (heads,)
            and linear.weights.shape[1] == heads + linear.neighbours.shape[1]
            and linear.neighbour_start.shape == (topics + 1,)
            and int(linear.neighbour_start[-1]) == len(linear.neighbours)
            and arrays["low"].shape == (len(SIGNALS),)
        )
        if not fits:
            raise ModelError(f"the arrays of the model {where} do not fit together")
        return cls(
            card=card,
            linear=linear,
            acceptor=Acceptor(**{name: arrays[name] for name in _ACCEPTOR}),
            language_temperature=float(arrays["language_temperature"][0]),
            examples=arrays["examples"],
        )

    def save(self, folder: Path) -> None:
        """Writes `model.json` and the arrays; `folder` is replaced whole."""
        store.write(folder, self.card, self.arrays())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the card, by file name."""
        return to_arrays(self.linear, self.acceptor, self.language_temperature, self.examples)

    @property
    def version(self) -> str:
        """Short content hash."""
        return self.card.version

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction for each text; a text without a known word gets confidence 0."""
        if not texts:
            return []
        found = self.linear(texts)
        confidence, in_scope = self.acceptor(found.signals)
        unknown = found.signals[:, SIGNALS.index("unknown_words")]
        confidence = np.where(unknown >= 1, 0, confidence)
        in_scope = np.where(unknown >= 1, 0, in_scope)
        each = np.arange(len(texts))
        probability = found.probability[each, found.best]
        second = np.minimum(found.probability[each, found.second] * in_scope, confidence)
        languages = softmax(found.languages / self.language_temperature)
        language = languages.argmax(axis=1)
        topics, codes = self.linear.topics, self.linear.languages
        columns = (
            found.best, confidence, in_scope, probability, found.second, second,
            language, languages[each, language], unknown,
        )  # fmt: skip
        return [
            Prediction(topics[t], c, s, p, topics[r], rc, codes[la], lc, u)
            for t, c, s, p, r, rc, la, lc, u in zip(*(x.tolist() for x in columns), strict=True)
        ]

    def neighbours(self, text: str, count: int = 3) -> list[Neighbour]:
        """The training texts nearest to `text`, over all topics, nearest first."""
        similarity = self.linear.neighbours @ self.linear([text]).places[0]
        nearest = np.argsort(-similarity, kind="stable")[:count]
        examples = json.loads(self.examples.tobytes())
        topic = np.searchsorted(self.linear.neighbour_start, nearest, side="right") - 1
        return [
            Neighbour(examples[i], self.linear.topics[t], float(similarity[i]))
            for i, t in zip(nearest.tolist(), topic.tolist(), strict=True)
        ]


def to_arrays(
    linear: Linear, acceptor: Acceptor, language_temperature: float, examples: NDArray[np.uint8]
) -> dict[str, NDArray[Any]]:
    """The parts of a model by the names of their files."""
    return {
        "hashes": linear.vectoriser.hashes,
        "idf": linear.vectoriser.idf,
        "examples": examples,
        "language_temperature": np.array([language_temperature], dtype=np.float32),
        **{name: getattr(linear, name) for name in _LINEAR},
        **{name: getattr(acceptor, name) for name in _ACCEPTOR},
    }


_LINEAR = ("weights", "bias", "neighbours", "neighbour_start")
_ACCEPTOR = tuple(field.name for field in fields(Acceptor))
