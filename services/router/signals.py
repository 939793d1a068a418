"""What the router reads from a text, as far as the decision needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from services.router.triage.drift import Seen
from warmline.events.decision import RiskTier, Score
from warmline.events.inquiry import Inquiry


@dataclass(frozen=True, slots=True)
class Signals:
    """`confidence` is the calibrated probability that `topic` is right and the text in scope.
    `threshold` is what the model's certificate asks of it: None where nothing could be certified, 0
    where the model has no certificate. `unknown_words` is the share (0 to 1) that the model never saw.
    `model` and `certificate` name what was read with, however often models are switched meanwhile.
    `says_no`: the text is nothing but a no; `says_thanks`: nothing but thanks or a nod.
    `because` holds short explanations for people, without the customer's words."""

    topic: str | None
    confidence: float
    runner_up: str | None
    language: str
    complexity: Score
    risk_tier: RiskTier | None = None
    wants_person: bool = False
    says_not_helped: bool = False
    says_no: bool = False
    says_thanks: bool = False
    mood: Literal["calm", "worried", "angry"] = "calm"
    urgent: bool = False
    because: tuple[str, ...] = ()
    threshold: float | None = 0.0
    unknown_words: float = 0.0
    model: str = "none"
    certificate: str | None = None

    def seen(self) -> Seen:
        """What drift is measured by."""
        return Seen(self.topic or "", self.language, self.confidence, self.unknown_words)


class Reader(Protocol):
    """Reads texts. `version` names the model that reads now."""

    @property
    def version(self) -> str: ...

    def read(self, texts: Sequence[str]) -> list[Signals]:
        """One for each text, in order. Never raises for a text within the limits."""
        ...


class Watcher(Protocol):
    """Watches what is read. It never raises and never waits: decisions come first."""

    def saw(self, inquiries: Sequence[Inquiry], signals: Sequence[Signals]) -> None:
        """Told once of each inquiry that was decided for the first time, and what was read in it."""
        ...
