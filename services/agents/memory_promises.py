"""Promises of callbacks, and whether they are kept, on the plain desk; see `lua/shared/desk.lua`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agents.memory_records import WorkRecord
from services.agents.rules import Stage

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk


def miss(desk: MemoryDesk, inquiry_id: str, work: WorkRecord) -> None:
    """Nobody has it in hand, and its time is over."""
    work.missed = True
    why, promised_ms = "nobody had it in hand in time", str(work.promised_ms)
    desk.step(inquiry_id, work, "missed", None, why, promised_ms=promised_ms)


def answer_promise(desk: MemoryDesk, inquiry_id: str, work: WorkRecord) -> dict[str, str]:
    """Somebody takes work in hand; returns what that step says of a promise."""
    if work.promised_ms is None:
        return {}
    within_ms = desk.configuration.desk.callbacks.within_s * 1000
    if not work.missed and desk.now_ms() >= work.promised_ms + within_ms:
        miss(desk, inquiry_id, work)
    told = {"promised_ms": str(work.promised_ms), "promise": "late" if work.missed else "kept"}
    work.promised_ms = None
    work.attempts += 1
    return told


def is_promised(work: WorkRecord, now_ms: int) -> bool:
    """Whether the customer has been told of a moment that is still to come."""
    return work.promised_ms is not None and not work.missed and work.promised_ms > now_ms


def give_promise(
    desk: MemoryDesk, inquiry_id: str, work: WorkRecord, at_ms: int, reason: str, **more: str
) -> None:
    """`more` says what becomes of it until then."""
    work.promised_ms, work.missed = at_ms, False
    within_ms = desk.configuration.desk.callbacks.within_s * 1000
    desk.due[f"missed|{at_ms}|{inquiry_id}"] = at_ms + within_ms
    desk.step(
        inquiry_id,
        work,
        "promised",
        None,
        reason,
        promised_ms=str(at_ms),
        customer_id=work.new.details.inquiry.customer_id,
        notice="retried" if work.attempts else "promised",
        **more,
    )


def promise(desk: MemoryDesk, inquiry_id: str, work: WorkRecord, at_ms: int, reason: str) -> None:
    """Until then nobody is asked, and then the people of the widest ring; now, where that moment is past. A
    promise whose moment had come already was missed by that."""
    desk.works[inquiry_id] = work
    at_ms = max(at_ms, desk.now_ms())
    if work.promised_ms is not None and not work.missed and desk.now_ms() >= work.promised_ms:
        miss(desk, inquiry_id, work)
    work.state = "promised"
    work.agent_id = work.until_ms = work.direct = None
    rings = [stage for stage in work.stages if not stage.is_overflow]
    work.work_class = rings[-1].work_class if rings else work.work_class
    work.stages = [Stage(work.work_class, work.priority_min)]
    desk.due[f"callback|{inquiry_id}"] = at_ms
    give_promise(desk, inquiry_id, work, at_ms, reason)
