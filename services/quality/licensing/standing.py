"""What is known of one topic in one language, and what the bot may do for now. Plain values only,
so that it can be kept as JSON and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from pydantic import ConfigDict, TypeAdapter

from services.quality.licensing.terms import Signal
from services.quality.statistics import DropWatch
from warmline.events.quality import LicenceState


class Cell(NamedTuple):
    """One licence's place."""

    topic: str
    language: str


class Counts(NamedTuple):
    good: int = 0
    bad: int = 0

    @property
    def size(self) -> int:
        return self.good + self.bad

    def and_one(self, good: bool) -> Counts:
        return self.and_some(good, 1)

    def and_some(self, good: bool, count: int) -> Counts:
        return Counts(self.good + count * good, self.bad + count * (not good))

    def plus(self, other: Counts) -> Counts:
        return Counts(self.good + other.good, self.bad + other.bad)


@dataclass(frozen=True, slots=True)
class Standing:
    """`version` grows with every change of what the bot may do. `attempt` counts from 1 how often a
    licence was worked for: with each, all labels start anew. `labels` are judged answers of this
    attempt by threshold; `seeded` is how many of them come from a labelled history. `bot` and
    `people` are how answered inquiries went on. `watches` exist while licensed. `held`: a person has
    suspended it, and only a person lets it go on. `forced`: granted without evidence, once, for ever.
    `answers` is the last order that was heard, `refused` why it was not followed.
    """

    state: LicenceState = "human_only"
    version: int = 0
    attempt: int = 1
    threshold: float | None = None
    pooled: bool = False
    history: int = 0
    labels: tuple[Counts, ...] = ()
    seeded: int = 0
    bot: Mapping[Signal, Counts] = field(default_factory=dict)
    people: Mapping[Signal, Counts] = field(default_factory=dict)
    watches: Mapping[Signal, DropWatch] = field(default_factory=dict)
    held: bool = False
    forced: bool = False
    reason: str = "no evidence yet: people answer this topic"
    answers: str | None = None
    refused: str | None = None
    changed_ms: int = 0
    began_ms: int | None = None
    latest_ms: int = 0

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_inf_nan="strings")

    def sample(self) -> Counts:
        """All labels of this attempt, those below the lowest threshold left out."""
        return self.labels[0] if self.labels else Counts()

    def at(self, index: int) -> Counts:
        """The labels from the threshold of this index on."""
        return self.labels[index] if index < len(self.labels) else Counts()


_STANDING: TypeAdapter[Standing] = TypeAdapter(Standing)


def dump(standing: Standing) -> str:
    """As JSON; the same standing always gives the same bytes."""
    return _STANDING.dump_json(standing, exclude_defaults=True).decode()


def load(json: str) -> Standing:
    return _STANDING.validate_json(json)
