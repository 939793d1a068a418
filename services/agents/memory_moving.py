"""Work that is put into a queue, on the plain desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.agents.actions import transfer_class
from services.agents.memory_records import WorkRecord
from services.agents.overflow import Overflow
from services.agents.rules import Stage
from services.agents.work import required_of

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk


def move(desk: MemoryDesk, work: WorkRecord, queue: str) -> None:
    """As people and supervisors give work to a queue; the caller places it."""
    required = required_of(desk.details[each] for each in work.members)
    language, channel = work.new.language, work.work_class.channel
    work_class = transfer_class(desk.rules, queue, language, channel, required)
    put_into(work, Overflow(desk.rules).moved(work_class, desk.now_ms(), required))


def put_into(work: WorkRecord, stages: Sequence[Stage]) -> None:
    work.work_class, work.stages = stages[0].work_class, list(stages)
