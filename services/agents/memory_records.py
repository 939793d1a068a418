"""What the plain engine keeps of a piece of work, a person and a conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.agents.rules import Stage, WorkClass, score_ms
from services.agents.work import NewWork, Presence, State, Work
from warmline.events.inquiry import Channel


@dataclass
class WorkRecord:
    """`new` is how it came; the rest is what has become of it. `promised_ms` is there until somebody takes it
    in hand, `missed` says that its time is over."""

    new: NewWork
    work_class: WorkClass
    topic: str | None
    priority_min: int
    arrival_ms: int
    newest_ms: int
    entry: int
    epoch: int
    seq: int
    members: list[str]
    entered_ms: int
    stages: list[Stage]
    """The ring that counts now, and those to come."""
    state: State = "waiting"
    agent_id: str | None = None
    until_ms: int | None = None
    taken_ms: int | None = None
    direct: str | None = None
    note: str | None = None
    spoke_ms: int | None = None
    promised_ms: int | None = None
    missed: bool = False
    attempts: int = 0

    def goes_on_ms(self, now_ms: int) -> int | None:
        """When what waits goes on to its next ring, or to an overflow that begins before that."""
        now, *later = self.stages
        moments = [each.begins_ms(self.entered_ms, self.work_class.queue, now_ms) for each in later]
        if now.until_s is not None:
            moments.append(self.entered_ms + now.until_s * 1000)
        return min((each for each in moments if each is not None), default=None)

    def next_stage(self, now_ms: int) -> Stage | None:
        """The overflow that is due, else the next ring."""
        for stage in self.stages[1:]:
            begins_ms = stage.begins_ms(self.entered_ms, self.work_class.queue, now_ms)
            if begins_ms is not None and begins_ms <= now_ms:
                return stage
        rings = [stage for stage in self.stages[1:2] if not stage.is_overflow]
        return rings[0] if rings else None

    @property
    def order(self) -> tuple[int, int]:
        return score_ms(self.arrival_ms, self.priority_min), self.entry


@dataclass
class PersonRecord:
    """Somebody signed in; `held` are inquiry ids and their states, `turn` a number that grew with
    the last offer, `recent` the moments of the last offers where these are limited, and `limited` that
    they have had as many as they may, as of when they were last looked at."""

    capacity: int
    limits: Mapping[Channel, int]
    idle_ms: int
    beat_ms: int
    presence: Presence = "available"
    reason: str = ""
    silent: bool = False
    held: dict[str, State] = field(default_factory=dict)
    lapses: int = 0
    avoid: dict[str, int] = field(default_factory=dict)
    turn: int = 0
    recent: list[int] = field(default_factory=list)
    limited: bool = False
    drained: bool = False
    auto_accept: bool = False
    version: int = 0

    @property
    def counted_as(self) -> str:
        if self.silent:
            return "silent"
        return "busy" if self.drained and self.presence == "available" else self.presence


@dataclass
class Ownership:
    """Who owns a conversation, as in `services.runtime.conversations`; `left_ms` is when its customer has
    left while nothing waited."""

    owner: str = "nobody"
    epoch: int = 0
    inquiry_id: str | None = None
    work_id: str | None = None
    agent_id: str | None = None
    left_ms: int = 0


def seen_from_outside(inquiry_id: str, record: WorkRecord) -> Work:
    return Work(
        inquiry_id=inquiry_id,
        conversation_id=record.new.conversation_id,
        state=record.state,
        queue=record.work_class.queue,
        work_class=record.work_class.id,
        topic=record.topic,
        language=record.new.language,
        priority_min=record.priority_min,
        arrival_ms=record.arrival_ms,
        epoch=record.epoch,
        seq=record.seq,
        members=tuple(record.members),
        agent_id=record.agent_id,
        until_ms=record.until_ms,
        taken_ms=record.taken_ms,
        direct=record.direct,
        note=record.note,
        promised_ms=record.promised_ms if record.state == "promised" else None,
    )
