"""Which queue an inquiry goes to, in what order, and who may take it. Pure: no I/O, no clock.

Order: score = arrival - priority minutes, lowest first. Priority counts as minutes already waited,
so everything rises with age and nothing starves (Genesys Cloud: score = minutes waited + priority).
Queue: ordered filters, the first match wins, the default is compulsory (Twilio TaskRouter).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from services.agents.config import Configuration, Person
from services.agents.rings import (
    ANY_LANGUAGE,
    Levels,
    Stage,
    WorkClass,
    compile_rings,
    split_by_delay,
)
from services.agents.targets import Filter, Prefer, Target, When
from warmline.events.decision import Decision

MINUTE_MS = 60_000
REMEMBERED = 10_000

__all__ = ["ANY_LANGUAGE", "Choice", "Rules", "Stage", "WorkClass", "can_serve", "score_ms"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an inquiry goes and why: `rule` is the filter's name, `relaxed` what nobody here can
    meet. `stages` are all rings, `work_class` and `priority_min` those of the first; `required` are the
    inquiry's own skills, wherever it goes."""

    stages: tuple[Stage, ...]
    rule: str
    prefer: Prefer | None = None
    relaxed: tuple[str, ...] = ()
    required: Levels = ()

    @property
    def work_class(self) -> WorkClass:
        return self.stages[0].work_class

    @property
    def priority_min(self) -> int:
        return self.stages[0].priority_min or 0

    @property
    def why(self) -> str:
        """For people; no customer text in it."""
        given_up = f"; given up: {'; '.join(self.relaxed)}" if self.relaxed else ""
        rings = len({stage.name for stage in self.stages}) - 1
        later = f"; {rings} wider ring{'s' if rings > 1 else ''} to come" if rings else ""
        return (
            f"rule {self.rule}: queue {self.work_class.queue}, {self.work_class.needs}, "
            f"{self.priority_min} min ahead{given_up}{later}"
        )


def score_ms(arrival_ms: int, priority_min: int) -> int:
    return max(0, arrival_ms - priority_min * MINUTE_MS)


def can_serve(person: Person, work: WorkClass) -> bool:
    """Queue, and its delay; language; every skill; one entry of `any_of`."""
    level = person.languages.get(work.language, 0)
    return (
        priority_of(person, work) is not None
        and (work.language == ANY_LANGUAGE or level >= work.language_level)
        and _has(person, work.skills)
        and (not work.any_of or any(_has(person, levels) for levels in work.any_of))
    )


def takes(person: Person, channel: str, units: int) -> bool:
    """Whether a person can ever hold one conversation of a channel."""
    limit = {str(name): most for name, most in person.limits.items()}.get(channel)
    return person.capacity >= units and limit != 0


def _has(person: Person, levels: Levels) -> bool:
    return all(person.skills.get(skill, 0) >= level for skill, level in levels)


def priority_of(person: Person, work: WorkClass) -> int | None:
    """How early a person takes such work, 1 first; None where they do not work for its queues."""
    return min(
        (
            profile.priority
            for profile in person.queues
            if (profile.queue == work.queue or profile.queue in work.joined)
            and (work.waited_s is None or profile.delay_s <= work.waited_s)
        ),
        default=None,
    )


