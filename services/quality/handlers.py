"""Whatever is read about inquiries goes into the ledger; outcomes leave it in `closing`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from services.quality.ledger import Ledger
from services.quality.lives import Conversation, learn
from services.runtime.clock import Clock, millis
from services.runtime.handling import Output
from warmline.events.decision import Decision
from warmline.events.envelope import Event
from warmline.events.work import Handover


class Recorder:
    """Handles every topic that the ledger reads. Saving is all it does, so nothing is written here
    that a crash could lose: the record itself says what is still to be published."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def record(self, events: Sequence[Event[Any]]) -> list[list[Output]]:
        by_conversation: dict[str, list[Event[Any]]] = defaultdict(list)
        for event in events:
            by_conversation[_conversation_of(event)].append(event)
        now_ms = millis(self._clock())
        await self._ledger.update(
            {
                conversation_id: partial(_learn_all, news, now_ms)
                for conversation_id, news in by_conversation.items()
            }
        )
        return [[] for _ in events]


def _learn_all(news: Sequence[Event[Any]], now_ms: int, conversation: Conversation) -> Conversation:
    for event in news:
        conversation = learn(conversation, event, now_ms)
    return conversation


def _conversation_of(event: Event[Any]) -> str:
    match event.data:
        case Decision() as decision:
            return decision.inquiry.conversation_id
        case Handover() as handover:
            return handover.decision.inquiry.conversation_id
        case other:
            conversation_id: str = other.conversation_id
            return conversation_id
