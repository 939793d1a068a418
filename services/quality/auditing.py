"""Gives a random share of the bot's answers to people to judge, and takes their marks.

An audit is named by its inquiry, so that a reply that is read twice asks once. What is asked for stands
in Redis before the task is published, and a repeated reply publishes the same task again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge
from redis.asyncio import Redis

from services.quality.audits import Audit, Sampling, ask, conclusion, mark
from services.quality.closing import LOOKS_MAX, SOURCE, evidence_event
from services.quality.records import Kind, Records
from services.runtime.applied import Applied
from services.runtime.clock import Clock, millis
from services.runtime.conversations import Conversations
from services.runtime.handling import Output, Publisher
from services.runtime.keys import Keys
from warmline.errors import InvalidEventError
from warmline.events.audit import AuditMark, AuditTask
from warmline.events.decision import Decision
from warmline.events.envelope import Event, event_id
from warmline.events.work import Reply
from warmline.topics import AUDITS, EVIDENCE

KEPT_MS = 30 * 24 * 60 * 60 * 1000

AUDITS_OPEN = Gauge("warmline_quality_audits_open", "Answers that wait to be judged.")
AUDITS_MADE = Counter("warmline_quality_audits_total", "What became of drawn audits.", ["what"])


def audits(
    client: Redis, keys: Keys, sampling: Sampling, applied: Applied | None = None
) -> Records[Audit]:
    """By inquiry id; the open ones are those with a moment to be looked at, when they expire."""
    return Records(
        client,
        Kind(
            empty=Audit(),
            key=keys.audit,
            due_key=keys.audits_open(),
            look_ms=lambda audit: audit.asked_ms + sampling.expires_ms if audit.is_open else None,
            keep_ms=lambda audit: None if audit.is_open else KEPT_MS,
        ),
        applied,
    )


class Auditor:
    """Handles the bot's replies and people's marks."""

    def __init__(
        self,
        records: Records[Audit],
        conversations: Conversations,
        sampling: Sampling,
        clock: Clock,
    ) -> None:
        self._records = records
        self._conversations = conversations
        self._sampling = sampling
        self._clock = clock

    async def replies(self, events: Sequence[Event[Reply]]) -> list[list[Output]]:
        """One task for each drawn answer that the bot gave alone, within capacity."""
        drawn = {
            event.data.inquiry_id: event.data
            for event in events
            if event.data.by == "bot"
            and event.data.kind == "answer"
            and self._sampling.takes(event.data.inquiry_id)
        }
        decisions = await self._licensed(list(drawn))
        room = self._sampling.open_max - await self._records.waiting()
        known = await self._records.update(dict.fromkeys(decisions, _as_it_is))
        new = [each for each, audit in known.items() if not audit.asked_ms]
        left_out = set(new[max(0, room) :])
        AUDITS_MADE.labels("left out").inc(len(left_out))
        now_ms = millis(self._clock())
        asked = await self._records.update(
            {
                each: partial(
                    ask,
                    decision=decisions[each],
                    wanted=self._sampling.marks_wanted(each),
                    now_ms=now_ms,
                )
                for each in decisions
                if each not in left_out
            }
        )
        return [
            [_task(event, decisions[event.data.inquiry_id], asked[event.data.inquiry_id])]
            if drawn.get(event.data.inquiry_id) is event.data and event.data.inquiry_id in asked
            else []
            for event in events
        ]

    async def _licensed(self, inquiry_ids: Sequence[str]) -> dict[str, Decision]:
        """The router's own records, of those that the bot was licensed to answer."""
        jsons = await self._conversations.recorded(inquiry_ids)
        decisions = {
            inquiry_id: Decision.model_validate_json(json)
            for inquiry_id, json in zip(inquiry_ids, jsons, strict=True)
            if json is not None
        }
        return {each: one for each, one in decisions.items() if one.reasons[0].code == "licensed"}

    async def marks(self, events: Sequence[Event[AuditMark]]) -> list[list[Output]]:
        """Evidence once all marks are there. Raises InvalidEventError for an audit nobody asked for."""
        known = await self._records.update({one.data.audit_id: _as_it_is for one in events})
        for event in events:
            if not known[event.data.audit_id].asked_ms:
                raise InvalidEventError("a mark of an audit that was not asked for or is forgotten")
        changes: dict[str, Any] = {
            audit_id: partial(
                _all_marks, [one.data for one in events if one.data.audit_id == audit_id]
            )
            for audit_id in known
        }
        marked = await self._records.update(changes)
        AUDITS_MADE.labels("marked").inc(len(marked))
        return [self._concluded(event, marked) for event in events]

    def _concluded(self, event: Event[AuditMark], marked: Mapping[str, Audit]) -> list[Output]:
        audit_id = event.data.audit_id
        found = conclusion(audit_id, marked[audit_id], millis(event.time))
        return [Output(EVIDENCE, evidence_event(found))] if found is not None else []

    async def round(self, _: Publisher) -> int:
        """Drops what nobody has marked in time; returns how many audits it looked at."""
        AUDITS_OPEN.set(await self._records.waiting())
        late = await self._records.claim_due(millis(self._clock()), LOOKS_MAX)
        await self._records.update(dict.fromkeys(late, _expire), always=True)
        AUDITS_MADE.labels("expired").inc(len(late))
        return len(late)


def _as_it_is(audit: Audit) -> Audit:
    return audit


def _expire(audit: Audit) -> Audit:
    return audit.model_copy(update={"expired": True}) if audit.is_open else audit


def _all_marks(given: Sequence[AuditMark], audit: Audit) -> Audit:
    for one in given:
        audit = mark(audit, one)
    return audit


def _task(event: Event[Reply], decision: Decision, audit: Audit) -> Output:
    reply = event.data
    return Output(
        AUDITS,
        Event(
            id=event_id(reply.inquiry_id, "audit"),
            source=SOURCE,
            time=event.time,
            data=AuditTask(
                audit_id=reply.inquiry_id,
                inquiry_id=reply.inquiry_id,
                conversation_id=reply.conversation_id,
                topic=audit.topic,
                language=audit.language,
                question=decision.inquiry.text,
                answer=reply.text,
                article_id=reply.article_id,
                marks_wanted=audit.wanted,
            ),
            traceparent=event.traceparent,
        ),
    )
