"""Takes care of what waits while nobody is signed in who could take it, as calls of the engine's scripts.

What comes then is placed by `lua/enqueue.lua`. What waited already when the last person went, or was given to
a queue where nobody is, is found by every worker each minute. Only what is still so after a time of grace is
acted on: people whose connection breaks are back within it, and nobody has been promised anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.agents.classes import ClassTable
from services.agents.overflow import Overflow
from services.agents.plan import NOT_MOVED, Moved, moved
from services.agents.records import Records, line_of
from services.agents.rings import channel_of, classes_of
from services.agents.rules import Rules, WorkClass
from services.agents.scripts import Scripts
from services.agents.work import Work, required_of
from services.runtime.keys import Keys

GRACE_MS = 60 * 1000
"""From when it is found to when it is looked at again."""

AT_ONCE = 200


@dataclass(frozen=True)
class Unstaffed:
    """`settings` is ARGV[1] of every script."""

    keys: Keys
    rules: Rules
    run: Scripts
    classes: ClassTable
    records: Records
    now_ms: Callable[[], int]
    settings: Callable[[], str]

    async def find(self) -> int:
        """Returns how many are to be looked at again. May be done by several processes at once."""
        to_read, found = await self._classes_to_read(), 0
        while to_read:
            some, to_read = to_read[:AT_ONCE], to_read[AT_ONCE:]
            args = [
                [self.settings(), class_id, GRACE_MS, again, behind, AT_ONCE]
                for class_id, again, behind in some
            ]
            answers = await self.run.many("find_unstaffed", [((), each) for each in args])
            for (class_id, again, _), (number, behind) in zip(some, answers, strict=True):
                found += int(number)
                if behind:
                    to_read.append((class_id, again, behind))
        return found

    async def _classes_to_read(self) -> list[tuple[str, str, str]]:
        """Class, whether what has a date is looked at again, and behind which entry to go on."""
        waiting = [(each, line_of(each)) for each in await self.records.waiting_classes()]
        if not waiting:
            return []
        overflow, now_ms = Overflow(self.rules), self.now_ms()
        by_order, signed_in = await self.records.closed_by(), await self.records.signed_in()
        again = {
            queue: "1" if overflow.may_ask_others(queue, signed_in) else ""
            for queue in {queue for _, queue in waiting}
            if overflow.minds_unstaffed(queue, by_order, now_ms)
        }
        return [(class_id, again[queue], "") for class_id, queue in waiting if queue in again]

    async def look_again(self, entry: str) -> None:
        """A timer of `find` has come due. May be repeated."""
        works = await self.records.works([entry.partition("|")[2]])
        if works:
            await self._look_again(entry, works[0])
        else:
            await self._run(entry, "", NOT_MOVED, None)

    async def _look_again(self, entry: str, work: Work) -> None:
        required = required_of(await self.records.details(work.members))
        channel = channel_of(work.work_class)
        asked = WorkClass(work.queue, work.language, skills=required, channel=channel)
        overflow, now_ms = Overflow(self.rules), self.now_ms()
        instead, promise_ms = overflow.unstaffed(asked, await self.records.closed_by(), now_ms)
        to = NOT_MOVED
        if instead is not None:
            stages = overflow.moved(instead, now_ms, required)
            await self.classes.ensure(classes_of(stages), self.settings())
            to = moved(stages)
        await self._run(entry, work.queue, to, promise_ms)

    async def _run(self, entry: str, queue: str, to: Moved, promise_ms: int | None) -> None:
        (code,) = await self.run(
            "unstaffed",
            [self.keys.classes()],
            [
                self.settings(),
                entry,
                queue,
                to.queue,
                to.class_id,
                to.plan,
                "" if promise_ms is None else promise_ms,
                to.until_s,
            ],
        )
        if code == "unknown_class":  # Redis has lost its classes; the timer comes again
            self.classes.forget()
