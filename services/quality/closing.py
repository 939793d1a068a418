"""Ends inquiries whose moment has come: concludes, publishes, closes.

The outcome stands in the ledger before it is written to Kafka, and is closed only after Kafka has
acknowledged it. A crash in between repeats the same outcome with the same id after the lease;
nothing is missed, and a reader that goes by the id counts it once.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import stamina
from prometheus_client import Counter

from services.quality import judging
from services.quality.lives import Conversation
from services.quality.records import Records
from services.quality.returns import Visits, ended
from services.quality.rules import Timing, bot_answered_ms, close, conclude
from services.runtime.clock import Clock, millis
from services.runtime.handling import Output, Publisher
from services.runtime.processing import is_passing
from warmline.events.envelope import Event, event_id
from warmline.events.evidence import Evidence
from warmline.events.quality import Outcome
from warmline.topics import EVIDENCE, OUTCOMES

SOURCE = "/warmline/quality"
LOOK_EVERY_S = 0.1
LOOKS_MAX = 200

ENDED = Counter("warmline_quality_outcomes_total", "Inquiries that have ended.", ["kind"])


class Closing:
    """`round` looks at what is due now."""

    def __init__(
        self, ledger: Records[Conversation], visits: Records[Visits], timing: Timing, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._visits = visits
        self._timing = timing
        self._clock = clock

    async def round(self, publisher: Publisher) -> int:
        """Looks at what is due now, returns how many conversations that were."""
        now_ms = millis(self._clock())
        due = await self._ledger.claim_due(now_ms, LOOKS_MAX)
        if not due:
            return 0
        concluded = await self._ledger.update(
            {
                conversation_id: partial(
                    conclude, conversation_id, now_ms=now_ms, timing=self._timing
                )
                for conversation_id in due
            },
            always=True,
        )
        await self._publish(concluded, publisher)
        await self._tell(concluded, publisher, now_ms)
        return len(due)

    async def _publish(self, concluded: Mapping[str, Conversation], publisher: Publisher) -> None:
        over = {
            conversation_id: standing(conversation)
            for conversation_id, conversation in concluded.items()
            if standing(conversation)
        }
        if not over:
            return
        outcomes = [outcome for some in over.values() for outcome in some.values()]
        await publisher.publish([Output(OUTCOMES, event) for event in outcomes])
        await self._visits.update(_by_customer(over, concluded, millis(self._clock())))
        await self._ledger.update(
            {
                conversation_id: partial(close, inquiry_ids=some.keys())
                for conversation_id, some in over.items()
            }
        )
        for outcome in outcomes:
            ENDED.labels(outcome.data.kind).inc()

    async def _tell(
        self, looked_at: Mapping[str, Conversation], publisher: Publisher, now_ms: int
    ) -> None:
        """Evidence for licences: published, then marked as told. A crash in between repeats it."""
        judged = {
            conversation_id: some
            for conversation_id, conversation in looked_at.items()
            if (some := judging.due(conversation, self._timing, now_ms))
        }
        if not judged:
            return
        await publisher.publish(
            [
                Output(EVIDENCE, evidence_event(piece))
                for some in judged.values()
                for one in some
                for piece in one.evidence
            ]
        )
        await self._ledger.update(
            {
                conversation_id: partial(judging.tell, told=some)
                for conversation_id, some in judged.items()
            }
        )


async def endless(
    round_: Callable[[Publisher], Awaitable[int]], publisher: Publisher, retry_for_s: float
) -> None:
    """Round after round; `retry_for_s` bounds how long Redis or Kafka may be away before it raises,
    which stops the process."""
    while True:
        looked = 0
        async for attempt in stamina.retry_context(
            on=is_passing, attempts=None, timeout=retry_for_s, wait_max=2.0
        ):
            with attempt:
                looked = await round_(publisher)
        if looked < LOOKS_MAX:
            await asyncio.sleep(LOOK_EVERY_S)


def _by_customer(
    over: Mapping[str, Mapping[str, Event[Outcome]]],
    concluded: Mapping[str, Conversation],
    now_ms: int,
) -> dict[str, Callable[[Visits], Visits]]:
    """What each customer's record learns of these ends; nothing where the customer is unknown."""
    ends: dict[str, list[tuple[Outcome, int]]] = defaultdict(list)
    for conversation_id, some in over.items():
        conversation = concluded[conversation_id]
        for inquiry_id, event in some.items():
            life = conversation.life(inquiry_id)
            if life.asked is not None and life.asked.customer_id:
                by_bot = event.data.by == "bot"
                answered_ms = bot_answered_ms(conversation, inquiry_id) if by_bot else None
                ends[life.asked.customer_id].append((event.data, answered_ms or life.ended_ms))
    return {customer_id: partial(_all_ended, news, now_ms) for customer_id, news in ends.items()}


def _all_ended(news: Sequence[tuple[Outcome, int]], now_ms: int, visits: Visits) -> Visits:
    for outcome, answered_ms in news:
        visits = ended(visits, outcome, answered_ms, now_ms)
    return visits


def evidence_event(evidence: Evidence) -> Event[Evidence]:
    at = datetime.fromtimestamp(evidence.at_ms / 1000, UTC)
    return Event(id=evidence.evidence_id, source=SOURCE, time=at, data=evidence)


def standing(conversation: Conversation) -> dict[str, Event[Outcome]]:
    """Every outcome not known to be published, by inquiry id; the same events on every call."""
    return {
        inquiry_id: Event(
            id=event_id(inquiry_id, "outcome"),
            source=SOURCE,
            time=datetime.fromtimestamp(life.ended_ms / 1000, UTC),
            data=life.outcome,
        )
        for inquiry_id, life in conversation.lives.items()
        if life.outcome is not None
    }