class Rules:
    """The configuration, as questions. Answers about a class are remembered: there are few."""

    def __init__(self, configuration: Configuration) -> None:
        self.adopt(configuration)

    def adopt(self, configuration: Configuration) -> None:
        """From now on this configuration counts: whoever holds these rules need not be told."""
        self.configuration = configuration
        self.wrap_up_ms: Mapping[str, int] = {
            queue.id: queue.wrap_up_s * 1000
            for queue in configuration.desk.queues
            if queue.wrap_up_s
        }
        self._delays = _delays(configuration)
        self._units = {str(name): its.units for name, its in configuration.desk.channels.items()}
        self._able: dict[WorkClass, frozenset[str]] = {}
        self._servers: dict[WorkClass, frozenset[str]] = {}
        self._served_as: dict[WorkClass, WorkClass] = {}
        self._choices: dict[object, Choice] = {}

    def servers(self, work: WorkClass) -> frozenset[str]:
        """Ids of all people, signed in or not, who take work of a class: those of `served_as`."""
        if work not in self._servers:
            self._servers[work] = self.able(self.served_as(work))
        return self._servers[work]

    def able(self, work: WorkClass) -> frozenset[str]:
        """Ids of all people who can serve a class as it is written. Remembered: each inquiry asks, and a
        desk may have thousands of people."""
        if work not in self._able:
            if len(self._able) >= REMEMBERED:
                self._able.clear()
            self._able[work] = frozenset(
                person.id
                for person in self.configuration.people.values()
                if can_serve(person, work) and takes(person, work.channel, self.units(work))
            )
        return self._able[work]

    def served_as(self, work: WorkClass) -> WorkClass:
        """What waits may be of a class that nobody can serve any more, since the configuration has changed:
        then it is the nearest one that somebody can, as for what comes now. Work of a queue that is
        no longer there is for the people of the default queue."""
        if work not in self._served_as:
            known = self._known(work)
            waits_for_others = known.waited_s is not None
            stays = waits_for_others or self.able(known)
            self._served_as[work] = known if stays else self.reachable(known)[0]
        return self._served_as[work]

    def units(self, work: WorkClass) -> int:
        """How much of a person's capacity one conversation of a class takes."""
        return self._units.get(work.channel, 1)

    @property
    def channels(self) -> frozenset[str]:
        """Those that this desk tells apart."""
        return frozenset(self._units)

    def channel(self, channel: str) -> str:
        """The channel where this desk tells it apart, else ''."""
        return channel if channel in self._units else ""

    def priority(self, agent_id: str, work: WorkClass) -> int:
        """In which turn a person takes such work: 1 first."""
        return priority_of(self.configuration.people[agent_id], self.served_as(work)) or 1

    def _known(self, work: WorkClass) -> WorkClass:
        channel = self.channel(work.channel)
        if work.queue in self.configuration.queues:
            return work if channel == work.channel else replace(work, channel=channel)
        return WorkClass(self.configuration.desk.default.queue, channel=channel)

    def choose(self, decision: Decision) -> Choice:
        """The queue and the rings for a decision; the first one that somebody of this desk can
        serve, and so can all after it. Remembered: what counts of a decision has few values."""
        asked = tuple(sorted(decision.skills.items())), decision.priority_min
        kind = (
            decision.topic,
            decision.risk_tier,
            decision.language,
            decision.inquiry.channel,
            asked,
        )
        if kind not in self._choices:
            if len(self._choices) >= REMEMBERED:
                self._choices.clear()
            self._choices[kind] = self._choose(decision)
        return self._choices[kind]

    def _choose(self, decision: Decision) -> Choice:
        target = self._target(decision)
        stages: list[Stage] = []
        relaxed: tuple[str, ...] = ()
        until_s = 0
        rings = compile_rings(target, decision.language, decision.skills)
        priority_min = max(target.priority_min, decision.priority_min)
        channel = self.channel(decision.inquiry.channel)
        for number, (wanted, ring) in enumerate(rings):
            work, given_up = self.reachable(replace(wanted, channel=channel))
            relaxed = given_up if number == 0 else relaxed
            if ring.priority_min is not None:
                priority_min = max(ring.priority_min, decision.priority_min)
            until_s += ring.for_s or 0
            stages.append(
                Stage(
                    work_class=work,
                    priority_min=priority_min,
                    until_s=None if ring.for_s is None else until_s,
                    skip_if=ring.skip_if,
                    name=f"ring {number + 1}",
                )
            )
        return Choice(
            stages=tuple(split_by_delay(stages, self._delays)),
            rule=target.name if isinstance(target, Filter) else "default",
            prefer=target.prefer,
            relaxed=relaxed,
            required=tuple(sorted(decision.skills.items())),
        )

    def moved(self, work: WorkClass, name: str, after_s: int = 0) -> tuple[Stage, ...]:
        """The rings of work that is put into a queue, at the priority that it has: who sees that queue later
        joins in then. It has waited for `after_s` when it comes there."""
        return tuple(split_by_delay([Stage(work, name=name)], self._delays, after_s))

    def _target(self, decision: Decision) -> Target:
        desk = self.configuration.desk
        return next((each for each in desk.filters if matches(each.when, decision)), desk.default)

    def reachable(self, wanted: WorkClass) -> tuple[WorkClass, tuple[str, ...]]:
        """`wanted`, or the nearest class that somebody of this desk can serve, and what it gives
        up: nobody waits in a queue that no one can ever empty."""
        return next(
            (self._ordered(work), given_up)
            for work, given_up in self._wider(wanted)
            if self.able(work)
        )

    def _ordered(self, work: WorkClass) -> WorkClass:
        queue = self.configuration.queues.get(work.queue)
        return work if queue is None else replace(work, order=queue.order)

    def _wider(self, work: WorkClass) -> Iterator[tuple[WorkClass, tuple[str, ...]]]:
        """Language first: a message can be translated, a missing skill cannot be made up for."""
        no_language = f"nobody who can take it speaks {work.language}"
        no_skill = "nobody in this queue has the skills"
        default = self.configuration.desk.default.queue
        any_language = replace(work, language=ANY_LANGUAGE, language_level=1)
        unskilled = replace(work, skills=(), any_of=())
        yield work, ()
        yield any_language, (no_language,)
        yield unskilled, (no_skill,)
        yield replace(any_language, skills=(), any_of=()), (no_skill, no_language)
        nobody = f"nobody works in {work.queue}"
        elsewhere = replace(unskilled, queue=default, joined=())
        yield elsewhere, (nobody,)
        yield replace(elsewhere, language=ANY_LANGUAGE, language_level=1), (nobody, no_language)

    def bound(self, queue_id: str) -> int:
        """How many may wait in a queue; 0 for no bound, which is where a full one would flow into
        itself."""
        queue = self.configuration.queues.get(queue_id)
        default = self.configuration.desk.default.queue
        if queue is None or (queue.overflow.full or default) == queue_id:
            return 0
        return queue.max_waiting


def _delays(configuration: Configuration) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for person in configuration.people.values():
        for profile in person.queues:
            found.setdefault(profile.queue, {0}).add(profile.delay_s)
    return {queue: tuple(sorted(delays)) for queue, delays in found.items() if len(delays) > 1}


def matches(when: When, decision: Decision) -> bool:
    return (
        (when.topics is None or decision.topic in when.topics)
        and (when.risk_tiers is None or decision.risk_tier in when.risk_tiers)
        and (when.languages is None or decision.language in when.languages)
        and (when.channels is None or decision.inquiry.channel in when.channels)
    )
