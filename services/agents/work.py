"""The engine's values: what goes in, and what can be seen of its state. All times in milliseconds
since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime, Field

from services.agents.overflow import Placement
from services.agents.rings import Levels, classes_of
from services.agents.rules import Choice, WorkClass
from warmline.events.base import Name, Part, Probability
from warmline.events.inquiry import Inquiry
from warmline.events.work import Brief

State = Literal[
    "waiting",
    "offered",
    "accepted",
    "paused",
    "wrapping",
    "promised",
    "completed",
    "abandoned",
]
Presence = Literal["available", "busy", "break", "away"]
TELL_EVERY_MS = 10 * 60 * 1000
"""At least so often everybody at the desk is told of, see `tell` in `lua/shared/desk.lua`."""

MEMBERS_MAX = 200
"""Inquiries in one piece of work; a conversation that sends more unanswered is a flood."""


class Details(Part):
    """What a person reads of one inquiry. `confidence`: of its topic. `reason` is why a person is needed,
    `why` explains the choice of the queue. `asked_at`: when the customer asked for people, if later than
    with the message. `skills` are the inquiry's own, wherever it goes."""

    inquiry: Inquiry
    received_at: AwareDatetime
    asked_at: AwareDatetime | None = None
    brief: Brief
    topic: Name | None = None
    confidence: Probability = 0.0
    reason: str
    why: str
    skills: dict[Name, int] = Field(default_factory=dict)


def required_of(members: Iterable[Details]) -> Levels:
    """The skills that the inquiries of one piece of work require."""
    most: dict[str, int] = {}
    for member in members:
        for skill, level in member.skills.items():
            most[skill] = max(level, most.get(skill, 0))
    return tuple(sorted(most.items()))


@dataclass(frozen=True, slots=True)
class NewWork:
    """An inquiry for people. `cause_id` (the event's id) makes taking it in twice harmless.

    `choice` has the queue and the rings, `placement` those with what overflow adds; the queue is full
    where it already holds `bound` waiting (0: no bound). `preferred` is the person whom the inquiry
    names. `decided_ms` is when it was decided that people get it: who leaves after that is gone.
    """

    cause_id: str
    details: Details
    choice: Choice
    placement: Placement
    bound: int
    topic: str | None
    language: str
    arrival_ms: int
    decided_ms: int
    preferred: str | None = None

    @property
    def work_class(self) -> WorkClass:
        """Of the first ring."""
        return self.choice.work_class

    @property
    def priority_min(self) -> int:
        """Of the first ring."""
        return self.choice.priority_min

    @property
    def classes(self) -> tuple[WorkClass, ...]:
        """All in which it may come to wait."""
        placement = self.placement
        elsewhere = (placement.full, placement.unstaffed, placement.now)
        return (
            *classes_of(placement.stages),
            *(ring.work_class for place in elsewhere if place is not None for ring in place.rings),
        )

    @property
    def rings(self) -> tuple[WorkClass, ...]:
        """The classes of its rings, the widest first: mostly somebody of that one is there."""
        return tuple(dict.fromkeys(stage.work_class for stage in reversed(self.choice.stages)))

    @property
    def asked_first(self) -> tuple[str, ...]:
        """Who is asked alone first, by id, in this order; `*` is who had the conversation last."""
        if self.choice.prefer is None:
            return ()
        named = {"attribute": self.preferred, "previous": "*"}
        return tuple(who for each in self.choice.prefer.who if (who := named[each]) is not None)

    @property
    def inquiry_id(self) -> str:
        return self.details.inquiry.inquiry_id

    @property
    def conversation_id(self) -> str:
        return self.details.inquiry.conversation_id


@dataclass(frozen=True, slots=True)
class Placed:
    """`inquiry_id` is the work that the inquiry is part of: itself, or the one that it joined."""

    outcome: Literal["enqueued", "joined", "repeated"]
    inquiry_id: str


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of human work. `agent_id` is who it is offered to or who holds it; `until_ms` the
    offer's end."""

    inquiry_id: str
    conversation_id: str
    state: State
    queue: str
    work_class: str
    topic: str | None
    language: str
    priority_min: int
    arrival_ms: int
    epoch: int
    seq: int
    members: tuple[str, ...]
    agent_id: str | None = None
    until_ms: int | None = None
    taken_ms: int | None = None
    direct: str | None = None
    note: str | None = None
    promised_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was carried out, now or the first time that it was sent. `next` is what the person
    was offered as it left them room, told only once: who has missed it reads what they hold."""

    epoch: int
    next: tuple[Work, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at the desk. `held` are inquiry ids and their states; `drained`: a supervisor lets
    them have no more offers; `version` grows with every change."""

    agent_id: str
    presence: Presence
    reason: str
    silent: bool
    drained: bool
    capacity: int
    held: Mapping[str, State]
    version: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """`oldest_ms` is how long the first in line has waited; `closed`: by a supervisor; `removed`: no longer
    in the configuration, the people of the default queue serve what waits there."""

    queue: str
    waiting: int
    oldest_ms: int | None
    closed: bool
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Ticked:
    """What the timers did, and in how many milliseconds something is due next (None: never)."""

    done: int
    next_in_ms: int | None
