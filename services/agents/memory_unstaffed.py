"""What waits while nobody is signed in who could take it, on the plain desk; see `unstaffed`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from services.agents.memory_moving import put_into
from services.agents.memory_promises import give_promise
from services.agents.memory_records import WorkRecord
from services.agents.overflow import Overflow
from services.agents.rules import WorkClass
from services.agents.unstaffed import GRACE_MS
from services.agents.work import required_of

if TYPE_CHECKING:
    from services.agents.memory_desk import MemoryDesk

NOBODY = "nobody is signed in who could take it"


def is_staffed(desk: MemoryDesk, classes: Iterable[WorkClass]) -> bool:
    """Whether anybody is signed in who could take work of some classes."""
    return any(not desk.rules.servers(each).isdisjoint(desk.people) for each in classes)


def find_unstaffed(desk: MemoryDesk) -> int:
    """Returns how many have got a timer."""
    overflow, now_ms, found = Overflow(desk.rules), desk.now_ms(), 0
    minds = cache(lambda queue: overflow.minds_unstaffed(queue, desk.closed, now_ms))
    may_ask_others = cache(lambda queue: overflow.may_ask_others(queue, desk.people))
    for inquiry_id, work in desk.works.items():
        queue, entry = work.work_class.queue, f"unstaffed|{inquiry_id}"
        if (
            work.state == "waiting"
            and work.direct is None
            and minds(queue)
            and (work.promised_ms is None or may_ask_others(queue))
            and not _is_staffed(desk, work)
            and entry not in desk.due
        ):
            desk.due[entry] = now_ms + GRACE_MS
            found += 1
    return found


def look_again(desk: MemoryDesk, inquiry_id: str) -> None:
    """The timer of `find_unstaffed` has come due."""
    work = desk.works.get(inquiry_id)
    if work is None or work.state != "waiting" or work.direct or _is_staffed(desk, work):
        return
    required = required_of(desk.details[each] for each in work.members)
    wanted = work.work_class
    asked = WorkClass(wanted.queue, work.new.language, skills=required, channel=wanted.channel)
    overflow = Overflow(desk.rules)
    instead, promise_ms = overflow.unstaffed(asked, desk.closed, desk.now_ms())
    stages = overflow.moved(instead, desk.now_ms(), required) if instead is not None else ()
    if is_staffed(desk, (stage.work_class for stage in stages if not stage.is_overflow)):
        desk.due.pop(f"ring|{inquiry_id}", None)
        put_into(work, stages)
        work.state = "offered"  # in nobody's hands, not yet waiting
        desk.step(inquiry_id, work, "requeued", None, NOBODY)
        desk.place(inquiry_id, work)
    elif promise_ms is not None and work.promised_ms is None:
        give_promise(desk, inquiry_id, work, promise_ms, NOBODY, waits="1")


def _is_staffed(desk: MemoryDesk, work: WorkRecord) -> bool:
    """In its ring or in one to come."""
    to_come = (stage.work_class for stage in work.stages[1:] if not stage.is_overflow)
    return is_staffed(desk, (work.work_class, *to_come))
