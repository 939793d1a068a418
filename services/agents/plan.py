"""The rings to come as text: `plan` of a work record, see `lua/shared/desk.lua`."""

from __future__ import annotations

from collections.abc import Iterable

from services.agents.rings import Stage


def plan_of(stages: Iterable[Stage]) -> str:
    return "".join("".join(f"{part}\x1d" for part in _ring(stage)) + "\x1e" for stage in stages)


def _ring(stage: Stage) -> tuple[object, ...]:
    work = stage.work_class
    priority_min = "" if stage.is_overflow else stage.priority_min
    return (
        _text(stage.until_s),
        work.queue,
        work.id,
        priority_min,
        skip_of(stage),
        stage.name,
        _text(stage.promise_ms),
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


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
