"""The human comparison group: a stable random share of what the bot may answer goes to people.

Whether a conversation belongs to it depends on its id and the seed only, so a repeat or a second
message falls the same way, and a smaller share takes from those of a larger one.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from prometheus_client import Gauge
from redis.asyncio import Redis

from services.runtime.keys import Keys
from services.runtime.redis import PASSING_FAULTS
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

LOOK_EVERY_S = 5.0
_RANGE = 2**64

SHARE = Gauge("warmline_router_holdout_share", "Share of licensed inquiries given to people.")


def position(conversation_id: str, seed: str) -> float:
    """From 0 to below 1, evenly and independently of anything else about the conversation."""
    digest = hashlib.blake2b(f"{seed}/{conversation_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / _RANGE


def share_that_people_can_cope_with(share: float, waiting: int, people: int, limit: int) -> float:
    """All of `share` while nobody waits, none of it from `limit` waiting for each signed-in person on.

    Load never raises it, and never gives the bot more than it is licensed for: the comparison only
    becomes thinner.
    """
    if people == 0:
        return 0.0
    return share * max(0.0, 1.0 - waiting / (limit * people))


class Holdout:
    """`share` is what is asked for, `current` what people can cope with now."""

    def __init__(self, share: float, seed: str, waiting_max: int) -> None:
        self.share = share
        self.current = share
        self._seed = seed
        self._waiting_max = waiting_max

    def holds(self, conversation_id: str) -> bool:
        return position(conversation_id, self._seed) < self.current

    def adjust(self, waiting: int, people: int) -> None:
        """Says so whenever the share shrinks or is whole again."""
        before = self.current
        self.current = share_that_people_can_cope_with(
            self.share, waiting, people, self._waiting_max
        )
        SHARE.set(self.current)
        if (self.current < self.share) != (before < self.share):
            say = log.warning if self.current < self.share else log.info
            say(
                "human comparison group "
                + ("shrinks" if self.current < self.share else "is whole"),
                share=round(self.current, 4),
                asked_for=self.share,
                waiting=waiting,
                people=people,
            )

    def watching(self, client: Redis, keys: Keys) -> Any:
        """A background coroutine that looks at the queues every few seconds."""

        async def run(_: object) -> None:
            while True:
                try:
                    waiting = await client.zcard(keys.waiting())
                    people = await client.hlen(keys.people())
                    self.adjust(waiting, people)
                except PASSING_FAULTS as error:
                    log.warning("queues cannot be looked at", error=type(error).__name__)
                await asyncio.sleep(LOOK_EVERY_S)

        return run
