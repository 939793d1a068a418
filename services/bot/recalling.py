"""Makes the records of open questions once more, where Redis has lost them.

What the bot has asked and how far a form is filled follows from the messages alone, and those are in the
decisions. So the same rules are applied again, and nothing is said: the questions were asked already.
"""

from __future__ import annotations

from services.bot.handlers import Bot, recorded
from services.bot.standing import Standing
from services.runtime.clock import Clock, millis
from services.runtime.conversation import Asked
from services.runtime.conversations import Conversations, IntakeRecord
from services.runtime.errors import fault
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

_TOGETHER = 100


class Recalling:
    """`wait_ms` is how long a customer has for an answer."""

    def __init__(self, bot: Bot, conversations: Conversations, clock: Clock, wait_ms: int) -> None:
        self._bot = bot
        self._conversations = conversations
        self._clock = clock
        self._wait_ms = wait_ms

    async def on_start(self) -> None:
        """Several processes may do it at once. One that dies leaves the rest to the next start; until
        then a question is due when no bot would wait longer."""
        ids = await self._conversations.open_questions()
        made = 0
        for start in range(0, len(ids), _TOGETHER):
            some = ids[start : start + _TOGETHER]
            for conversation_id, conversation in zip(
                some, await self._conversations.read(some), strict=True
            ):
                if conversation.asked is not None:
                    made += await self._recall(conversation_id, conversation.asked)
        if made:
            log.warning("open questions are known again", questions=made)

    async def _recall(self, conversation_id: str, asked: Asked) -> bool:
        """Where it cannot be made, people get its messages now."""
        standing = await self._standing(asked)
        now_ms = millis(self._clock())
        if standing is None:
            log.error("an open question cannot be made again", inquiry_id=asked.messages[0])
            return await self._conversations.keep_intake(conversation_id, asked, None, now_ms)
        due_ms = asked.at_ms + self._wait_ms if asked.at_ms else now_ms
        record = IntakeRecord(standing.model_dump_json(), "asking", standing.facts, due_ms)
        return await self._conversations.keep_intake(conversation_id, asked, record, due_ms)

    async def _standing(self, asked: Asked) -> Standing | None:
        decisions = await recorded(self._conversations, asked.messages)
        try:
            return await self._bot.standing_after(decisions)
        except Exception as error:
            if is_passing(error):
                raise
            log.error("a question's rules failed", inquiry_id=asked.messages[0], **fault(error))
            return None
