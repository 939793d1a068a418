"""How far what customers write has moved from what the thresholds were certified on."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from warmline.events.base import Id, Language, Name, Part, Payload, Probability


class Shift(Part):
    """One measure. `expected` and `seen`: of `share`, the topic's share of the language's inquiries; of
    `topics`, 1 and the share whose topic is where it was expected; of `confidence` and `unknown_words`,
    the mean. `distance` is the population stability index, `chance` the p-value of a G-test."""

    measure: Literal["topics", "share", "confidence", "unknown_words"]
    expected: Probability
    seen: Probability
    distance: float = Field(ge=0)
    chance: Probability
    drifted: bool


class Drift(Payload):
    """One window of inquiries beside the calibration window, for a topic in a language.

    `topic` None: the language as a whole. `inquiries` are those of the topic in the window, `of` all
    of the language. Each router reports what it read itself; `replica` says which. `drifted`: a measure
    moved far, and not by chance.
    """

    KIND: ClassVar[str] = "drift"

    topic: Name | None
    language: Language
    since: AwareDatetime
    until: AwareDatetime
    inquiries: int = Field(ge=0)
    of: int = Field(ge=1)
    drifted: bool
    shifts: tuple[Shift, ...] = Field(min_length=1)
    model: Id
    certificate: Id
    replica: Id
