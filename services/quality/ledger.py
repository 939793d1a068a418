"""The records of `lives` on Redis: read, changed, and saved if nobody else was first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from redis.asyncio import Redis

from services.quality.judging import next_judgement_ms
from services.quality.lives import Conversation
from services.quality.rules import Timing, is_open, next_look_ms
from services.runtime.keys import Keys
from services.runtime.redis import load_script
from warmline.errors import UnavailableError

CLOSED_TTL_MS = 7 * 24 * 60 * 60 * 1000
_TRIES_MAX = 100
_PACKAGE = "services.quality"

Change = Callable[[Conversation], Conversation]


class Ledger:
    """Raises the client's errors; every method may be called again."""

    def __init__(self, client: Redis, keys: Keys, timing: Timing) -> None:
        self._client = client
        self._keys = keys
        self._timing = timing
        self._save = load_script(client, _PACKAGE, "save")
        self._claim_due = load_script(client, _PACKAGE, "claim_due")

    async def update(
        self, changes: Mapping[str, Change], *, always: bool = False
    ) -> dict[str, Conversation]:
        """Applies each change to its conversation and returns what stands then, by conversation id.

        A change that returns the same record is not saved, unless `always` (which also sets the
        next look anew). Raises UnavailableError if others keep changing the same records.
        """
        stands: dict[str, Conversation] = {}
        open_ones = dict(changes)
        for _ in range(_TRIES_MAX):
            if not open_ones:
                return stands
            read = await self._read(list(open_ones))
            changed: dict[str, tuple[str, Conversation]] = {}
            for conversation_id, change in open_ones.items():
                version, before = read[conversation_id]
                stands[conversation_id] = after = change(before)
                if always or after is not before:
                    changed[conversation_id] = version, after
            lost = await self._save_all(changed)
            open_ones = {conversation_id: open_ones[conversation_id] for conversation_id in lost}
        raise UnavailableError("the ledger's records change faster than they can be saved")

    async def claim_due(self, now_ms: int, limit: int) -> list[str]:
        """Conversations to look at now, kept from others for the lease or until they are saved."""
        claimed = await cast(
            Any,
            self._claim_due(
                keys=[self._keys.ledger_due()], args=[now_ms, self._timing.lease_ms, limit]
            ),
        )
        return cast("list[str]", claimed)

    def _next_look_ms(self, conversation: Conversation) -> int | None:
        looks = (
            next_look_ms(conversation, self._timing),
            next_judgement_ms(conversation, self._timing),
        )
        return min((look_ms for look_ms in looks if look_ms is not None), default=None)

    async def _read(self, conversation_ids: Sequence[str]) -> dict[str, tuple[str, Conversation]]:
        async with self._client.pipeline(transaction=False) as pipe:
            for conversation_id in conversation_ids:
                pipe.hmget(self._keys.ledger(conversation_id), ["version", "record"])
            answers = await pipe.execute()
        return {
            conversation_id: (version or "0", _decode(record))
            for conversation_id, (version, record) in zip(conversation_ids, answers, strict=True)
        }

    async def _save_all(self, changed: Mapping[str, tuple[str, Conversation]]) -> list[str]:
        """Returns those that somebody else has saved since they were read."""
        if not changed:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for conversation_id, (version, conversation) in changed.items():
                look_ms = self._next_look_ms(conversation)
                await cast(
                    Any,
                    self._save(
                        keys=[self._keys.ledger(conversation_id), self._keys.ledger_due()],
                        args=[
                            version,
                            conversation.model_dump_json(exclude_defaults=True),
                            conversation_id,
                            "" if look_ms is None else look_ms,
                            "" if is_open(conversation) else CLOSED_TTL_MS,
                        ],
                        client=pipe,
                    ),
                )
            answers = await pipe.execute()
        return [
            conversation_id
            for conversation_id, saved in zip(changed, answers, strict=True)
            if not saved
        ]


def _decode(record: str | None) -> Conversation:
    return Conversation.model_validate_json(record) if record is not None else Conversation()
