"""The topic model: one linear pass, an acceptor that judges it, and a second tier where there is one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage import store
from services.router.triage.acceptor import Acceptor
from services.router.triage.card import Card
from services.router.triage.cascade import SECOND_TIER_ARRAYS, SecondTier
from services.router.triage.encoder import Encoder
from services.router.triage.linear import SIGNALS, Linear, Pass, softmax
from services.router.triage.vectoriser import Floats, Vectoriser
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


class _Judged(NamedTuple):
    """One entry for each text of a batch; topics by number."""

    best: NDArray[np.int64]
    second: NDArray[np.int64]
    probability: Floats
    second_probability: Floats
    confidence: Floats
    in_scope: Floats


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
    second_tier: SecondTier | None = None

    @classmethod
    def load(cls, folder: Path) -> TopicModel:
        """Memory-maps the model in `folder`. Raises ModelError, naming the file, if it is unsound."""
        card, arrays = store.read(folder)
        facts = card.second_tier
        encoder = Encoder.beside_card(folder, facts.encoder) if facts else None
        return cls.assemble(card, arrays, str(folder), encoder)

    @classmethod
    def assemble(
        cls,
        card: Card,
        arrays: dict[str, NDArray[Any]],
        where: str,
        encoder: Encoder | None = None,
    ) -> TopicModel:
        """From the parts that `save` writes. Raises ModelError where they do not fit together."""
        expected = {*_LINEAR, *_ACCEPTOR, "hashes", "idf", "examples", "language_temperature"}
        if encoder is not None:
            expected |= SECOND_TIER_ARRAYS
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
            second_tier=(
                SecondTier.assemble(
                    card.second_tier, encoder, arrays, linear.neighbour_start, where
                )
                if card.second_tier and encoder
                else None
            ),
        )

    def save(self, folder: Path) -> None:
        """Writes `model.json` and the arrays; `folder` is replaced whole."""
        files = self.second_tier.encoder.files() if self.second_tier else {}
        store.write(folder, self.card, self.arrays(), files)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything but the card, by file name."""
        return {
            **to_arrays(self.linear, self.acceptor, self.language_temperature, self.examples),
            **(self.second_tier.arrays() if self.second_tier else {}),
        }

    @property
    def version(self) -> str:
        """Short content hash."""
        return self.card.version

    def predict(self, texts: Sequence[str]) -> list[Prediction]:
        """One prediction for each text; a text without a known word gets confidence 0."""
        if not texts:
            return []
        found = self.linear(texts)
        judged = self._judge(found)
        languages = softmax(found.languages / self.language_temperature)
        language = languages.argmax(axis=1)
        if self.second_tier is not None:
            self._ask_second_tier(self.second_tier, texts, found, judged, language)
        second = np.minimum(judged.second_probability * judged.in_scope, judged.confidence)
        topics, codes = self.linear.topics, self.linear.languages
        columns = (
            judged.best, judged.confidence, judged.in_scope, judged.probability, judged.second, second,
            language, languages[np.arange(len(texts)), language], _unknown(found),
        )  # fmt: skip
        return [
            Prediction(topics[t], c, s, p, topics[r], rc, codes[la], lc, u)
            for t, c, s, p, r, rc, la, lc, u in zip(*(x.tolist() for x in columns), strict=True)
        ]

    def _judge(self, found: Pass) -> _Judged:
        """By the first tier alone; a text without a known word gets confidence 0."""
        confidence, in_scope = self.acceptor(found.signals)
        known = _unknown(found) < 1
        each = np.arange(len(known))
        return _Judged(
            best=found.best.copy(),
            second=found.second.copy(),
            probability=found.probability[each, found.best],
            second_probability=found.probability[each, found.second],
            confidence=np.where(known, confidence, 0),
            in_scope=np.where(known, in_scope, 0),
        )

    def _ask_second_tier(
        self,
        tier: SecondTier,
        texts: Sequence[str],
        found: Pass,
        judged: _Judged,
        language: NDArray[np.int64],
    ) -> None:
        """Replaces what is said about the texts that the first tier left open."""
        is_read = np.array([code in tier.facts.languages for code in self.linear.languages])
        rows = np.flatnonzero(tier.leaves_open(judged.confidence) & is_read[language])
        if not len(rows):
            return
        joint, confidence, in_scope = tier([texts[row] for row in rows.tolist()], found.take(rows))
        each = np.arange(len(rows))
        judged.best[rows], judged.second[rows] = joint.best, joint.second
        judged.probability[rows] = joint.probability[each, joint.best]
        judged.second_probability[rows] = joint.probability[each, joint.second]
        judged.confidence[rows], judged.in_scope[rows] = confidence, in_scope

    def trained_on(self, texts: Sequence[str]) -> list[bool]:
        """Which of these the model keeps from its training (up to 500 of each topic): what it says of
        them is no evidence of what it will say of others."""
        kept = {text.strip().lower() for text in json.loads(self.examples.tobytes())}
        return [text.strip().lower() in kept for text in texts]

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


def _unknown(found: Pass) -> Floats:
    """The share of each text's words that training never saw."""
    unknown: Floats = found.signals[:, SIGNALS.index("unknown_words")]
    return unknown


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
