"""Which topic goes to which handler."""

from __future__ import annotations

from services.bot.handlers import Bot
from services.runtime.handling import NoteApplied, Subscription, by_conversation
from warmline.topics import ROUTED_BOT


def subscriptions(bot: Bot, applied: NoteApplied) -> list[Subscription]:
    handle = by_conversation(bot.handle, lambda decision: str(decision.inquiry.conversation_id))
    return [Subscription(ROUTED_BOT, handle, applied)]
