"""Somebody at the desk, as far as it counts for what they are offered: now, or at an earlier moment. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from services.agents.config import Configuration
from services.agents.work import TELL_EVERY_MS
from services.runtime.clock import millis
from warmline.events.desk import PersonState

LATE_MS = 60_000
"""Clocks differ, and heartbeats are late."""


@dataclass(slots=True)
class There:
    """`held` are inquiry ids with state and channel ('' where the desk tells none apart); `avoids` until when
    what is not offered to them; `idle_ms` since when they have had nothing new; `turn` grew with their last
    offer; `recent` are their last offers where these are limited; `told_ms` is when this was last told."""

    agent_id: str
    presence: str
    reason: str = ""
    silent: bool = False
    drained: bool = False
    capacity: int = 1
    held: dict[str, tuple[str, str]] = field(default_factory=dict)
    avoids: dict[str, int] = field(default_factory=dict)
    idle_ms: int = 0
    turn: int = 0
    recent: list[int] = field(default_factory=list)
    told_ms: int = 0

    @classmethod
    def of(cls, state: PersonState, told_ms: int) -> Self:
        return cls(
            agent_id=state.agent_id,
            presence=state.presence,
            reason=state.reason or "",
            silent=state.silent,
            drained=state.drained,
            capacity=state.capacity,
            held={each.inquiry_id: (each.state, each.channel or "") for each in state.held},
            avoids={each.inquiry_id: millis(each.until) for each in state.avoids},
            idle_ms=millis(state.idle_since),
            turn=state.turn,
            recent=[millis(each) for each in state.recent],
            told_ms=told_ms,
        )


def told_within_ms(configuration: Configuration) -> int:
    """Of who is at the desk, something has been told within this time: who has no heartbeat for longer is
    told of as well."""
    presence = configuration.desk.presence
    return TELL_EVERY_MS + (presence.heartbeat_s + presence.grace_s) * 1000 + LATE_MS
