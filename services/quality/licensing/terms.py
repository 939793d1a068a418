"""What a licence asks for, the same for every topic but for its target."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from services.quality.statistics import ERROR_MAX
from warmline.events.base import Language, Name, Part, Probability

Signal = Literal["audit", "complaint", "return", "csat", "reading", "drift"]
SIGNALS: tuple[Signal, ...] = ("audit", "complaint", "return", "csat", "reading", "drift")
"""What is watched while a topic is licensed; each has a part of the accepted false alarms."""

OWN, POOLED, DOUBLED = 0.5, 0.25, 0.25
"""How one cell's error is divided between its three ways to be wrong: its own proof, the proof of
the topic's languages together, and the proof of at most twice the errors for it alone."""

Harm = Literal["information", "account", "money"]

TARGETS: dict[str, float] = {"information": 0.95, "account": 0.98, "money": 0.98}
USUAL: dict[str, float] = {"complaint": 0.1, "return": 0.1, "csat": 0.2}


class Terms(Part):
    """The licensable topics by harm (never those of the risk tier), and what they must show.

    `thresholds`: the confidences at which a licence may be proven, the laxest first. `targets`: the
    precision to be proven. `licence_error`: the accepted probability that any licence of the desk is
    ever given to a topic below its target; `alarm_error`: the same for a suspension of any topic that
    has not got worse. Both are divided evenly between all cells (topic and language), by the union
    bound. `history_min`: past inquiries before drafts begin. `probation`: judged drafts after a
    suspension before the topic is in draft again. `margin`: by how much the share of returns,
    complaints and dissatisfied customers may exceed people's. `usual`: the share of bad ends that
    counts as people's while fewer than `people_min` of the comparison group are known.
    """

    harms: dict[Name, Harm]
    languages: tuple[Language, ...] = Field(min_length=1)
    thresholds: tuple[Probability, ...] = Field(default=(0.8, 0.9, 0.95), min_length=1)
    targets: dict[str, float] = Field(default_factory=TARGETS.copy)
    licence_error: float = Field(default=0.05, gt=0, le=ERROR_MAX)
    alarm_error: float = Field(default=0.05, gt=0, le=ERROR_MAX)
    history_min: int = Field(default=30, ge=0)
    probation: int = Field(default=30, ge=1)
    margin: float = Field(default=0.05, gt=0, lt=1)
    usual: dict[str, float] = Field(default_factory=USUAL.copy)
    people_min: int = Field(default=50, ge=1)
    readings_min: int = Field(default=200, ge=1)

    @model_validator(mode="after")
    def _every_harm_has_a_target(self) -> Self:
        if list(self.thresholds) != sorted(set(self.thresholds)):
            raise ValueError("thresholds must rise")
        for harm in set(self.harms.values()):
            if not 0.5 < self.targets.get(harm, 0) < 1:
                raise ValueError(f"targets: {harm} needs a target between 0.5 and 1")
        return self

    @property
    def cells(self) -> int:
        """How many licences the desk may ever give."""
        return len(self.harms) * len(self.languages)

    def target(self, topic: str) -> float:
        return self.targets[self.harms[topic]]

    def may_be_licensed(self, topic: str, language: str) -> bool:
        return topic in self.harms and language in self.languages

    def error(self, attempt: int) -> float:
        """Of one cell, one threshold and one attempt, the first being 1: the shares 1/(k (k+1)) of all
        attempts sum to 1, so that trying again and again does not raise the error."""
        return self.licence_error / (self.cells * len(self.thresholds) * attempt * (attempt + 1))

    def alarm_part(self, attempt: int) -> float:
        """Of one signal of one cell in one attempt (divided as `error`): half of its error is the
        watch's, half is for what is tolerated, where that is estimated from people."""
        parts = 2 * self.cells * len(SIGNALS) * attempt * (attempt + 1)
        return self.alarm_error / parts
