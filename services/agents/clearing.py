"""Takes what waits in a closed queue elsewhere, as calls of the engine's scripts.

The moment at which a queue closes is foreseen when work comes. What no plan has foreseen waits there all the
same: what was on offer when a supervisor closed the queue, a callback that nobody took before closing time,
work that has waited past a whole night, a calendar that has changed. So every worker looks at the closed
queues each minute, whatever brought the work there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.agents.classes import ClassTable
from services.agents.overflow import Overflow
from services.agents.plan import NOT_MOVED, moved
from services.agents.records import Records
from services.agents.rings import channel_of, classes_of
from services.agents.rules import Rules, WorkClass
from services.agents.scripts import Scripts
from services.agents.work import Work, required_of
from services.runtime.keys import Keys

MOST = 1000
"""So many of each closed queue are taken elsewhere in one look; the next look goes on."""


@dataclass(frozen=True)
class Clearing:
    """`settings` is ARGV[1] of every script."""

    keys: Keys
    rules: Rules
    run: Scripts
    classes: ClassTable
    records: Records
    now_ms: Callable[[], int]
    settings: Callable[[], str]

    async def clear_all(self) -> int:
        """Of every queue that is closed now, by its hours or by order; returns how many have moved."""
        return sum([await self.clear(each, most=MOST) for each in self.rules.configuration.queues])

    async def clear(self, queue: str, reason: str = "", most: int | None = None) -> int:
        """Nothing where the queue is open. May be repeated, and done by several processes at once."""
        by_order = await self.records.closed_by()
        if Overflow(self.rules).leaving(WorkClass(queue), by_order, self.now_ms()) is None:
            return 0
        moved = place = 0
        async for work in self.records.waiting_in(queue, most):
            moved += await self._divert(work, queue, by_order, reason, place)
            place += 1
        return moved

    async def _divert(
        self, work: Work, queue: str, by_order: dict[str, str], reason: str, place: int
    ) -> bool:
        """What is promised for one moment is promised a millisecond apart, by its place in the line, so that
        it keeps its order there as well."""
        overflow, now_ms = Overflow(self.rules), self.now_ms()
        required = required_of(await self.records.details(work.members))
        channel = channel_of(work.work_class)
        asked = WorkClass(queue, work.language, skills=required, channel=channel)
        found = overflow.leaving(asked, by_order, now_ms)
        if found is None:
            return False
        elsewhere, why = found
        to = NOT_MOVED
        if elsewhere.work_class.queue != queue:
            stages = overflow.moved(elsewhere.work_class, now_ms, required)
            await self.classes.ensure(classes_of(stages), self.settings())
            to = moved(stages)
        (code,) = await self.run(
            "divert",
            [self.keys.classes()],
            [
                self.settings(),
                by_order.get(queue, ""),
                work.inquiry_id,
                queue,
                to.queue,
                to.class_id,
                "" if elsewhere.promise_ms is None else str(elsewhere.promise_ms + place),
                reason or why,
                to.plan,
                to.until_s,
            ],
        )
        if code == "unknown_class":  # Redis has lost its classes; the next look adds them again
            self.classes.forget()
        return bool(code == "ok")
