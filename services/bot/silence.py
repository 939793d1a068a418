"""Hands over inquiries whose customer has not answered the bot's question in time.

The conversation is first taken from the bot, in one step that fails if an answer has come; then its
handovers are published; then it is no longer due. A crash in between repeats the same handovers
with the same ids after the lease.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, tzinfo

import stamina
from prometheus_client import Counter

from services.bot.handlers import handovers, recorded, standing_of
from services.bot.rules import HandOver, Library, give_up, silent
from services.runtime.clock import Clock, day_of, millis
from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations
from services.runtime.errors import fault
from services.runtime.handling import Output, Publisher
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger
from warmline.events.decision import Decision

LOOK_EVERY_S = 0.5
LOOKS_MAX = 100
LEASE_MS = 30_000

SILENT = Counter("warmline_bot_questions_unanswered_total", "Questions that nobody answered.")

log = get_logger(__name__)


class Silence:
    """`retry_for_s` bounds how long Redis or Kafka may be away before the process stops."""

    def __init__(
        self,
        library: Library,
        conversations: Conversations,
        clock: Clock,
        retry_for_s: float,
        zone: tzinfo = UTC,
    ) -> None:
        self._zone = zone
        self._library = library
        self._conversations = conversations
        self._clock = clock
        self._retry_for_s = retry_for_s

    async def run(self, publisher: Publisher) -> None:
        """Endless; the process stops if it raises."""
        while True:
            looked = 0
            async for attempt in stamina.retry_context(
                on=is_passing, attempts=None, timeout=self._retry_for_s, wait_max=2.0
            ):
                with attempt:
                    looked = await self.round(publisher)
            if looked < LOOKS_MAX:
                await asyncio.sleep(LOOK_EVERY_S)

    async def round(self, publisher: Publisher) -> int:
        """Looks at what is due now, returns how many conversations that were."""
        now_ms = millis(self._clock())
        due = await self._conversations.intakes_due(now_ms, LOOKS_MAX)
        for conversation_id in due:
            if await self._conversations.end_intake(conversation_id, now_ms, LEASE_MS):
                await publisher.publish(await self._hand_over(conversation_id))
                await self._conversations.forget_due_intake(conversation_id)
                SILENT.inc()
        return len(due)

    async def _hand_over(self, conversation_id: str) -> list[Output]:
        at = self._clock()
        [conversation] = await self._conversations.read([conversation_id])
        standing = standing_of(conversation)
        ids = standing.inquiries if standing is not None else _messages_of(conversation)
        decisions = await recorded(self._conversations, ids)
        if not decisions:
            log.error("nothing to hand over: no decision is on record", inquiry_id=ids[0])
            return []
        spoken = conversation.language or decisions[0].language
        began = decisions[0].model_copy(update={"language": spoken})
        step = self._step(began, conversation)
        return handovers(decisions, step.reason, step.brief, at)

    def _step(self, decision: Decision, conversation: Conversation) -> HandOver:
        try:
            standing = standing_of(conversation)
            if standing is None:
                return give_up(decision)
            day = day_of(self._clock(), self._zone)
            turns, answers = conversation.turns, conversation.answers
            return silent(decision, self._library, turns, day, standing, answers)
        except Exception as error:
            inquiry_id = decision.inquiry.inquiry_id
            log.error("handed over after a fault", inquiry_id=inquiry_id, **fault(error))
            return give_up(decision)


def _messages_of(conversation: Conversation) -> tuple[str, ...]:
    """Without the bot's record of the question."""
    if conversation.asked is not None:
        return conversation.asked.messages
    return (conversation.inquiry_id or "",)
