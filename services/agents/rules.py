"""Which queue an inquiry goes to, in what order, and who may take it. Pure: no I/O, no clock.

Order: score = arrival - priority minutes, lowest first. Priority counts as minutes already waited,
so everything rises with age and nothing starves (Genesys Cloud: score = minutes waited + priority).
Queue: ordered filters, the first match wins, the default is compulsory (Twilio TaskRouter).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.agents.config import Configuration, Filter, Person, Target, When
from warmline.events.decision import Decision

ANY_LANGUAGE = "und"
MINUTE_MS = 60_000


@dataclass(frozen=True)
class WorkClass:
    """All work that the same people can serve: queue, language, the least level of each skill."""

    queue: str
    language: str = ANY_LANGUAGE
    skills: tuple[tuple[str, int], ...] = ()

    @cached_property
    def id(self) -> str:
        """Plain and short: `queue.language`, and a digest of the skills where there are any."""
        if not self.skills:
            return f"{self.queue}.{self.language}"
        digest = hashlib.blake2b(repr(self.skills).encode(), digest_size=5).hexdigest()
        return f"{self.queue}.{self.language}.{digest}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an inquiry goes and why: `rule` is the filter's name, `relaxed` what nobody here can
    meet."""

    work_class: WorkClass
    priority_min: int
    rule: str
    relaxed: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """For people; no customer text in it."""
        skills = ", ".join(f"{skill} {level}+" for skill, level in self.work_class.skills)
        needs = f"language {self.work_class.language}" + (f", {skills}" if skills else "")
        given_up = f"; given up: {'; '.join(self.relaxed)}" if self.relaxed else ""
        return (
            f"rule {self.rule}: queue {self.work_class.queue}, {needs}, "
            f"{self.priority_min} min ahead{given_up}"
        )


def score_ms(arrival_ms: int, priority_min: int) -> int:
    return max(0, arrival_ms - priority_min * MINUTE_MS)


def can_serve(person: Person, work: WorkClass) -> bool:
    """Whoever lists a language answers in it; skills need their level."""
    return (
        work.queue in person.queues
        and (work.language == ANY_LANGUAGE or work.language in person.languages)
        and all(person.skills.get(skill, 0) >= level for skill, level in work.skills)
    )


class Rules:
    """The configuration, as questions. Answers about a class are remembered: there are few."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.wrap_up_ms: Mapping[str, int] = {
            queue.id: queue.wrap_up_s * 1000
            for queue in configuration.desk.queues
            if queue.wrap_up_s
        }
        self._servers: dict[WorkClass, frozenset[str]] = {}

    def servers(self, work: WorkClass) -> frozenset[str]:
        """Ids of all people, signed in or not, who can serve a class. Work of a queue that the
        configuration no longer has is for those of the default queue."""
        if work not in self._servers:
            known = work.queue in self.configuration.queues
            wanted = work if known else WorkClass(self.configuration.desk.default.queue)
            self._servers[work] = frozenset(
                person.id
                for person in self.configuration.people.values()
                if can_serve(person, wanted)
            )
        return self._servers[work]

    def choose(self, decision: Decision) -> Choice:
        """The queue and class for a decision; always one that somebody of this desk can serve."""
        target = self._target(decision)
        skills = dict(target.skills)
        for skill, level in decision.skills.items():
            skills[skill] = max(level, skills.get(skill, 0))
        work, relaxed = self.reachable(
            WorkClass(target.queue, decision.language, tuple(sorted(skills.items())))
        )
        return Choice(
            work_class=work,
            priority_min=max(target.priority_min, decision.priority_min),
            rule=target.name if isinstance(target, Filter) else "default",
            relaxed=relaxed,
        )

    def _target(self, decision: Decision) -> Target:
        desk = self.configuration.desk
        return next((each for each in desk.filters if matches(each.when, decision)), desk.default)

    def reachable(self, wanted: WorkClass) -> tuple[WorkClass, tuple[str, ...]]:
        """`wanted`, or the nearest class that somebody of this desk can serve, and what it gives
        up: nobody waits in a queue that no one can ever empty."""
        return next(
            (work, given_up) for work, given_up in self._wider(wanted) if self.servers(work)
        )

    def _wider(self, work: WorkClass) -> Iterator[tuple[WorkClass, tuple[str, ...]]]:
        """Language first: a message can be translated, a missing skill cannot be made up for."""
        no_language = f"nobody who can take it speaks {work.language}"
        no_skill = "nobody in this queue has the skills"
        default = self.configuration.desk.default.queue
        yield work, ()
        yield WorkClass(work.queue, ANY_LANGUAGE, work.skills), (no_language,)
        yield WorkClass(work.queue, work.language), (no_skill,)
        yield WorkClass(work.queue), (no_skill, no_language)
        nobody = f"nobody works in {work.queue}"
        yield WorkClass(default, work.language), (nobody,)
        yield WorkClass(default), (nobody, no_language)

    def overflow(self, choice: Choice) -> WorkClass:
        """Where it goes when the queue is full: the default queue, which has no bound."""
        default = self.configuration.desk.default.queue
        return self.reachable(WorkClass(default, choice.work_class.language))[0]

    def bound(self, queue_id: str) -> int:
        """How many may wait in a queue; 0 for no bound."""
        queue = self.configuration.queues.get(queue_id)
        if queue is None or queue_id == self.configuration.desk.default.queue:
            return 0
        return queue.max_waiting


def matches(when: When, decision: Decision) -> bool:
    return (
        (when.topics is None or decision.topic in when.topics)
        and (when.risk_tiers is None or decision.risk_tier in when.risk_tiers)
        and (when.languages is None or decision.language in when.languages)
        and (when.channels is None or decision.inquiry.channel in when.channels)
    )
