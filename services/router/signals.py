"""What the router reads from a text, as far as the decision needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from warmline.events.decision import RiskTier, Score


@dataclass(frozen=True, slots=True)
class Signals:
    """`confidence` is the calibrated probability that `topic` is right and the text in scope.
    `because` holds short explanations for people, without the customer's words."""

    topic: str | None
    confidence: float
    runner_up: str | None
    language: str
    complexity: Score
    risk_tier: RiskTier | None = None
    wants_person: bool = False
    says_not_helped: bool = False
    mood: Literal["calm", "worried", "angry"] = "calm"
    urgent: bool = False
    because: tuple[str, ...] = ()


class Reader(Protocol):
    """Reads texts. `version` names the model, so that a decision can be explained later."""

    version: str

    def read(self, texts: Sequence[str]) -> list[Signals]:
        """One for each text, in order. Never raises for a text within the limits."""
        ...
