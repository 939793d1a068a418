"""What Kafka still holds of a desk's work: the lives, and what they are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from services.agents.lives import Lives
from services.runtime.clock import millis
from services.runtime.conversations import TTL_MS
from services.runtime.rereading import Committed, read_again
from services.runtime.settings import ServiceSettings
from warmline.events.decision import Decision
from warmline.events.envelope import Event
from warmline.events.work import Handover
from warmline.topics import ASSIGNMENTS, HANDOFFS, REPLIES, ROUTED_HUMAN, Topic


@dataclass
class History:
    """`asked` has the events that brought each inquiry here and may be needed again, oldest first.
    `causes` are the ids of those that have been applied; `lost` were applied, and no step of theirs was
    published."""

    lives: Lives = field(default_factory=Lives)
    asked: dict[str, list[Event[Any]]] = field(default_factory=dict)
    causes: dict[str, list[str]] = field(default_factory=dict)
    lost: list[Event[Any]] = field(default_factory=list)


async def read_history(settings: ServiceSettings, committed: Committed, now_ms: int) -> History:
    """Reads the topics to their ends. Raises UnavailableError where Kafka does not answer."""
    history = History()
    async for steps in read_again(settings, ASSIGNMENTS):
        history.lives.tell(kept.event for kept in steps)
    async for replies in read_again(settings, REPLIES, now_ms - TTL_MS):
        for kept in replies:
            history.lives.note_epoch(kept.event.data.conversation_id, kept.event.data.epoch)
    known = _members(history.lives)
    for topic in (ROUTED_HUMAN, HANDOFFS):
        await _read_asked(settings, topic, committed, history, known, now_ms)
    history.lost.sort(key=lambda event: event.time)
    return history


def decision_of(event: Event[Any]) -> Decision:
    data = event.data
    decision: Decision = data.decision if isinstance(data, Handover) else data
    return decision


def _members(lives: Lives) -> dict[str, bool]:
    """Every inquiry that has a life, its own or one that it joined, and whether that is open."""
    found: dict[str, bool] = {}
    for life in lives.works.values():
        for member in (life.newest.inquiry_id, *life.newest.members):
            found[member] = found.get(member, False) or life.is_open
    return found


async def _read_asked(
    settings: ServiceSettings,
    topic: Topic,
    committed: Committed,
    history: History,
    known: dict[str, bool],
    now_ms: int,
) -> None:
    """An event counts as applied where its offset is acknowledged, or where its inquiry has a life that
    nothing else can have begun."""
    async for some in read_again(settings, topic):
        for event, partition, offset in some:
            decision = decision_of(event)
            inquiry_id = decision.inquiry.inquiry_id
            history.lives.note_epoch(decision.inquiry.conversation_id, decision.epoch)
            acknowledged = offset < committed.get((topic.name, partition), 0)
            recent = millis(event.time) >= now_ms - TTL_MS
            if inquiry_id not in known:
                if acknowledged and recent:
                    history.lost.append(event)
                continue
            if known[inquiry_id]:
                history.asked.setdefault(inquiry_id, []).append(event)
            if acknowledged or inquiry_id not in history.causes:
                history.causes.setdefault(inquiry_id, []).append(event.id)
