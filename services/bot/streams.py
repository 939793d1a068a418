"""Which topic goes to which handler."""

from __future__ import annotations

from services.bot.handlers import Bot
from services.runtime.handling import Subscription, one_by_one
from warmline.topics import ROUTED_BOT


def subscriptions(bot: Bot) -> list[Subscription]:
    return [Subscription(ROUTED_BOT, one_by_one(bot.handle))]
