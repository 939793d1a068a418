"""Work that is put into a queue, on the plain desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.agents.actions import transfer_class
from services.agents.memory_records import WorkRecord
from services.agents.overflow import Overflow
from services.agents.rings import Levels
from services.agents.rules import Stage
from services.agents.work import required_of

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk


def move(desk: MemoryDesk, work: WorkRecord, queue: str) -> None:
    """As people and supervisors give work to a queue; the caller places it."""
    required = required_of(desk.details[each] for each in work.members)
    language, channel = work.new.language, work.work_class.channel
    work.work_class = transfer_class(desk.rules, queue, language, channel, required)
    work.stages = stages_in(desk, work, required)


def stages_in(desk: MemoryDesk, work: WorkRecord, required: Levels) -> list[Stage]:
    """Of work that was put into the queue of its class."""
    closings = Overflow(desk.rules).closings(work.work_class, desk.now_ms(), required)
    return [Stage(work.work_class, work.priority_min), *closings]
