"""Where an inquiry goes when its queue cannot take it: closed, full, nobody there, waiting too long. Pure.

Elsewhere is another queue, or a promise: a dated callback, which is itself a piece of work that waits
for its moment.
"""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from services.agents.config import CALLBACK, WAIT, Queue
from services.agents.hours import Calendar
from services.agents.rings import Closing, Levels
from services.agents.rules import Choice, Rules, Stage, WorkClass

CLOSINGS_MOST = 2
"""So often at most a queue's closing is foreseen for one inquiry: queues may take turns for ever. What waits
longer is found by `clearing`."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The rings of people who are asked, the first at once, or a class from the promised moment on."""

    rings: tuple[Stage, ...]
    promise_ms: int | None = None

    @property
    def work_class(self) -> WorkClass:
        """Of the first ring."""
        return self.rings[0].work_class


@dataclass(frozen=True, slots=True)
class Placement:
    """`stages` are the rings, and what overflow adds to them. `now`: where it goes at once instead, and why;
    `full` and `unstaffed` are decided when it is taken in. `nobody_ms` is promised where nobody is signed in
    who could take it wherever it went; it waits there all the same."""

    stages: tuple[Stage, ...]
    full: Elsewhere
    unstaffed: Elsewhere | None = None
    now: Elsewhere | None = None
    reason: str = ""
    nobody_ms: int | None = None


