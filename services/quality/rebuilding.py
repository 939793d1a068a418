"""Builds the ledger again from Kafka, where Redis has lost it.

Whatever the ledger learns may be learnt twice and in any order, so the topics are simply read once more.
What it has published itself is on the topics, too: an end that is there is closed, and evidence that is there
is told. Nothing is published here, and no process looks at what is due until all is back (`claim_due.lua`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from services.quality import returns, rules
from services.quality.audits import Audit, mark
from services.quality.handlers import Recorder
from services.quality.judging import Told
from services.quality.ledger import CLOSED_TTL_MS
from services.quality.lives import Conversation, Life, asked_of
from services.quality.records import Records
from services.quality.returns import Visits, Window
from services.runtime.clock import Clock, millis
from services.runtime.rereading import read_again
from services.runtime.settings import ServiceSettings
from warmline.events.audit import AuditMark, AuditTask
from warmline.events.decision import Decision
from warmline.events.envelope import Event
from warmline.events.evidence import Evidence, EvidenceKind
from warmline.events.quality import Outcome
from warmline.events.work import Assignment, Handover
from warmline.topics import (
    ASSIGNMENTS,
    AUDIT_MARKS,
    AUDITS,
    DRAFTS,
    ERASURES,
    EVIDENCE,
    FEEDBACK,
    HANDOFFS,
    OUTCOMES,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    Topic,
)

HISTORY_MS = ROUTED_BOT.retention_ms
"""An inquiry that has not ended is remembered for as long as it takes, so all that is kept of it counts."""

_TOLD: dict[EvidenceKind, Told] = {"history": "history", "draft": "draft", "complaint": "ends"}


@dataclass
class Published:
    """What the service has said already, by inquiry."""

    ends: dict[str, Event[Outcome]] = field(default_factory=dict)
    reversed_by: dict[str, str] = field(default_factory=dict)
    told: dict[str, tuple[Told, ...]] = field(default_factory=dict)
    returns_told: set[str] = field(default_factory=set)

    def outcome(self, event: Event[Outcome]) -> None:
        outcome = event.data
        if outcome.revision == 0:
            self.ends.setdefault(outcome.inquiry_id, event)
        elif outcome.reversed_by is not None:
            self.reversed_by[outcome.inquiry_id] = outcome.reversed_by

    def evidence(self, event: Event[Evidence]) -> None:
        piece = event.data
        if piece.inquiry_id is None:
            return
        if piece.kind == "return":
            self.returns_told.add(piece.inquiry_id)
        told, known = _TOLD.get(piece.kind), self.told.get(piece.inquiry_id, ())
        if told is not None and told not in known:
            self.told[piece.inquiry_id] = (*known, told)

    def noted(self, conversation: Conversation) -> Conversation:
        """The record with all that was published of it."""
        lives = {
            inquiry_id: self._noted(inquiry_id, life)
            for inquiry_id, life in conversation.lives.items()
        }
        known = conversation.model_copy(update={"lives": lives})
        return rules.close(known, self.ends.keys() & lives.keys())

    def _noted(self, inquiry_id: str, life: Life) -> Life:
        end = self.ends.get(inquiry_id)
        ended_ms = life.ended_ms if end is None else millis(end.time)
        told = self.told.get(inquiry_id, life.told)
        return life.model_copy(update={"told": told, "ended_ms": ended_ms})


@dataclass(frozen=True)
class Rebuilding:
    """The records are those that nobody guards: they are empty, and must be read all the same."""

    settings: ServiceSettings
    ledger: Records[Conversation]
    visits: Records[Visits]
    audits: Records[Audit]
    window: Window
    clock: Clock

    async def restore(self) -> int:
        """Returns how many conversations are known again. Raises UnavailableError where Kafka does not
        answer."""
        now_ms = millis(self.clock())
        published = await self._published()
        tasks = {event.data.audit_id: event async for event in self._events(AUDITS)}
        erased = {e.data.customer_id: millis(e.time) async for e in self._events(ERASURES)}
        known: set[str] = set()
        confidence: dict[str, float] = {}
        recorder = Recorder(self.ledger, self.visits, self.clock)
        for topic in (ROUTED_BOT, ROUTED_HUMAN, HANDOFFS, REPLIES, ASSIGNMENTS, DRAFTS, FEEDBACK):
            async for events in self._batches(topic):
                fresh = [event for event in events if not _is_over(event, published, now_ms)]
                known |= await recorder.learn(fresh)
                decisions = [event for event in events if isinstance(event.data, Decision)]
                await self._visits(decisions, published, erased, now_ms)
                for event in decisions:
                    if event.data.inquiry.inquiry_id in tasks:
                        confidence[event.data.inquiry.inquiry_id] = event.data.confidence
        await self._in_portions(self.ledger, list(known), lambda _: published.noted)
        await self._audits(tasks, confidence)
        return len(known)

    async def _published(self) -> Published:
        published = Published()
        async for outcome in self._events(OUTCOMES):
            published.outcome(outcome)
        async for evidence in self._events(EVIDENCE):
            published.evidence(evidence)
        return published

    async def _visits(
        self,
        events: Sequence[Event[Decision]],
        published: Published,
        erased: dict[str, int],
        now_ms: int,
    ) -> None:
        changes: dict[str, Callable[[Visits], Visits]] = {}
        for event in events:
            customer_id = event.data.inquiry.customer_id
            if event.data.topic is None or millis(event.time) <= erased.get(customer_id, 0):
                continue
            before = changes.get(customer_id, lambda visits: visits)
            changes[customer_id] = partial(
                self._visited, before=before, event=event, published=published, now_ms=now_ms
            )
        await self.visits.update(changes)

    def _visited(
        self,
        visits: Visits,
        before: Callable[[Visits], Visits],
        event: Event[Decision],
        published: Published,
        now_ms: int,
    ) -> Visits:
        inquiry_id, asked = event.data.inquiry.inquiry_id, asked_of(event.data)
        visits = returns.came(before(visits), inquiry_id, asked, now_ms)
        end = published.ends.get(inquiry_id)
        if end is not None:
            first_ms = end.data.first_answer_ms if end.data.by == "bot" else None
            answered_ms = millis(end.time) if first_ms is None else asked.received_ms + first_ms
            visits = returns.ended(visits, end.data, answered_ms, now_ms)
        return returns.noted(
            visits,
            {each: by for each, by in published.reversed_by.items() if each == inquiry_id},
            frozenset({inquiry_id} & published.returns_told),
            self.window,
            now_ms,
        )

    async def _audits(
        self, tasks: dict[str, Event[AuditTask]], confidence: dict[str, float]
    ) -> None:
        marks: dict[str, list[AuditMark]] = {}
        async for event in self._events(AUDIT_MARKS):
            marks.setdefault(event.data.audit_id, []).append(event.data)

        def change(audit_id: str) -> Callable[[Audit], Audit]:
            of = confidence.get(audit_id, 0.0)
            return partial(
                _asked, task=tasks[audit_id], confidence=of, marks=marks.get(audit_id, [])
            )

        await self._in_portions(self.audits, list(tasks), change)

    async def _in_portions(
        self, records: Records[Any], ids: Sequence[str], change: Callable[[str], Any]
    ) -> None:
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            await records.update({each: change(each) for each in some}, always=True)

    async def _batches(self, topic: Topic) -> AsyncIterator[list[Event[Any]]]:
        since_ms = millis(self.clock()) - HISTORY_MS
        async for some in read_again(self.settings, topic, since_ms):
            yield [kept.event for kept in some]

    async def _events(self, topic: Topic) -> AsyncIterator[Event[Any]]:
        async for some in self._batches(topic):
            for event in some:
                yield event


def _is_over(event: Event[Any], published: Published, now_ms: int) -> bool:
    """All inquiries that the event is on ended so long ago that the ledger would have forgotten them."""
    match event.data:
        case Decision() as decision:
            on: tuple[str | None, ...] = (decision.inquiry.inquiry_id,)
        case Handover() as handover:
            on = (handover.decision.inquiry.inquiry_id,)
        case Assignment() as step:
            on = (step.inquiry_id, *step.members)
        case other:
            on = (other.inquiry_id,)
    ends = [published.ends.get(inquiry_id or "") for inquiry_id in on]
    return all(end is not None and millis(end.time) < now_ms - CLOSED_TTL_MS for end in ends)


def _asked(
    audit: Audit, task: Event[AuditTask], confidence: float, marks: Sequence[AuditMark]
) -> Audit:
    if not audit.asked_ms:
        audit = Audit(
            asked_ms=millis(task.time),
            wanted=task.data.marks_wanted,
            topic=task.data.topic,
            language=task.data.language,
            confidence=confidence,
        )
    for given in marks:
        audit = mark(audit, given)
    return audit
