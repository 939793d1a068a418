"""All that can be told of one inquiry: why it is where it is, its steps, and at each moment why who was
asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from services.agents.classes import from_json
from services.agents.explain import Asked, Candidate, candidates
from services.agents.moments import Asking, Known, Moment, askings, judge
from services.agents.recorded import Recorded, spans_of
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rings import WorkClass, plain_class
from services.agents.rules import Rules
from services.agents.there import There, told_within_ms
from services.agents.work import TELL_EVERY_MS, Work
from services.runtime.clock import Clock, millis
from warmline.events.work import Assignment

MOMENTS_MAX = 100
"""The newest moments that are judged; each may need another hour of the desk."""

OVER = ("completed", "abandoned")


@dataclass(frozen=True, slots=True)
class Explanation:
    """`why` is the rule that chose the queue, when the inquiry came. `candidates` are as of `at_ms`, by the
    configuration of now, and none where the work is over; `moments` are each as of its own time. `left_out`
    are earlier moments that were not judged."""

    at_ms: int
    work: Work
    needs: str
    why: str
    reason: str
    config_version: str
    candidates: tuple[Candidate, ...]
    steps: tuple[tuple[int, Assignment], ...] = ()
    moments: tuple[Moment, ...] = ()
    left_out: int = 0


def work_after(steps: Iterable[Assignment]) -> Work:
    """What has become of work by its last step; for what Redis has forgotten. There is at least one step."""
    *_, last = steps
    return Work(
        inquiry_id=last.inquiry_id,
        conversation_id=last.conversation_id,
        state="abandoned" if last.step == "abandoned" else "completed",
        queue=last.queue,
        work_class=last.work_class or "",
        topic=last.topic,
        language=last.language,
        priority_min=last.priority_min,
        arrival_ms=0,
        epoch=last.epoch,
        seq=last.seq,
        members=last.members,
    )


@dataclass(frozen=True)
class Explaining:
    """The past is read by one asker at a time: it may be a lot."""

    records: Records
    rules: Rules
    recorded: Recorded
    clock: Clock
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def explained(self, inquiry_id: str, *, past: bool = True) -> Explanation:
        """Raises NotFoundError where no human work is known for it, UnavailableError where the past is asked
        for and Kafka does not answer. Work that Redis has forgotten is looked for among all steps."""
        work = await self.records.work(inquiry_id)
        if work is None and not past:
            raise refuse("no_inquiry")
        steps, moments, left_out = await self._past(inquiry_id, work) if past else ((), (), 0)
        work = work or work_after(step for _, step in steps)
        classes = await self._classes([work.work_class])
        written = classes.get(work.work_class, WorkClass(work.queue, work.language))
        wanted = self.rules.served_as(written)
        (details,) = await self.records.details([work.inquiry_id]) or (None,)
        return Explanation(
            at_ms=millis(self.clock()),
            work=work,
            needs=wanted.needs,
            why="" if details is None else details.why,
            reason="" if details is None else details.reason,
            config_version=self.rules.configuration.version,
            candidates=() if work.state in OVER else tuple(await self._now(work, wanted)),
            steps=steps,
            moments=moments,
            left_out=left_out,
        )

    async def _past(
        self, inquiry_id: str, work: Work | None
    ) -> tuple[tuple[tuple[int, Assignment], ...], tuple[Moment, ...], int]:
        """The steps, the newest moments judged, and how many earlier ones were not."""
        async with self._one:
            if work is None:
                steps = tuple(await self.recorded.steps_of(inquiry_id))
                if not steps:
                    raise refuse("no_inquiry")
            else:
                own = self.recorded.steps_of(work.inquiry_id, work.arrival_ms, work.seq)
                steps = tuple(await own)
            asked = list(askings(steps))
            left_out = max(0, len(asked) - MOMENTS_MAX)
            return steps, tuple(await self._judged(asked[left_out:])), left_out

    async def _now(self, work: Work, wanted: WorkClass) -> list[Candidate]:
        asked = Asked(work.inquiry_id, wanted, work.state, work.agent_id, work.direct)
        people: dict[str, There] = {
            each.agent_id: each for each in await self.records.everybody_there()
        }
        return candidates(asked, people, self.rules, millis(self.clock()))

    async def _judged(self, asked: list[Asking]) -> list[Moment]:
        known = await self._known(step for _, step, _ in asked)
        versions = {step.config_version or "" for _, step, _ in asked}
        counted = [its for version, its in known.rules.items() if version in versions]
        before_ms = max(
            (told_within_ms(each.configuration) for each in counted), default=TELL_EVERY_MS
        )
        found: list[Moment] = []
        for span, numbers in spans_of([at_ms for at_ms, _, _ in asked], before_ms):
            told = await self.recorded.around(span)
            some = [asked[number] for number in numbers]
            # In a thread, so that others are served meanwhile.
            found += await asyncio.to_thread(judge, some, told, known)
        return found

    async def _known(self, steps: Iterable[Assignment]) -> Known:
        # Named once: what the desk uses may change while this is read.
        now = self.rules.configuration
        configurations = {**await self.recorded.configurations(), now.version: now}
        rules = {version: Rules(each) for version, each in configurations.items()}
        reach = await self.recorded.people_reach()
        return Known(
            rules=rules,
            classes=await self._classes(step.work_class or "" for step in steps),
            people_from_ms=reach.oldest_ms,
            people_whole=reach.whole,
        )

    async def _classes(self, class_ids: Iterable[str]) -> dict[str, WorkClass]:
        """What is asked for, by the class's id; of those that are not known any more, nothing."""
        found: dict[str, WorkClass] = {}
        for class_id in dict.fromkeys(class_ids):
            definition = await self.records.class_definition(class_id)
            work = from_json(definition) if definition else plain_class(class_id)
            if work is not None:
                found[class_id] = work
        return found
