"""The rings of a target as classes of people, one after the other. Pure.

A ring is wider than the one before (or elsewhere). Its deadline is a time after the entry into the
desk, so nothing that happens to an offer moves it. A person's `delay_s` for a queue is a ring as
well: from then on they belong to those who are asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from services.agents.config import Order
from services.agents.targets import Ring, Skills, SkipIf, Target

ANY_LANGUAGE = "und"
ORDER_LETTERS: Mapping[Order, str] = {
    "longest_idle": "i",
    "most_spare": "s",
    "least_active": "a",
    "round_robin": "r",
}
Levels = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class WorkClass:
    """All work that the same people can serve, in the same order.

    `skills` are all needed, and one entry of `any_of` where there is any; people of `queue` or of a
    `joined` queue take it. `waited_s` shuts out who sees the queue later only (None: nobody).
    `channel` is '' where the desk does not tell channels apart.
    """

    queue: str
    language: str = ANY_LANGUAGE
    skills: Levels = ()
    any_of: tuple[Levels, ...] = ()
    language_level: int = 1
    joined: tuple[str, ...] = ()
    waited_s: int | None = None
    order: Order = "longest_idle"
    channel: str = ""

    @cached_property
    def id(self) -> str:
        """`queue.language.order-channel.digest`, short; digest and channel where there are any.
        The scripts read order and channel from it."""
        plain = f"{self.queue}.{self.language}.{ORDER_LETTERS[self.order]}"
        if self.channel:
            plain += f"-{self.channel}"
        special = (self.skills, self.any_of, self.language_level, self.joined, self.waited_s)
        if special == ((), (), 1, (), None):
            return plain
        digest = hashlib.blake2b(repr(special).encode(), digest_size=5).hexdigest()
        return f"{plain}.{digest}"

    @property
    def needs(self) -> str:
        """For people."""
        parts = [f"language {self.language}"]
        parts += [f"{skill} {level}+" for skill, level in self.skills]
        if self.any_of:
            parts.append(" or ".join(_all_of(levels) for levels in self.any_of))
        if self.joined:
            parts.append(f"also people of {', '.join(self.joined)}")
        return ", ".join(parts)


def channel_of(class_id: str) -> str:
    """The channel in a class's id."""
    return class_id.split(".")[2].partition("-")[2]


def plain_class(class_id: str) -> WorkClass | None:
    """What a class asks for, where its id says it all: a queue and a language."""
    parts = class_id.split(".")
    if len(parts) != 3:
        return None
    queue, language, order_and_channel = parts
    letter, _, channel = order_and_channel.partition("-")
    order = next((order for order, its in ORDER_LETTERS.items() if its == letter), None)
    return None if order is None else WorkClass(queue, language, order=order, channel=channel)


def _all_of(levels: Levels) -> str:
    return " and ".join(f"{skill} {level}+" for skill, level in levels)


@dataclass(frozen=True, slots=True)
class Closing:
    """When a queue closes, and opens again; the same moment where it is closed as the work comes."""

    queue: str
    closes_ms: int
    opens_ms: int


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is asked from the moment that the stage before ends until `until_s` after the entry (None:
    from then on). An overflow begins by the clock instead, whichever stage counts then: `after_s` after the
    entry, or at the `closing` of the queue in which the work waits."""

    work_class: WorkClass
    priority_min: int | None = None
    """None: what the work has already."""
    until_s: int | None = None
    skip_if: SkipIf | None = None
    name: str = ""
    promise_ms: int | None = None
    """Not asked before this moment: a callback is promised instead."""
    timed: bool = False
    """Time alone ends it, no lapsed offer: what comes next is not for those who have not waited so long."""
    after_s: int | None = None
    closing: Closing | None = None
    then: tuple[Stage, ...] = ()
    """Of an overflow: the rings that it leads to, instead of those that were to come."""

    @property
    def classes(self) -> tuple[WorkClass, ...]:
        return (self.work_class, *(stage.work_class for stage in self.then))

    @property
    def is_overflow(self) -> bool:
        return self.after_s is not None or self.closing is not None

    def begins_ms(self, entered_ms: int, queue: str, now_ms: int) -> int | None:
        """Of an overflow, for work in `queue`; None where it does not concern it: a ring, another queue's
        closing, or one after which that queue has opened again."""
        if self.after_s is not None:
            return entered_ms + self.after_s * 1000
        closing = self.closing
        if closing is None or closing.queue != queue or closing.opens_ms <= now_ms:
            return None
        return closing.closes_ms


def classes_of(stages: Iterable[Stage]) -> list[WorkClass]:
    """All in which work with these rings may come to wait."""
    return [each for stage in stages for each in stage.classes]


def compile_rings(
    target: Target, language: str, required: Mapping[str, int]
) -> list[tuple[WorkClass, Ring | Target]]:
    """What each ring asks for. `required` are the inquiry's own skills: no ring gives them up."""
    wanted = _first(target, language, required)
    rings: list[tuple[WorkClass, Ring | Target]] = [(wanted, target)]
    for ring in target.then:
        wanted = _next(wanted, ring, required)
        rings.append((wanted, ring))
    return rings


