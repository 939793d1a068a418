"""Why an inquiry is where it is, and why each person has it or not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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
) -> list[Candidate]:
    """Everybody of the configuration and everybody who is signed in; who has it first, then who could, then
    by name. `people` are signed in; `avoided` says until when (milliseconds) it is not offered to whom
    again. What one channel may interrupt is not looked at: then somebody full may get it all the same."""
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
            rules,
        )
        for agent_id in {**known, **people}
    ]
    return sorted(found, key=lambda each: (not each.has_it, not each.could, each.agent_id))


def _candidate(
    work: Work,
    wanted: WorkClass,
    person: Person | None,
    there: SignedIn | None,
    agent_id: str,
    avoid_ms: int,
    rules: Rules,
) -> Candidate:
    has_it = work.agent_id == agent_id
    if has_it:
        return Candidate(agent_id, True, False, (f"has it: {work.state}",))
    against = [
        *_never(work, wanted, person, agent_id, rules),
        *_not_now(there, avoid_ms, rules.units(wanted)),
    ]
    could = not against and work.state == "waiting"
    return Candidate(agent_id, False, could, tuple(against) or _for(work))


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


def _not_now(there: SignedIn | None, avoid_ms: int, units: int) -> Iterator[str]:
    if there is None:
        yield "not signed in"
        return
    if there.silent:
        yield "no heartbeat"
    if there.presence != "available":
        yield f"{there.presence}: {there.reason}" if there.reason else there.presence
    if there.drained:
        yield "gets no more offers: a supervisor's order"
    active = sum(state != "paused" for state in there.held.values())
    if active + units > there.capacity:
        yield f"full: {active} of {there.capacity}"
    if avoid_ms:
        yield f"declined it or let it lapse: not asked again for {(avoid_ms + 999) // 1000} s"
