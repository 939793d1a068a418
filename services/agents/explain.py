"""Why an inquiry is where it is, and why each person has it or not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.agents.config import Person
from services.agents.rules import ANY_LANGUAGE, Rules, WorkClass, priority_of, takes
from services.agents.work import SignedIn, Work


@dataclass(frozen=True, slots=True)
class Candidate:
    """`has_it`: it is offered to them or in their hands. `could`: nothing stands against them right now.
    `why` has every reason, not only the first."""

    agent_id: str
    has_it: bool
    could: bool
    why: tuple[str, ...]


def candidates(
    work: Work,
    wanted: WorkClass,
    people: Mapping[str, SignedIn],
    avoided: Mapping[str, int],
    rules: Rules,
    now_ms: int,
    channels: Mapping[str, str],
) -> list[Candidate]:
    """Everybody of the configuration and everybody who is signed in; who has it first, then who could, then
    by name. `people` are signed in; `avoided` says until when (milliseconds) it is not offered to whom
    again; `channels` are those of the work that they hold, '' where the desk does not tell them apart."""
    known = rules.configuration.people

    def avoid_ms(agent_id: str) -> int:
        return max(0, avoided.get(agent_id, 0) - now_ms)

    found = [
        _candidate(
            work,
            wanted,
            known.get(agent_id),
            people.get(agent_id),
            agent_id,
            avoid_ms(agent_id),
            _hands(agent_id, work, wanted, people.get(agent_id), channels, rules),
            rules,
        )
        for agent_id in {**known, **people}
    ]
    return sorted(found, key=lambda each: (not each.has_it, not each.could, each.agent_id))


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


def _hands(
    agent_id: str,
    work: Work,
    wanted: WorkClass,
    there: SignedIn | None,
    channels: Mapping[str, str],
    rules: Rules,
) -> _Hands:
    if there is None:
        return _Hands(rules.units(wanted))
    desk = {str(name): its for name, its in rules.configuration.desk.channels.items()}
    over = desk[wanted.channel].interrupts if wanted.channel in desk else ()
    active = [
        channels.get(inquiry_id, "")
        for inquiry_id, state in there.held.items()
        if state != "paused" and inquiry_id != work.inquiry_id
    ]
    units = {channel: rules.units(WorkClass("", channel=channel)) for channel in active}
    person = rules.configuration.people.get(agent_id)
    limits = {} if person is None else {str(name): most for name, most in person.limits.items()}
    return _Hands(
        needed=rules.units(wanted),
        used=sum(units[channel] for channel in active if channel not in over),
        interrupted={
            channel: active.count(channel) * units[channel] for channel in units if channel in over
        },
        same=active.count(wanted.channel),
        most=limits.get(wanted.channel),
    )


def _candidate(
    work: Work,
    wanted: WorkClass,
    person: Person | None,
    there: SignedIn | None,
    agent_id: str,
    avoid_ms: int,
    hands: _Hands,
    rules: Rules,
) -> Candidate:
    capacity = 0 if there is None else there.capacity
    interrupts = tuple(hands.interrupts(capacity, wanted.channel))
    if work.agent_id == agent_id:
        return Candidate(agent_id, True, False, (f"has it: {work.state}", *interrupts))
    against = [
        *_never(work, wanted, person, agent_id, rules),
        *_not_now(there, avoid_ms),
        *(() if there is None else hands.against(capacity, wanted.channel)),
    ]
    could = not against and work.state == "waiting"
    return Candidate(agent_id, False, could, tuple(against) or (*_for(work), *interrupts))


def _for(work: Work) -> tuple[str, ...]:
    if work.state == "waiting":
        return ("could take it",)
    return (f"could take it, but it is {work.state}",)


def _never(
    work: Work, wanted: WorkClass, person: Person | None, agent_id: str, rules: Rules
) -> Iterator[str]:
    """What the configuration says against them, as `rules.can_serve` does."""
    if work.direct is not None:
        if work.direct != agent_id:
            yield f"it waits for {work.direct} alone"
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


def _not_now(there: SignedIn | None, avoid_ms: int) -> Iterator[str]:
    if there is None:
        yield "not signed in"
        return
    if there.silent:
        yield "no heartbeat"
    if there.presence != "available":
        yield f"{there.presence}: {there.reason}" if there.reason else there.presence
    if there.drained:
        yield "gets no more offers: a supervisor's order"
    if avoid_ms:
        yield f"declined it or let it lapse: not asked again for {(avoid_ms + 999) // 1000} s"
