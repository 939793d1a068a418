"""Tells waiting requests that a person's work has changed, without asking Redis again and again.

The engine announces the person's id on the desk's channel. A message can be lost (a reconnect), so
whoever waits also looks by itself from time to time.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress

from services.runtime.keys import Keys
from services.runtime.redis import PASSING_FAULTS, RedisClients
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

LOOK_AGAIN_S = 2.0
RECONNECT_S = 0.5


class Wake:
    """One subscription for all requests of a process."""

    def __init__(self, redis: RedisClients, keys: Keys) -> None:
        self._redis = redis
        self._channel = keys.desk_state()
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    async def listen(self) -> None:
        """Never ends; connects again where the connection is lost."""
        while True:
            try:
                async with self._redis.blocking.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(self._channel)
                    async for message in channel.listen():
                        self._announce(str(message["data"]))
            except PASSING_FAULTS as error:
                log.warning("waiting requests are not told of changes", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_S)

    def _announce(self, agent_id: str) -> None:
        for event in self._waiting.get(agent_id, ()):
            event.set()

    async def change_of(self, agent_id: str, at_most_s: float) -> None:
        """Returns when the person's work has changed, or it is time to look again."""
        event = asyncio.Event()
        self._waiting[agent_id].add(event)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), min(at_most_s, LOOK_AGAIN_S))
        finally:
            self._waiting[agent_id].discard(event)
            if not self._waiting[agent_id]:
                del self._waiting[agent_id]
