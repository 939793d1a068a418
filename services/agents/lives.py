"""The life of each piece of human work, as its published steps tell it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.runtime.clock import millis
from warmline.events.envelope import Event
from warmline.events.work import Assignment, AssignmentStep

Place = Literal["waiting", "accepted", "paused", "promised", "completed", "abandoned"]

LEADS_TO: Mapping[AssignmentStep, Place] = {
    "enqueued": "waiting",
    "widened": "waiting",
    "offered": "waiting",
    "declined": "waiting",
    "lapsed": "waiting",
    "cancelled": "waiting",
    "rescinded": "waiting",
    "requeued": "waiting",
    "transferred": "waiting",
    "accepted": "accepted",
    "resumed": "accepted",
    "paused": "paused",
    "promised": "promised",
    "completed": "completed",
    "wrapped_up": "completed",
    "abandoned": "abandoned",
}
"""Where work is after a step; after any other step it is where it was. Work on offer waits: who had
the offer cannot be told from who has seen it, so it is offered again."""


@dataclass
class Life:
    """The newest that was published of one piece of work. `entered_ms` is when it came or last came back, and
    its rings began; `taken_ms` is when its person accepted it, `had_ms` when anybody last did; `promised_ms`
    is of a promise that nobody has taken in hand yet, `missed` whether its time was over."""

    newest: Assignment
    newest_ms: int
    place: Place = "waiting"
    agent_id: str | None = None
    entered_ms: int = 0
    arrival_ms: int = 0
    taken_ms: int | None = None
    had_ms: int | None = None
    promised_ms: int | None = None
    missed: bool = False
    attempts: int = 0
    note: str | None = None

    @property
    def is_open(self) -> bool:
        return self.place not in ("completed", "abandoned")


@dataclass
class Lives:
    """`persons` is who had each conversation last, `epochs` the highest that anybody was given."""

    works: dict[str, Life] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=dict)

    def tell(self, events: Iterable[Event[Assignment]]) -> None:
        """Steps in the order of their topic; one that was published again changes nothing."""
        for event in events:
            step, at_ms = event.data, millis(event.time)
            life = self.works.get(step.inquiry_id)
            if life is None:
                life = self.works[step.inquiry_id] = Life(step, at_ms)
            elif step.seq <= life.newest.seq:
                continue
            self._add(life, step, at_ms)

    def note_epoch(self, conversation_id: str, epoch: int) -> None:
        self.epochs[conversation_id] = max(epoch, self.epochs.get(conversation_id, 0))

    def _add(self, life: Life, step: Assignment, at_ms: int) -> None:
        if _comes_back(life, step):
            life.entered_ms = at_ms
        life.newest, life.newest_ms = step, at_ms
        life.place = LEADS_TO.get(step.step, life.place)
        self.note_epoch(step.conversation_id, step.epoch)
        if step.step == "enqueued":
            life.entered_ms, life.arrival_ms = at_ms, at_ms - step.waited_ms
            life.attempts, life.note, life.promised_ms, life.had_ms = 0, None, None, None
        elif step.step == "accepted":
            life.agent_id, life.promised_ms = step.agent_id, None
            life.taken_ms = life.had_ms = at_ms
            life.attempts += step.promise is not None
            self.persons[step.conversation_id] = step.agent_id or ""
        elif step.step == "promised":
            life.promised_ms = millis(step.promised_at) if step.promised_at else at_ms
            life.missed = False
            if step.waits:
                life.place = "waiting"
        elif step.step == "missed":
            life.missed = True
        elif step.step == "transferred":
            life.note = step.reason or life.note
        if life.place == "waiting":
            life.agent_id = life.taken_ms = None


def _comes_back(life: Life, step: Assignment) -> bool:
    """Out of somebody's hands, or because a callback is due: its rings begin anew, see `restart_rings` in
    `lua/shared/moves.lua`."""
    if step.step == "requeued":
        return step.agent_id is not None or (life.place == "promised" and step.by is None)
    return step.step == "transferred"