class Overflow:
    """The overflow rules of one configuration."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def placement(self, choice: Choice, now_ms: int) -> Placement:
        queue = self._rules.configuration.queues[choice.work_class.queue]
        rule = queue.overflow
        full = self._elsewhere(rule.full or self._default, queue, choice, now_ms)
        unstaffed = now = None
        if rule.unstaffed not in (CALLBACK, WAIT):
            unstaffed = self._elsewhere(rule.unstaffed, queue, choice, now_ms)
        if self._is_closed(queue.id, now_ms):
            now = self._elsewhere(rule.closed, queue, choice, now_ms, after_s=0)
        may_come = [(stage.work_class.queue, at_ms) for at_ms, stage in _begun(choice, now_ms)]
        may_come += [(each.work_class.queue, now_ms) for each in (full, unstaffed, now) if each]
        stages = list(choice.stages)
        if rule.too_long is not None and rule.too_long_s is not None:
            at_ms = now_ms + rule.too_long_s * 1000
            elsewhere = self._elsewhere(
                rule.too_long, queue, choice, at_ms, begins_s=rule.too_long_s
            )
            stages.append(_overflow(elsewhere, "waited too long", after_s=rule.too_long_s))
            may_come.append((elsewhere.work_class.queue, at_ms))
        stages += self._closings(may_come, choice, now_ms)
        reason = f"{queue.id} is closed" if now is not None else ""
        nobody_ms = None if rule.unstaffed == WAIT else self._callback_ms(queue, now_ms)
        return Placement(tuple(stages), full, unstaffed, now, reason, nobody_ms)

    def moved(self, work: WorkClass, now_ms: int, required: Levels) -> tuple[Stage, ...]:
        """The rings of work that is put into a queue, and what becomes of it if it still waits when this
        closes; at once where it is closed. `required` are the inquiry's own skills."""
        rings = self._rules.moved(work, work.queue)
        choice = Choice(rings, rule="", required=required)
        return (*rings, *self._closings([(work.queue, now_ms)], choice, None))

    def _closings(
        self, may_come: list[tuple[str, int]], choice: Choice, now_ms: int | None
    ) -> Iterator[Stage]:
        """Of each queue with hours into which the work may come, and from when on; and of those to which they
        lead. Not of the first one where it is closed as the work comes, at `now_ms`: that is decided then."""
        queues = self._rules.configuration.queues
        opens: dict[str, list[int]] = {}
        for queue_id, at_ms in may_come:  # grows meanwhile
            queue = queues.get(queue_id)
            calendar = None if queue is None else self._rules.configuration.calendar_of(queue)
            known = opens.setdefault(queue_id, [])
            if queue is None or calendar is None or len(known) == CLOSINGS_MOST:
                continue
            if known and at_ms < known[-1]:
                continue
            closes_ms = calendar.closes_ms(at_ms)
            if closes_ms is None:
                known.append(sys.maxsize)
                continue
            known.append(calendar.opens_ms(closes_ms))
            to = queue.overflow.closed
            if to in opens and self._is_closed(to, closes_ms):
                elsewhere = self._elsewhere(CALLBACK, queues[to], choice, closes_ms, after_s=0)
            else:
                elsewhere = self._elsewhere(to, queue, choice, closes_ms, after_s=0)
            may_come.append((elsewhere.work_class.queue, closes_ms))
            if queue_id == choice.work_class.queue and closes_ms == now_ms:
                continue
            name = f"{queue_id} {'is' if closes_ms == at_ms else 'has'} closed"
            yield _overflow(elsewhere, name, closing=Closing(queue_id, closes_ms, known[-1]))

    def leaving(
        self, work: WorkClass, by_order: Container[str], now_ms: int
    ) -> tuple[Elsewhere, str] | None:
        """Where what waits in a closed queue goes now, and why; None where it is open. Closed by its hours,
        it goes by `closed`; by order (`by_order` are those queues), where it goes when the queue is full. It
        passes over queues that are closed as well; where there is no other, it is promised."""
        configuration = self._rules.configuration

        def closed(queue_id: str) -> bool:
            return queue_id in by_order or self._is_closed(queue_id, now_ms)

        if not closed(work.queue):
            return None
        queue, passed = configuration.queues[work.queue], {work.queue}
        why = f"{queue.id} is closed{' for now' if queue.id in by_order else ''}"
        while True:
            ordered = queue.id in by_order
            to = (queue.overflow.full or self._default) if ordered else queue.overflow.closed
            if to == CALLBACK or to in passed:
                break
            passed.add(to)
            if closed(to):
                queue = configuration.queues[to]
                continue
            found, _ = self._rules.reachable(replace(work, queue=to))
            if closed(found.queue):  # nobody works in `to`, and the default queue is closed
                break
            return Elsewhere((Stage(found),)), why
        wait_ms = configuration.desk.callbacks.after_s * 1000 if ordered else 0
        at_ms = opening_ms(configuration.calendar_of(queue), now_ms + wait_ms)
        if queue.id != work.queue:
            work, _ = self._rules.reachable(replace(work, queue=queue.id))
        return Elsewhere((Stage(work),), at_ms), why

    def unstaffed(
        self, work: WorkClass, by_order: Container[str], now_ms: int
    ) -> tuple[WorkClass | None, int | None]:
        """For what waits while nobody is signed in who could take it: whom to ask instead, if they are there,
        and the moment to promise else. What waits in a removed queue goes by the default's rule."""
        queues = self._rules.configuration.queues
        queue = queues.get(work.queue) or queues[self._default]
        to = queue.overflow.unstaffed
        if to == WAIT:
            return None, None
        promise_ms = self._callback_ms(queue, now_ms)
        if to == CALLBACK or to in by_order or self._is_closed(to, now_ms):
            return None, promise_ms
        instead, _ = self._rules.reachable(replace(work, queue=to))
        return (instead if instead.queue == to else None), promise_ms

    def minds_unstaffed(self, queue_id: str, by_order: Container[str], now_ms: int) -> bool:
        """Whether a queue does anything for what waits while nobody is there; a closed one is cleared."""
        queues = self._rules.configuration.queues
        if queue_id in by_order or (queue_id in queues and self._is_closed(queue_id, now_ms)):
            return False
        return (queues.get(queue_id) or queues[self._default]).overflow.unstaffed != WAIT

    def may_ask_others(self, queue_id: str, signed_in: Container[str]) -> bool:
        """Whether somebody who is signed in works in the queue to which unstaffed work goes."""
        queues = self._rules.configuration.queues
        to = (queues.get(queue_id) or queues[self._default]).overflow.unstaffed
        people = self._rules.configuration.people.values()
        return any(
            person.id in signed_in and any(profile.queue == to for profile in person.queues)
            for person in people
        )

    @property
    def _default(self) -> str:
        return self._rules.configuration.desk.default.queue

    def _is_closed(self, queue_id: str, at_ms: int) -> bool:
        calendar = self._rules.configuration.calendar_of(self._rules.configuration.queues[queue_id])
        return calendar is not None and not calendar.is_open(at_ms)

    def _elsewhere(
        self,
        to: str,
        queue: Queue,
        choice: Choice,
        from_ms: int,
        after_s: int | None = None,
        begins_s: int = 0,
    ) -> Elsewhere:
        """`after_s` is how long after `from_ms` a callback is due, `begins_s` how long work has waited by
        `from_ms`, where that is known."""
        if to == CALLBACK:
            at_ms = self._callback_ms(queue, from_ms, after_s)
            if queue.id in {stage.work_class.queue for stage in choice.stages}:
                return Elsewhere((Stage(choice.stages[-1].work_class),), at_ms)
            return Elsewhere((Stage(self._class_in(queue.id, choice)),), at_ms)
        work = self._class_in(to, choice)
        return Elsewhere(self._rules.moved(work, work.queue, begins_s))

    def _callback_ms(self, queue: Queue, from_ms: int, after_s: int | None = None) -> int:
        configuration = self._rules.configuration
        wait_s = configuration.desk.callbacks.after_s if after_s is None else after_s
        return opening_ms(configuration.calendar_of(queue), from_ms + wait_s * 1000)

    def _class_in(self, queue_id: str, choice: Choice) -> WorkClass:
        wanted = choice.work_class
        asked = WorkClass(queue_id, wanted.language, skills=choice.required, channel=wanted.channel)
        return self._rules.reachable(asked)[0]


def opening_ms(calendar: Calendar | None, at_ms: int) -> int:
    """The first open moment from then on."""
    return at_ms if calendar is None else calendar.opens_ms(at_ms)


def _begun(choice: Choice, now_ms: int) -> Iterator[tuple[int, Stage]]:
    """The rings, each with the moment at which it begins if no offer lapses."""
    at_ms = now_ms
    for stage in choice.stages:
        yield at_ms, stage
        at_ms = now_ms + (stage.until_s or 0) * 1000


def _overflow(
    elsewhere: Elsewhere, name: str, after_s: int | None = None, closing: Closing | None = None
) -> Stage:
    first, *later = elsewhere.rings
    return replace(
        first,
        name=name,
        promise_ms=elsewhere.promise_ms,
        after_s=after_s,
        closing=closing,
        then=tuple(later),
    )
