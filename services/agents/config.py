"""The desk's configuration as data: queues, the filters that choose one, and the people.

`desk.yaml` and `people.yaml` are read by `config_file`; what they mean is in `rules`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from warmline.events.base import Language, Name, Part, Probability
from warmline.events.decision import RiskTier
from warmline.events.inquiry import Channel

QueueId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""Short and plain: it is part of the names under which work waits."""

AgentId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
Level = Annotated[int, Field(ge=1, le=5)]
Skills = dict[Name, Level]


class ServiceLevel(Part):
    """`share` of the inquiries is accepted `within_s` seconds."""

    share: Probability
    within_s: int = Field(ge=1)


class Queue(Part):
    """`max_waiting` is a bound: what comes on top goes to the default queue, which has none.
    `wrap_up_s` is the time for notes after a completed inquiry; it holds the slot. 0: none."""

    id: QueueId
    title: Name
    service_level: ServiceLevel
    max_waiting: int = Field(default=100_000, ge=1)
    wrap_up_s: int = Field(default=0, ge=0, le=3600)


class When(Part):
    """Every list that is given must contain the inquiry's value; an empty `when` matches all."""

    topics: tuple[Name, ...] | None = Field(default=None, min_length=1)
    risk_tiers: tuple[RiskTier, ...] | None = Field(default=None, min_length=1)
    languages: tuple[Language, ...] | None = Field(default=None, min_length=1)
    channels: tuple[Channel, ...] | None = Field(default=None, min_length=1)


class Target(Part):
    """Where an inquiry goes: a queue, the least skills, and minutes that it counts as having
    waited."""

    queue: QueueId
    skills: Skills = Field(default_factory=dict)
    priority_min: int = Field(default=0, ge=0, le=100_000)


class Filter(Target):
    """The first filter whose `when` matches decides."""

    name: Name
    when: When


class PresenceRules(Part):
    """A person without a heartbeat for `heartbeat_s` gets no offers; after `grace_s` more, what
    they hold is offered to others. `lapses_until_away` offers left to lapse in a row set them
    away."""

    heartbeat_s: int = Field(default=30, ge=1, le=3600)
    grace_s: int = Field(default=30, ge=0, le=3600)
    lapses_until_away: int = Field(default=2, ge=1, le=100)


class Desk(Part):
    """`desk.yaml`. `default` is compulsory: an inquiry that no filter matches is never lost.

    An inquiry is not offered again for `reoffer_after_s` to a person who declined it or let it
    lapse. Work that was transferred to a person waits for them for `direct_s`, then for everybody.
    """

    version: Literal[1]
    desk: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    offer_timeout_s: int = Field(ge=1, le=3600)
    reoffer_after_s: int = Field(default=30, ge=1, le=3600)
    direct_s: int = Field(default=120, ge=1, le=86_400)
    presence: PresenceRules = PresenceRules()
    queues: tuple[Queue, ...] = Field(min_length=1)
    filters: tuple[Filter, ...] = ()
    default: Target

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _refuse_repeated("queues", (queue.id for queue in self.queues))
        _refuse_repeated("filters", (each.name for each in self.filters))
        return self


class Person(Part):
    """Somebody who answers. `languages` and `skills` have levels 1 to 5; `capacity` counts
    conversations."""

    id: AgentId
    name: Name
    languages: dict[Language, Level] = Field(min_length=1)
    skills: Skills = Field(default_factory=dict)
    queues: tuple[QueueId, ...] = Field(min_length=1)
    capacity: int = Field(ge=1, le=100)


class People(Part):
    """`people.yaml`."""

    version: Literal[1]
    people: tuple[Person, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        _refuse_repeated("people", (person.id for person in self.people))
        return self


@dataclass(frozen=True)
class Configuration:
    """Both files together. `version` is a hash of their content and stands on every event."""

    desk: Desk
    queues: Mapping[str, Queue]
    people: Mapping[str, Person]
    version: str

    @classmethod
    def of(cls, desk: Desk, people: People) -> Self:
        content = desk.model_dump_json() + people.model_dump_json()
        return cls(
            desk=desk,
            queues={queue.id: queue for queue in desk.queues},
            people={person.id: person for person in people.people},
            version=hashlib.sha256(content.encode()).hexdigest()[:12],
        )


def dangling(desk: Desk, people: People) -> list[tuple[Part, tuple[str | int, ...], str]]:
    """References that lead nowhere, as (file's model, path inside it, what is wrong)."""
    known = {queue.id for queue in desk.queues}
    targets: list[tuple[Part, tuple[str | int, ...], str]] = [
        (desk, ("filters", index, "queue"), each.queue) for index, each in enumerate(desk.filters)
    ]
    targets.append((desk, ("default", "queue"), desk.default.queue))
    targets.extend(
        (people, ("people", index, "queues", position), queue)
        for index, person in enumerate(people.people)
        for position, queue in enumerate(person.queues)
    )
    faults = [
        (file, path, f"no queue {queue!r}: the desk has {', '.join(sorted(known))}")
        for file, path, queue in targets
        if queue not in known
    ]
    if not any(desk.default.queue in person.queues for person in people.people):
        faults.append(
            (desk, ("default", "queue"), "nobody in people.yaml works in the default queue")
        )
    return faults


def _refuse_repeated(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what}: {name!r} stands there twice")
        seen.add(name)
