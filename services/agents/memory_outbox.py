"""What the plain desk writes into its outbox; see `lua/shared/desk.lua`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.agents.memory_records import WorkRecord

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk


def step_entry(
    desk: MemoryDesk,
    inquiry_id: str,
    work: WorkRecord,
    name: str,
    agent_id: str | None,
    reason: str,
) -> dict[str, str]:
    now_ms = desk.now_ms()
    waited_ms = (now_ms if work.taken_ms is None else work.taken_ms) - work.arrival_ms
    return {
        "inquiry_id": inquiry_id,
        "conversation_id": work.new.conversation_id,
        "step": name,
        "seq": str(work.seq),
        "epoch": str(work.epoch),
        "queue": work.work_class.queue,
        "agent_id": agent_id or "",
        "topic": work.topic or "",
        "language": work.new.language,
        "priority_min": str(work.priority_min),
        "waited_ms": str(max(0, waited_ms)),
        "reason": reason,
        "members": json.dumps(work.members, separators=(",", ":")),
        "config_version": desk.configuration.version,
        "at_ms": str(now_ms),
        "taken_ms": "" if work.taken_ms is None else str(work.taken_ms),
        "work_class": work.work_class.id,
        "direct": work.direct or "",
    }


def person_entry(desk: MemoryDesk, agent_id: str, *, signed_out: bool) -> dict[str, str]:
    person, now_ms = desk.people[agent_id], desk.now_ms()
    channels = {each: desk.works[each].work_class.channel for each in person.held}
    held = {
        each: f"{state}/{channels[each]}" if channels[each] else state
        for each, state in person.held.items()
    }
    avoid = {each: str(until_ms) for each, until_ms in person.avoid.items() if until_ms > now_ms}
    limited = desk.configuration.desk.offer_limit is not None
    return {
        "person": agent_id,
        "presence": "signed_out" if signed_out else person.presence,
        "reason": person.reason,
        "silent": "1" if person.silent else "",
        "drained": "1" if person.drained else "",
        "capacity": str(person.capacity),
        "held": _in_order(held),
        "idle_ms": str(person.idle_ms),
        "avoid": _in_order(avoid),
        "turn": str(person.turn),
        "turns": str(desk.turns),
        "recent": "".join(f"{at_ms}\x1e" for at_ms in person.recent) if limited else "",
        "config_version": desk.configuration.version,
        "at_ms": str(now_ms),
    }


def _in_order(entries: Mapping[str, str]) -> str:
    return "".join(sorted(f"{key}\x1d{value}\x1e" for key, value in entries.items()))
