"""Whatever is read about inquiries goes into the ledger; outcomes leave it in `closing`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from services.quality.closing import evidence_event
from services.quality.judging import evidence_on
from services.quality.lives import Asked, Conversation, asked_of, learn
from services.quality.records import Records
from services.quality.returns import Visits, came
from services.runtime.clock import Clock, millis
from services.runtime.handling import Output
from warmline.events.decision import Decision
from warmline.events.envelope import Event
from warmline.events.inquiry import Erasure
from warmline.events.work import Handover
from warmline.topics import EVIDENCE

CLEAR = 0.8
"""Confidence from which a text counts as read clearly: new words and intents bring it down."""


class Recorder:
    """Handles every topic that the ledger reads. What ends an inquiry or judges an answer is not
    written here, where a crash could lose it: the record itself says what is still to be published.
    """

    def __init__(
        self, ledger: Records[Conversation], visits: Records[Visits], clock: Clock
    ) -> None:
        self._ledger = ledger
        self._visits = visits
        self._clock = clock

    async def record(self, events: Sequence[Event[Any]]) -> list[list[Output]]:
        await self.learn(events)
        await self._visits.update(_visits(events, millis(self._clock())))
        return [list(_reading(event)) for event in events]

    async def learn(self, events: Sequence[Event[Any]]) -> set[str]:
        """Into the ledger alone; returns which conversations they are on."""
        by_conversation: dict[str, list[Event[Any]]] = defaultdict(list)
        for event in events:
            by_conversation[conversation_of(event)].append(event)
        now_ms = millis(self._clock())
        await self._ledger.update(
            {
                conversation_id: partial(_learn_all, news, now_ms)
                for conversation_id, news in by_conversation.items()
            }
        )
        return set(by_conversation)

    async def erase(self, events: Sequence[Event[Erasure]]) -> list[list[Output]]:
        """Forgets these customers' visits; what they wrote was never here."""
        await self._visits.forget([event.data.customer_id for event in events])
        return [[] for _ in events]


def _visits(events: Sequence[Event[Any]], now_ms: int) -> dict[str, Callable[[Visits], Visits]]:
    """What the customers' records learn of new inquiries."""
    news: dict[str, list[tuple[str, Asked]]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, Decision) and event.data.topic is not None:
            inquiry = event.data.inquiry
            news[inquiry.customer_id].append((inquiry.inquiry_id, asked_of(event.data)))
    return {customer_id: partial(_all_came, some, now_ms) for customer_id, some in news.items()}


def _all_came(news: Sequence[tuple[str, Asked]], now_ms: int, visits: Visits) -> Visits:
    for inquiry_id, asked in news:
        visits = came(visits, inquiry_id, asked, now_ms)
    return visits


def _reading(event: Event[Any]) -> Iterator[Output]:
    """How clearly the triage read a new inquiry: known from its first decision alone."""
    decision = event.data
    if not isinstance(decision, Decision) or decision.topic is None:
        return
    asked = asked_of(decision)
    clear = decision.confidence >= CLEAR
    at_ms = millis(decision.received_at)
    piece = evidence_on(decision.inquiry.inquiry_id, asked, "reading", good=clear, at_ms=at_ms)
    yield Output(EVIDENCE, evidence_event(piece.model_copy(update={"by": "bot"})))


def _learn_all(news: Sequence[Event[Any]], now_ms: int, conversation: Conversation) -> Conversation:
    for event in news:
        conversation = learn(conversation, event, now_ms)
    return conversation


def conversation_of(event: Event[Any]) -> str:
    match event.data:
        case Decision() as decision:
            return decision.inquiry.conversation_id
        case Handover() as handover:
            return handover.decision.inquiry.conversation_id
        case other:
            conversation_id: str = other.conversation_id
            return conversation_id
