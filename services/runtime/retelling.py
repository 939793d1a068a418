"""Brings back from Kafka what Redis has lost of the conversations: whose they are, what was said and asked,
the first decisions, and what the bot has said to each message.

It goes back as far as Redis would remember. The people's work is put back by their own service, before or
after.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from redis.asyncio import Redis

from services.runtime.applied import Applied
from services.runtime.clock import Clock, millis
from services.runtime.conversation import Asked
from services.runtime.conversations import TTL_MS
from services.runtime.keys import Keys
from services.runtime.recovery import Recovery
from services.runtime.redis import load_script
from services.runtime.rereading import read_again
from services.runtime.settings import ServiceSettings, group_of
from services.runtime.stories import Stories, is_own
from warmline.events.decision import Decision
from warmline.events.envelope import Event, event_id
from warmline.events.work import Reply
from warmline.topics import (
    ASSIGNMENTS,
    FEEDBACK,
    HANDOFFS,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    Topic,
)

INTAKE_WAIT_MAX_MS = 24 * 60 * 60 * 1000
"""No bot waits longer for an answer."""

_TOGETHER = 200


@dataclass(frozen=True)
class Retelling:
    """Raises UnavailableError where Kafka does not answer, and the client's errors. It may run twice, and
    beside services at work: what Redis knows as well or better stays."""

    settings: ServiceSettings
    client: Redis
    keys: Keys
    clock: Clock

    async def restore(self) -> int:
        """Returns how many conversations were put back."""
        since_ms = millis(self.clock()) - TTL_MS
        feedback: dict[str, str] = {}
        stories = Stories()
        async for heard in read_again(self.settings, FEEDBACK, since_ms):
            for kept in heard:
                said = kept.event.data.feedback_id
                feedback[event_id(said, "decision")] = said
                stories.said(kept.event)
        for topic in (ROUTED_BOT, ROUTED_HUMAN):
            async for some in read_again(self.settings, topic, since_ms):
                decisions = [kept.event for kept in some]
                await self._keep_decisions(decisions, feedback)
                for event in decisions:
                    stories.decided(event)
        async for some in read_again(self.settings, REPLIES, since_ms):
            replies = [kept.event for kept in some]
            await self._keep_replies(replies)
            for event in replies:
                stories.replied(event)
        await self._tell(HANDOFFS, stories.handed_over, since_ms)
        await self._tell(ASSIGNMENTS, stories.worked, since_ms)
        return await self._keep(stories)

    async def _tell(self, topic: Topic, tell: Callable[[Event[Any]], None], since_ms: int) -> None:
        async for some in read_again(self.settings, topic, since_ms):
            for kept in some:
                tell(kept.event)

    async def _keep_decisions(
        self, events: Sequence[Event[Decision]], feedback: dict[str, str]
    ) -> None:
        """The first for each cause stands, as it did."""
        async with self.client.pipeline(transaction=False) as pipe:
            for event in events:
                inquiry_id = event.data.inquiry.inquiry_id
                cause = inquiry_id if is_own(event) else feedback.get(event.id)
                if cause is not None:
                    decision = event.data.model_dump_json()
                    pipe.set(self.keys.decision(cause), decision, nx=True, px=TTL_MS)
            await pipe.execute()

    async def _keep_replies(self, events: Sequence[Event[Reply]]) -> None:
        async with self.client.pipeline(transaction=False) as pipe:
            for event in events:
                reply = event.data
                if reply.by == "bot":
                    key = self.keys.bot_reply(reply.inquiry_id)
                    pipe.set(key, reply.reply_id, nx=True, px=TTL_MS)
            await pipe.execute()

    async def _keep(self, stories: Stories) -> int:
        restore = load_script(self.client, "services.runtime", "restore_conversation")
        now_ms = millis(self.clock())
        put_back = 0
        ids = list(stories)
        for start in range(0, len(ids), _TOGETHER):
            async with self.client.pipeline(transaction=False) as pipe:
                for conversation_id in ids[start : start + _TOGETHER]:
                    keys, args = self._call(stories, conversation_id, now_ms)
                    await restore(keys=keys, args=args, client=pipe)
                put_back += sum(await pipe.execute())
        return put_back

    def _call(
        self, stories: Stories, conversation_id: str, now_ms: int
    ) -> tuple[list[str], list[str | int]]:
        """KEYS and ARGV of `restore_conversation.lua`."""
        story = stories.of(conversation_id)
        keys = [
            self.keys.conversation(conversation_id),
            self.keys.turns(conversation_id),
            self.keys.intake_due(),
        ]
        asked_ms = 0 if story.overtaken else story.asked_ms
        asked = Asked(messages=story.asked, at_ms=asked_ms).model_dump_json()
        return keys, [
            conversation_id,
            story.owner,
            story.epoch,
            story.inquiry_id,
            story.latest_inquiry_id,
            story.topic,
            story.language,
            story.agent_id,
            "" if story.answered_ms is None else story.answered_ms,
            asked if story.asked else "",
            asked_ms + INTAKE_WAIT_MAX_MS if asked_ms else now_ms,
            now_ms,
            TTL_MS,
            json.dumps([one.model_dump() for one in stories.answers_of(conversation_id)]),
            *(turn.model_dump_json() for turn in stories.turns_of(conversation_id)),
        ]


def recovery_of_conversations(
    service: Literal["router", "bot"],
    settings: ServiceSettings,
    client: Redis,
    keys: Keys,
    applied: Applied,
    clock: Clock,
) -> Recovery:
    """Router and bot share them: whichever starts first puts them back."""
    other = "bot" if service == "router" else "router"
    written = {"router": (ROUTED_BOT, ROUTED_HUMAN), "bot": (REPLIES, HANDOFFS)}
    return Recovery(
        settings,
        group_of(service, settings),
        applied,
        Retelling(settings, client, keys, clock).restore,
        published=written[service],
        others=[group_of(other, settings)],
    )
