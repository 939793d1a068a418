"""What no field can see by itself: references that lead nowhere, and times that do not fit.

`faults_of` are errors; `remarks_on` is what probably was not meant, for `warmline config check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from services.agents.config import CALLBACK, WAIT, Configuration, Desk, People, Person
from services.agents.rings import compile_rings
from services.agents.roster import Roster
from services.agents.rules import Rules, takes
from services.agents.targets import Ring, Target
from warmline.events.base import Part

Path = tuple[str | int, ...]
Fault = tuple[Part, Path, str]
"""The file's model, the path inside it, and what is wrong."""


def faults_of(desk: Desk, people: People) -> list[Fault]:
    known = {queue.id for queue in desk.queues}
    faults: list[Fault] = [
        (file, path, f"no queue {queue!r}: the desk has {', '.join(sorted(known))}")
        for file, path, queue in _queues_named(desk, people)
        if queue not in known
    ]
    for path, target in _targets(desk):
        faults += [(desk, place, what) for place, what in _wrong_in(path, target, desk)]
    faults += [(desk, path, what) for path, what in _wrong_in_queues(desk, known)]
    if 0 < desk.returning_s <= desk.offer_timeout_s:
        faults.append((desk, ("returning_for_s",), _too_short(desk.returning_s, desk)))
    default = [each for each in people.people if desk.default.queue in _queues_of(each)]
    if not default:
        what = "nobody in people.yaml works in the default queue"
        faults.append((desk, ("default", "queue"), what))
    for index, person in enumerate(people.people):
        faults += [(people, ("people", index, *path), what) for path, what in _queues_twice(person)]
        for channel in sorted(set(person.limits) - set(desk.channels)):
            what = f"the desk does not tell {channel} apart: write `{channel}: {{}}` under its channels"
            faults.append((people, ("people", index, "limits", channel), what))
    for channel, its in desk.channels.items():
        if default and not any(takes(person, channel, its.units) for person in default):
            what = "nobody who works in the default queue has the capacity for one of these"
            faults.append((desk, ("channels", channel), what))
        if channel in its.interrupts:
            what = "a channel cannot interrupt itself: give it fewer units instead"
            faults.append((desk, ("channels", channel, "interrupts"), what))
    return faults


def faults_of_roster(roster: Roster, people: People) -> list[tuple[Path, str]]:
    known = {person.id for person in people.people}
    named: list[tuple[Path, str]] = [(("weeks", who), who) for who in roster.weeks]
    named += [(("days", index, "who"), each.who) for index, each in enumerate(roster.days)]
    return [(path, f"no {who!r} in people.yaml") for path, who in named if who not in known]


Remark = tuple[Literal["desk", "people"], Path, str]
"""Which file, the path inside it, and what stands out there."""


def remarks_on(configuration: Configuration) -> list[Remark]:
    rules = Rules(configuration)
    remarks: list[Remark] = list(_settings_without_effect(configuration))
    for path, target in _targets(configuration.desk):
        for number, (wanted, _) in enumerate(compile_rings(target, "und", {})):
            if not rules.able(wanted):
                place = path if number == 0 else (*path, "then", number - 1)
                what = f"nobody in people.yaml can serve this in {wanted.queue}"
                remarks.append(("desk", place, what))
    return [*remarks, *_notices_not_translated(configuration)]


def _notices_not_translated(configuration: Configuration) -> Iterator[Remark]:
    spoken = {each for person in configuration.people.values() for each in person.languages}
    for kind, texts in configuration.desk.callbacks.notices.items():
        missing = ", ".join(sorted(spoken - texts.keys()))
        if missing:
            what = f"missing in {missing}: customers read it in {next(iter(texts))}"
            yield "desk", ("callbacks", "notices", kind), what


def _settings_without_effect(configuration: Configuration) -> Iterator[Remark]:
    for index, person in enumerate(configuration.people.values()):
        queues = [configuration.queues[each.queue] for each in person.queues]
        if person.auto_accept and all(each.auto_accept is False for each in queues):
            names = ", ".join(each.id for each in queues)
            what = f"no effect: auto_accept is false in every queue of theirs ({names})"
            yield "people", ("people", index, "auto_accept"), what


def _targets(desk: Desk) -> Iterator[tuple[Path, Target]]:
    for index, each in enumerate(desk.filters):
        yield ("filters", index), each
    yield ("default",), desk.default


def _queues_of(person: Person) -> set[str]:
    return {profile.queue for profile in person.queues}


def _queues_twice(person: Person) -> Iterator[tuple[Path, str]]:
    """Only one of two priorities and delays can count, and everybody would count twice in the measures."""
    seen: set[str] = set()
    for position, profile in enumerate(person.queues):
        if profile.queue in seen:
            yield ("queues", position), f"{profile.queue!r} stands there twice"
        seen.add(profile.queue)


def _queues_named(desk: Desk, people: People) -> Iterator[tuple[Part, Path, str]]:
    for path, target in _targets(desk):
        yield desk, (*path, "queue"), target.queue
        for number, ring in enumerate(target.then):
            if ring.queue is not None:
                yield desk, (*path, "then", number, "queue"), ring.queue
            for position, queue in enumerate(ring.join):
                yield desk, (*path, "then", number, "join", position), queue
    for index, person in enumerate(people.people):
        for position, profile in enumerate(person.queues):
            yield people, ("people", index, "queues", position), profile.queue


def _wrong_in(path: Path, target: Target, desk: Desk) -> Iterator[tuple[Path, str]]:
    for place, step in _steps(path, target):
        if step.for_s is not None and step.for_s <= desk.offer_timeout_s:
            yield (*place, "for_s"), _too_short(step.for_s, desk)
    if target.prefer is not None and target.prefer.for_s <= desk.offer_timeout_s:
        yield (*path, "prefer", "for_s"), _too_short(target.prefer.for_s, desk)
    asked = set(target.skills).union(*target.any_of)
    for number, ring in enumerate(target.then):
        asked |= set(ring.skills or ()).union(*(ring.any_of or ()))
        for key, skills in (("lower", list(ring.lower)), ("relax", list(ring.relax))):
            for skill in sorted(set(skills) - asked):
                yield (*path, "then", number, key), f"{skill!r} is not asked for at this point"


def _wrong_in_queues(desk: Desk, known: set[str]) -> Iterator[tuple[Path, str]]:
    calendars = {calendar.id for calendar in desk.calendars}
    for index, queue in enumerate(desk.queues):
        if queue.id in (CALLBACK, WAIT):
            yield ("queues", index, "id"), f"{queue.id!r} is no name for a queue: overflow uses it"
        if queue.hours is not None and queue.hours not in calendars:
            yield ("queues", index, "hours"), f"no calendar {queue.hours!r}"
        for name in ("closed", "full", "unstaffed", "too_long"):
            to = getattr(queue.overflow, name)
            if (name, to) == ("unstaffed", WAIT):
                continue
            if to is not None and to != CALLBACK and to not in known:
                yield ("queues", index, "overflow", name), f"no queue {to!r}, and not {CALLBACK!r}"
            if to == queue.id and name != "full":
                yield ("queues", index, "overflow", name), "a queue cannot overflow into itself"


def _steps(path: Path, target: Target) -> Iterator[tuple[Path, Target | Ring]]:
    yield path, target
    for number, ring in enumerate(target.then):
        yield (*path, "then", number), ring


def _too_short(for_s: int, desk: Desk) -> str:
    return (
        f"{for_s} s is not longer than an offer stands (offer_timeout_s: {desk.offer_timeout_s}): "
        "a missed offer would already be past this step"
    )
