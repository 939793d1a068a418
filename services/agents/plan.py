"""The rings to come as text: `plan` of a work record, see `lua/shared/desk.lua`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.agents.rings import Stage

WITHIN = str.maketrans("\x1d\x1e", "\x1b\x1c")
"""The rings of an overflow stand within its entry."""


def plan_of(stages: Iterable[Stage]) -> str:
    return "".join("".join(f"{part}\x1d" for part in _ring(stage)) + "\x1e" for stage in stages)


def _ring(stage: Stage) -> tuple[object, ...]:
    work = stage.work_class
    return (
        _text(stage.until_s),
        work.queue,
        work.id,
        _text(stage.priority_min),
        skip_of(stage),
        stage.name,
        _text(stage.promise_ms),
        plan_of(stage.then).translate(WITHIN),
        _begins(stage),
    )


def _begins(stage: Stage) -> str:
    """Of an overflow: `+300`, seconds after the entry, or `fraud@1790000000000-1790050000000`, when the queue
    closes and opens again."""
    if stage.after_s is not None:
        return f"+{stage.after_s}"
    closing = stage.closing
    return "" if closing is None else f"{closing.queue}@{closing.closes_ms}-{closing.opens_ms}"


def skip_of(stage: Stage) -> str:
    """`available<1` and the like; `time` where nothing but time ends the ring."""
    if stage.timed:
        return "time"
    rule = stage.skip_if
    if rule is None:
        return ""
    return f"{rule.count}<{rule.below}" if rule.below is not None else f"{rule.count}>{rule.above}"


class Moved(NamedTuple):
    """Where work is put, as the scripts want it: until how long after its entry the first ring lasts, and
    what comes after that."""

    queue: str
    class_id: str
    until_s: str
    plan: str


NOT_MOVED = Moved("", "", "", "")


def moved(stages: Sequence[Stage]) -> Moved:
    first, *later = stages
    return Moved(first.work_class.queue, first.work_class.id, _text(first.until_s), plan_of(later))


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
