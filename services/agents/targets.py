"""Where an inquiry goes and who is asked next, as `desk.yaml` says it. What it means is in `rules`
and `rings`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from warmline.events.base import Language, Name, Part
from warmline.events.decision import RiskTier
from warmline.events.inquiry import Channel

QueueId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""Short and plain: it is part of the names under which work waits."""

AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
Level = Annotated[int, Field(ge=1, le=5)]
Skills = dict[Name, Level]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Seconds = Annotated[int, Field(ge=1, le=7 * 86_400)]
Counted = Literal["available", "unavailable", "busy", "break", "away", "silent", "signed_in"]


class When(Part):
    """Every list that is given must contain the inquiry's value; an empty `when` matches all."""

    topics: tuple[Name, ...] | None = Field(default=None, min_length=1)
    risk_tiers: tuple[RiskTier, ...] | None = Field(default=None, min_length=1)
    languages: tuple[Language, ...] | None = Field(default=None, min_length=1)
    channels: tuple[Channel, ...] | None = Field(default=None, min_length=1)


class SkipIf(Part):
    """Passes over a ring in which nobody is free at once, when so many of the people whom it asks
    are in that state: `below` or `above` a number. As `skip_if` of Twilio TaskRouter."""

    count: Counted
    below: int | None = Field(default=None, ge=1, le=10_000)
    above: int | None = Field(default=None, ge=0, le=10_000)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.below is None) == (self.above is None):
            raise ValueError("give exactly one of below and above")
        return self


class Waiting(Part):
    """`for_s`: how long only these people are asked. Deadlines add up from the entry into the desk;
    no offer starts them anew."""

    for_s: Seconds | None = None
    skip_if: SkipIf | None = None


class Ring(Waiting):
    """Who is asked next. What it does not name stays as it was in the ring before.

    `lower` takes so many levels off, down to 1; `relax` drops a skill; `join` lets the people of
    further queues in; `queue` moves the inquiry to another queue.
    """

    lower: dict[Name, Annotated[int, Field(ge=1, le=4)]] = Field(default_factory=dict)
    relax: tuple[Name, ...] = ()
    join: tuple[QueueId, ...] = ()
    any_language: bool = False
    queue: QueueId | None = None
    skills: Skills | None = None
    any_of: tuple[Skills, ...] | None = None
    priority_min: Minutes | None = None


class Prefer(Part):
    """Asks one person first, for `for_s` at most, if they are there: whoever had this conversation
    last, or whom the inquiry's attribute names. Their capacity is respected."""

    who: tuple[Literal["attribute", "previous"], ...] = Field(default=("previous",), min_length=1)
    for_s: Seconds


class Target(Waiting):
    """Where an inquiry goes: a queue, the least skills, and minutes that it counts as having
    waited. All of `skills` are needed and, where given, one entry of `any_of`. `then` are the
    rings."""

    queue: QueueId
    skills: Skills = Field(default_factory=dict)
    any_of: tuple[Skills, ...] = ()
    language_level: Level = 1
    priority_min: Minutes = 0
    prefer: Prefer | None = None
    then: tuple[Ring, ...] = Field(default=(), max_length=10)

    @model_validator(mode="after")
    def _every_ring_but_the_last_ends(self) -> Self:
        asked: tuple[Waiting, ...] = (self, *self.then)
        if any(ring.for_s is None for ring in asked[:-1]):
            raise ValueError("then: every step but the last needs for_s, or the next never begins")
        if asked[-1].for_s is not None or asked[-1].skip_if is not None:
            raise ValueError("the last step has no for_s and no skip_if: nothing comes after it")
        return self


class Filter(Target):
    """The first filter whose `when` matches decides."""

    name: Name
    when: When
