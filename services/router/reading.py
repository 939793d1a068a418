"""Reads texts with the trained model and the word lists; the one place where their judgements meet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.router.signals import Signals
from services.router.triage import Explanation, Triage, Triager
from services.router.triage.certify import THRESHOLDS_FILE, Certificate
from services.router.triage.complexity import complexity
from services.router.triage.mood import mood
from services.router.triage.person_wish import wants_person
from services.router.triage.risk import risk
from services.router.triage.saying_no import says_no
from services.router.triage.saying_thanks import says_thanks
from services.router.triage.wording import read
from services.router.triage.wordlists import matches
from warmline.events.decision import Score

_UNKNOWN_WORDS_WORTH_SAYING = 0.5


class TextReader:
    """See `services.router.signals.Reader`. Safe to share between threads. Without a certificate the
    desk's own threshold is all that is asked; with one, what it does not certify goes to people."""

    def __init__(self, triager: Triager, certificate: Certificate | None = None) -> None:
        self._triager = triager
        self.version = triager.model.version
        self.certificate = certificate
        self._certified = certificate.version if certificate else None
        self._thresholds = {
            (entry.topic, entry.language): entry.value
            for entry in (certificate.thresholds if certificate else ())
        }

    def read(self, texts: Sequence[str]) -> list[Signals]:
        judged = self._triager.triage(texts)
        return [self._signals(text, triage) for text, triage in zip(texts, judged, strict=True)]

    def _signals(self, text: str, triage: Triage) -> Signals:
        wording = read(text)
        feeling = mood(wording)
        complex_ = complexity(wording)
        asked = self._thresholds.get((triage.topic, triage.language)) if self.certificate else 0.0
        return Signals(
            topic=triage.topic,
            confidence=triage.confidence,
            runner_up=triage.runner_up,
            language=triage.language,
            complexity=Score(value=complex_.value, reasons=complex_.reasons),
            risk_tier=risk(wording).tier,
            wants_person=wants_person(wording).wanted,
            says_not_helped="not_helped" in matches(wording),
            says_no=says_no(wording),
            says_thanks=says_thanks(wording),
            mood=feeling.feeling,
            urgent=feeling.urgent,
            because=tuple(_remarks(triage)),
            threshold=asked,
            unknown_words=triage.oov_share,
            model=triage.model_version,
            certificate=self._certified,
        )

    def trained_on(self, texts: Sequence[str]) -> list[bool]:
        """See `TopicModel.trained_on`."""
        return self._triager.model.trained_on(texts)

    def explain(self, text: str) -> Explanation:
        """The words and neighbours that spoke for the topic. Holds customer text: not for logs."""
        return self._triager.explain(text)


def load_reader(model: Path, languages: Sequence[str]) -> TextReader:
    """Ready to read at once: whatever is loaded by need is loaded here. Raises ModelError where the
    folder does not hold a model that can be trusted, or a certificate that is not that model's."""
    triager = _load(model, languages)
    thresholds = model / THRESHOLDS_FILE
    certificate = (
        Certificate.load(thresholds, triager.model.version) if thresholds.exists() else None
    )
    reader = TextReader(triager, certificate)
    reader.read(["warm up"])
    return reader


def read_uncertified(model: Path, languages: Sequence[str]) -> TextReader:
    """A reader without its certificate, to make a new one. Raises ModelError as above."""
    return TextReader(_load(model, languages))


def _load(model: Path, languages: Sequence[str]) -> Triager:
    triager = Triager.load(model, spoken=languages)
    triager.warm_up()
    wants_person("")  # word lists and models: half a second that the first customer need not wait
    risk("")
    return triager


def _remarks(triage: Triage) -> list[str]:
    remarks = [f"second best topic: {triage.runner_up} ({triage.runner_up_confidence:.2f})"]
    if triage.oov_share > _UNKNOWN_WORDS_WORTH_SAYING:
        remarks.append(f"{triage.oov_share:.0%} of the words are new to the model")
    return remarks
