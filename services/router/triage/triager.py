"""What the router asks about a text: topic, confidence, language; and, on demand, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.router.triage.language import LanguageReader, load_identifier
from services.router.triage.model import Neighbour, Prediction, TopicModel

EXPLAINED_WORDS = 60


@dataclass(frozen=True, slots=True)
class Triage:
    """One text judged; every probability is 0 to 1.

    `confidence`: that `topic` is right *and* the text is in scope; the number to hold against a
    threshold. `in_scope`: that the text belongs to any known topic. `probability`: that `topic` is
    right if the text is in scope. `oov_share`: the share of its words that training never saw.
    `language` is `und` where nobody can tell. `model_version` names the exact model.
    """

    topic: str
    confidence: float
    runner_up: str
    runner_up_confidence: float
    language: str
    language_confidence: float
    in_scope: float
    probability: float
    oov_share: float
    model_version: str


@dataclass(frozen=True)
class Weight:
    """What one word did for the topic: how much confidence is lost without it (may be below 0)."""

    word: str
    confidence: float


@dataclass(frozen=True)
class Explanation:
    """Why a text got its topic, strongest first; `instead` is what it would be without a word."""

    triage: Triage
    words: tuple[Weight, ...]
    neighbours: tuple[Neighbour, ...]
    instead: tuple[tuple[str, str], ...]


class Triager:
    """Judges texts with one model. Safe to share between threads."""

    def __init__(self, model: TopicModel, spoken: Sequence[str] = ()) -> None:
        self.model = model
        self._version = model.version
        self._languages = LanguageReader(model.card.languages, spoken)

    @classmethod
    def load(cls, folder: Path, spoken: Sequence[str] = ()) -> Triager:
        """From a model folder. `spoken`: languages of the desk's people beyond the model's.

        Raises ModelError (`services.runtime.errors`) where the folder is missing or damaged.
        """
        return cls(TopicModel.load(folder), spoken)

    def warm_up(self) -> None:
        """Loads what is otherwise loaded by the first text that needs it (about a second)."""
        load_identifier()

    def triage(self, texts: Sequence[str]) -> list[Triage]:
        """One judgement for each text, in order; faster in batches of 64 than one by one."""
        found = self.model.predict(texts)
        return [self._judge(text, guess) for text, guess in zip(texts, found, strict=True)]

    def explain(self, text: str, neighbours: int = 3) -> Explanation:
        """Leaves out one word after the other: what each did is what changes without it."""
        words = text.split()[:EXPLAINED_WORDS]
        without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
        full, *partial = self.model.predict([text, *without])
        support = [
            full.confidence - (part.confidence if part.topic == full.topic else 0.0)
            for part in partial
        ]
        weights = [Weight(word, lost) for word, lost in zip(words, support, strict=True)]
        return Explanation(
            triage=self._judge(text, full),
            words=tuple(sorted(weights, key=lambda weight: -weight.confidence)),
            neighbours=tuple(self.model.neighbours(text, neighbours)),
            instead=tuple(
                (word, part.topic)
                for word, part in zip(words, partial, strict=True)
                if part.topic != full.topic
            ),
        )

    def _judge(self, text: str, guess: Prediction) -> Triage:
        language, sure = self._languages.read(
            text, guess.language, guess.language_confidence, guess.unknown_words
        )
        return Triage(
            topic=guess.topic,
            confidence=guess.confidence,
            runner_up=guess.runner_up,
            runner_up_confidence=guess.runner_up_confidence,
            language=language,
            language_confidence=sure,
            in_scope=guess.in_scope,
            probability=guess.probability,
            oov_share=guess.unknown_words,
            model_version=self._version,
        )
