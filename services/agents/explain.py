"""Why an inquiry is where it is, and why each person has it or not: now, or at an earlier moment. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.agents.config import Person
from services.agents.rules import ANY_LANGUAGE, Rules, WorkClass, priority_of, takes
from services.agents.there import There


@dataclass(frozen=True, slots=True)
class Asked:
    """A piece of work that people are judged for: `wanted` is what it asks for, `agent_id` who has it,
    `direct` the one person that it waits for."""

    inquiry_id: str
    wanted: WorkClass
    state: str
    agent_id: str | None = None
    direct: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """`has_it`: it is offered to them or in their hands. `could`: nothing stands against them at that moment.
    `why` has every reason, not only the first."""

    agent_id: str
    has_it: bool
    could: bool
    why: tuple[str, ...]


def candidates(
    asked: Asked, people: Mapping[str, There], rules: Rules, now_ms: int
) -> list[Candidate]:
    """Everybody of the configuration and everybody who is signed in (`people`); who has it first, then who
    could, then by name."""
    known = rules.configuration.people
    found = [
        _candidate(asked, known.get(agent_id), people.get(agent_id), agent_id, rules, now_ms)
        for agent_id in {**known, **people}
    ]
    return in_order(found)


def in_order(found: list[Candidate]) -> list[Candidate]:
    return sorted(found, key=lambda each: (not each.has_it, not each.could, each.agent_id))


Rank = tuple[int | str, ...]


def rank(asked: Asked, there: There, rules: Rules) -> tuple[Rank, str]:
    """Their place in the order among people who could take it, lowest first; and the same for people, with
    the turn in which they take such work where it is not the first."""
    rank, in_words = _rank(asked, there, rules)
    known = there.agent_id in rules.configuration.people and asked.direct is None
    turn = rules.priority(there.agent_id, asked.wanted) if known else 1
    return rank, in_words if turn == 1 else f"{in_words}, takes such work in turn {turn}"


def _rank(asked: Asked, there: There, rules: Rules) -> tuple[Rank, str]:
    used = _hands(there, Asked("", WorkClass(""), "waiting"), rules).used
    idle = f"idle since {_clock(there.idle_ms)}"
    match "longest_idle" if asked.direct else asked.wanted.order:
        case "longest_idle":
            return (there.idle_ms, there.agent_id), idle
        case "most_spare":
            spare = there.capacity - used
            return (-spare, there.idle_ms, there.agent_id), f"{spare} units free, {idle}"
        case "least_active":
            return (used, there.idle_ms, there.agent_id), f"{used} units in use, {idle}"
        case "round_robin":
            last = (
                f"had offer number {there.turn} of the desk last" if there.turn else "had no offer"
            )
            return (there.turn, there.agent_id), last


def _clock(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class _Hands:
    """What a person holds beside this work, in units, as work of its channel sees it: `interrupted` are
    those that do not count against it, by channel. `same` are conversations of that channel."""

    needed: int
    used: int = 0
    interrupted: Mapping[str, int] = field(default_factory=dict)
    same: int = 0
    most: int | None = None

    def against(self, capacity: int, channel: str) -> Iterator[str]:
        if self.used + self.needed > capacity:
            yield f"full: {self.used} of {capacity}"
        if self.most is not None and self.same >= self.most:
            yield f"has {self.same} of {channel or 'this channel'} already, the most for them"

    def interrupts(self, capacity: int, channel: str) -> Iterator[str]:
        """Only where it makes the difference."""
        over = sum(self.interrupted.values())
        if over and self.used + over + self.needed > capacity:
            names = ", ".join(sorted(self.interrupted))
            yield f"{channel} interrupts {names}: {over} of {capacity} do not count"


def _hands(there: There, asked: Asked, rules: Rules) -> _Hands:
    wanted = asked.wanted
    desk = {str(name): its for name, its in rules.configuration.desk.channels.items()}
    over = desk[wanted.channel].interrupts if wanted.channel in desk else ()
    active = [
        channel
        for inquiry_id, (state, channel) in there.held.items()
        if state != "paused" and inquiry_id != asked.inquiry_id
    ]
    units = {channel: rules.units(WorkClass("", channel=channel)) for channel in active}
    person = rules.configuration.people.get(there.agent_id)
    limits = {} if person is None else {str(name): most for name, most in person.limits.items()}
    return _Hands(
        needed=rules.units(wanted),
        used=sum(units[channel] for channel in active if channel not in over),
        interrupted={
            channel: active.count(channel) * units[channel] for channel in units if channel in over
        },
        same=active.count(wanted.channel),
        most=limits.get(wanted.channel) if rules.channel(wanted.channel) else None,
    )


def _candidate(
    asked: Asked,
    person: Person | None,
    there: There | None,
    agent_id: str,
    rules: Rules,
    now_ms: int,
) -> Candidate:
    hands = None if there is None else _hands(there, asked, rules)
    capacity, channel = (0 if there is None else there.capacity), asked.wanted.channel
    interrupts = () if hands is None else tuple(hands.interrupts(capacity, channel))
    if asked.agent_id == agent_id:
        return Candidate(agent_id, True, False, (f"has it: {asked.state}", *interrupts))
    against = [
        *_never(asked, person, agent_id, rules),
        *_not_now(there, asked.inquiry_id, rules, now_ms),
        *(() if hands is None else hands.against(capacity, channel)),
    ]
    could = not against and asked.state == "waiting"
    return Candidate(agent_id, False, could, tuple(against) or (*_for(asked), *interrupts))


def _for(asked: Asked) -> tuple[str, ...]:
    if asked.state == "waiting":
        return ("could take it",)
    return (f"could take it, but it is {asked.state}",)


def _never(asked: Asked, person: Person | None, agent_id: str, rules: Rules) -> Iterator[str]:
    """What the configuration says against them, as `rules.can_serve` does."""
    wanted = asked.wanted
    if asked.direct is not None:
        if asked.direct != agent_id:
            yield f"it waits for {asked.direct} alone"
        return
    if person is None:
        yield "not in people.yaml"
        return
    if priority_of(person, wanted) is None:
        queues = ", ".join((wanted.queue, *wanted.joined))
        later = any(each.queue in (wanted.queue, *wanted.joined) for each in person.queues)
        yield f"sees work of {queues} only later" if later else f"does not work for {queues}"
    level = person.languages.get(wanted.language, 0)
    if wanted.language != ANY_LANGUAGE and level < wanted.language_level:
        yield f"language {wanted.language}: has {level or 'none'}, needs {wanted.language_level}"
    for skill, needed in wanted.skills:
        if person.skills.get(skill, 0) < needed:
            yield f"skill {skill}: has {person.skills.get(skill) or 'none'}, needs {needed}"
    if wanted.any_of and not any(
        all(person.skills.get(skill, 0) >= needed for skill, needed in levels)
        for levels in wanted.any_of
    ):
        yield "has none of the alternative skills"
    if not takes(person, wanted.channel, rules.units(wanted)):
        yield f"takes no {wanted.channel or 'work of this size'}"


def _not_now(there: There | None, inquiry_id: str, rules: Rules, now_ms: int) -> Iterator[str]:
    if there is None:
        yield "not signed in"
        return
    if there.silent:
        yield "no heartbeat"
    if there.presence != "available":
        yield f"{there.presence}: {there.reason}" if there.reason else there.presence
    if there.drained:
        yield "gets no more offers: a supervisor's order"
    avoid_ms = there.avoids.get(inquiry_id, 0) - now_ms
    if avoid_ms > 0:
        yield f"has just had it: not asked again for {(avoid_ms + 999) // 1000} s"
    limit = rules.configuration.desk.offer_limit
    if limit is not None and len(there.recent) >= limit.offers:
        next_ms = there.recent[-limit.offers] + limit.within_s * 1000
        if next_ms > now_ms:
            yield f"has had {limit.offers} offers within {limit.within_s} s, the most for anybody"
