"""For how long work has kept people busy, as far as no `completed` step says so, on the plain desk; see
`lua/shared/moves.lua`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agents.memory_records import WorkRecord

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk


def turn(desk: MemoryDesk, work: WorkRecord) -> dict[str, str]:
    """What a step says by which somebody gives work back: how long their turn was."""
    taken_ms = desk.now_ms() if work.taken_ms is None else work.taken_ms
    return {"besides_ms": str(desk.now_ms() - taken_ms - _paused_ms(desk, work))}


def wrapped(desk: MemoryDesk, work: WorkRecord) -> dict[str, str]:
    """What the step says by which a wrap-up ends: how long it was."""
    return {"besides_ms": str(desk.now_ms() - (work.spoke_ms or 0))}


def less_paused(desk: MemoryDesk, work: WorkRecord) -> dict[str, str]:
    """What a step says by which a pause ends: so much of the time it held no slot."""
    return {"besides_ms": str(-_paused_ms(desk, work))}


def _paused_ms(desk: MemoryDesk, work: WorkRecord) -> int:
    after_s = desk.configuration.desk.release_silent_after_s
    if work.state != "paused" or after_s is None:
        return 0
    return max(0, desk.now_ms() - (work.spoke_ms or 0) - after_s * 1000)
