"""Where an inquiry goes when its queue cannot take it: closed, full, nobody there, waiting too long. Pure.

Elsewhere is another queue, or a promise: a dated callback, which is itself a piece of work that waits
for its moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.agents.config import CALLBACK, Queue
from services.agents.hours import Calendar
from services.agents.rules import Choice, Rules, Stage, WorkClass


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A class of people, asked at once, or from the promised moment on."""

    work_class: WorkClass
    promise_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """`stages` with those that closing and waiting too long add. `now`: where it goes at once instead,
    and why; `full` and `unstaffed` are decided when it is taken in."""

    stages: tuple[Stage, ...]
    full: Elsewhere
    unstaffed: Elsewhere | None = None
    now: Elsewhere | None = None
    reason: str = ""


class Overflow:
    """The overflow rules of one configuration."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def placement(self, choice: Choice, now_ms: int) -> Placement:
        queue = self._rules.configuration.queues[choice.work_class.queue]
        calendar = self._rules.configuration.calendar_of(queue)
        stages = list(choice.stages)
        rule = queue.overflow
        if rule.too_long is not None and rule.too_long_s is not None:
            at_ms = now_ms + rule.too_long_s * 1000
            elsewhere = self._elsewhere(rule.too_long, queue, choice, at_ms)
            stages = _cut(stages, rule.too_long_s, elsewhere, "waited too long")
        now = None
        if calendar is not None and calendar.is_open(now_ms):
            closes_ms = calendar.closes_ms(now_ms)
            elsewhere = self._elsewhere(rule.closed, queue, choice, closes_ms, after_s=0)
            closes_s = -(-(closes_ms - now_ms) // 1000)
            stages = _cut(stages, closes_s, elsewhere, f"{queue.id} has closed")
        elif calendar is not None:
            now = self._elsewhere(rule.closed, queue, choice, now_ms, after_s=0)
        return Placement(
            stages=tuple(stages),
            full=self._elsewhere(rule.full or self._default, queue, choice, now_ms),
            unstaffed=None
            if rule.unstaffed is None
            else self._elsewhere(rule.unstaffed, queue, choice, now_ms),
            now=now,
            reason=f"{queue.id} is closed" if now is not None else "",
        )

    @property
    def _default(self) -> str:
        return self._rules.configuration.desk.default.queue

    def _elsewhere(
        self, to: str, queue: Queue, choice: Choice, from_ms: int, after_s: int | None = None
    ) -> Elsewhere:
        if to == CALLBACK:
            callbacks = self._rules.configuration.desk.callbacks
            wait_s = callbacks.after_s if after_s is None else after_s
            at_ms = opening_ms(
                self._rules.configuration.calendar_of(queue), from_ms + wait_s * 1000
            )
            return Elsewhere(choice.stages[-1].work_class, at_ms)
        wanted = choice.work_class
        asked = WorkClass(to, wanted.language, skills=choice.required, channel=wanted.channel)
        return Elsewhere(self._rules.reachable(asked)[0])


def opening_ms(calendar: Calendar | None, at_ms: int) -> int:
    """The first open moment from then on."""
    return at_ms if calendar is None else calendar.opens_ms(at_ms)


def _cut(stages: list[Stage], at_s: int, elsewhere: Elsewhere, name: str) -> list[Stage]:
    """The stages until `at_s`, then elsewhere, and not before: a lapsed offer closes no queue."""
    if at_s <= 0:
        return stages
    kept: list[Stage] = []
    for stage in stages:
        if stage.until_s is None or stage.until_s >= at_s:
            kept.append(replace(stage, until_s=at_s, skip_if=None, timed=True))
            break
        kept.append(stage)
    last = Stage(
        elsewhere.work_class,
        kept[-1].priority_min,
        name=name,
        promise_ms=elsewhere.promise_ms,
    )
    return [*kept, last]