def _first(target: Target, language: str, required: Mapping[str, int]) -> WorkClass:
    return WorkClass(
        target.queue,
        language,
        _merged(target.skills, required),
        tuple(_levels(each) for each in target.any_of),
        target.language_level if language != ANY_LANGUAGE else 1,
    )


def _next(before: WorkClass, ring: Ring, required: Mapping[str, int]) -> WorkClass:
    skills = dict(before.skills) if ring.skills is None else dict(ring.skills)
    options = [dict(each) for each in before.any_of] if ring.any_of is None else list(ring.any_of)
    eased = [_eased(each, ring) for each in options]
    moved = ring.queue is not None and ring.queue != before.queue
    joined = (*(() if moved else before.joined), *ring.join)
    return replace(
        before,
        queue=ring.queue or before.queue,
        language=ANY_LANGUAGE if ring.any_language else before.language,
        language_level=1 if ring.any_language else before.language_level,
        skills=_merged(_eased(skills, ring), required),
        any_of=tuple(_levels(each) for each in eased) if all(eased) else (),
        joined=tuple(sorted({*joined} - {ring.queue or before.queue})),
    )


def _eased(skills: Skills, ring: Ring) -> Skills:
    return {
        skill: max(1, level - ring.lower.get(skill, 0))
        for skill, level in skills.items()
        if skill not in ring.relax
    }


def _merged(skills: Skills, required: Mapping[str, int]) -> Levels:
    return _levels(
        {
            skill: max(skills.get(skill, 0), required.get(skill, 0))
            for skill in {**skills, **required}
        }
    )


def _levels(skills: Mapping[str, int]) -> Levels:
    return tuple(sorted(skills.items()))


def split_by_delay(
    stages: list[Stage], delays: Mapping[str, tuple[int, ...]], start_s: int = 0
) -> list[Stage]:
    """Cuts each stage where people with a delay join in; the first begins `start_s` after the entry.
    `delays`: queue to the delays of its people, ascending, 0 among them; queues without any delay are
    missing."""
    timed = _timed(stages, start_s)
    return [part for start_s, stage in timed for part in _cut(stage, start_s, delays)]


def _timed(stages: list[Stage], start_s: int) -> Iterator[tuple[int, Stage]]:
    for stage in stages:
        yield start_s, stage
        start_s = stage.until_s or 0


def _cut(stage: Stage, start_s: int, delays: Mapping[str, tuple[int, ...]]) -> Iterator[Stage]:
    queues = (stage.work_class.queue, *stage.work_class.joined)
    moments = sorted({delay for queue in queues for delay in delays.get(queue, ())})
    if not moments:
        yield stage
        return
    inside = [each for each in moments if start_s < each and each < (stage.until_s or 10**9)]
    begin = max((each for each in moments if each <= start_s), default=0)
    for number, moment in enumerate([begin, *inside]):
        last = number == len(inside)
        yield replace(
            stage,
            work_class=replace(stage.work_class, waited_s=moment),
            until_s=stage.until_s if last else inside[number],
            skip_if=stage.skip_if if last else None,
            timed=not last,
            name=stage.name if number == 0 else f"{stage.name}, seen by more after {moment} s",
        )
