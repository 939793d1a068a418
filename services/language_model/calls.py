"""Every call on record in Redis: begun at most once, within the budgets, its result kept.

A redelivered inquiry gets the first result again. If the process died during the call, nobody knows
the result: the call is not repeated, so that a redelivery never waits for the model twice, but what it
may have cost is on record from its beginning.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast

from redis.asyncio import Redis

from services.runtime.clock import millis
from services.runtime.keys import Keys
from services.runtime.redis import load_script

TTL_MS = 7 * 24 * 60 * 60 * 1000
_HOUR_MS = 60 * 60 * 1000


class Begun(NamedTuple):
    """`record`, where known: what is kept of the first call, empty if the budgets had not allowed it."""

    verdict: Literal["go", "spent", "known"]
    record: str = ""


class Calls:
    """Raises the Redis client's errors."""

    def __init__(
        self, client: Redis, keys: Keys, tokens_per_hour: int, tokens_per_conversation: int
    ) -> None:
        self._client = client
        self._keys = keys
        self._per_hour = tokens_per_hour
        self._per_conversation = tokens_per_conversation
        self._take = load_script(client, "services.language_model", "take_tokens")

    async def begin(
        self, call_id: str, conversation_id: str, tokens: int, lost: str, at: datetime
    ) -> Begun:
        """`lost` is the record until the call's end is known."""
        verdict, *rest = await cast(
            Awaitable[Any],
            self._take(
                keys=[
                    self._keys.model_call(call_id),
                    self._keys.model_hour(millis(at) // _HOUR_MS),
                    self._keys.model_conversation(conversation_id),
                ],
                args=[tokens, self._per_hour, self._per_conversation, TTL_MS, 2 * _HOUR_MS, lost],
            ),
        )
        return Begun(verdict, rest[0] if rest and verdict == "known" else "")

    async def end(
        self, call_id: str, conversation_id: str, record: str, unused: int, at: datetime
    ) -> None:
        """Keeps the result and gives back what the call did not take of its tokens. `unused` is negative
        where a request broke off, was repeated, and both have to be paid."""
        hour = self._keys.model_hour(millis(at) // _HOUR_MS)
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.set(self._keys.model_call(call_id), record, px=TTL_MS)
            pipe.decrby(hour, unused)
            pipe.pexpire(hour, 2 * _HOUR_MS)
            pipe.decrby(self._keys.model_conversation(conversation_id), unused)
            await pipe.execute()
