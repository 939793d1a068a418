"""Records on Redis that many change at once: read, changed, and saved if nobody else was first; and
when to look at each again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from redis.asyncio import Redis

from services.runtime.applied import BEGUN, Applied, lost_writes
from services.runtime.redis import load_script
from warmline.errors import UnavailableError
from warmline.events.base import Part

R = TypeVar("R", bound=Part)

LEASE_MS = 30_000
_TRIES_MAX = 100
_PACKAGE = "services.quality"


@dataclass(frozen=True, slots=True)
class Kind(Generic[R]):
    """One kind of record. `empty` is what stands before anything is known. `look_ms`: when it is to be
    looked at, None for not before further news. `keep_ms`: how long it is kept, None for as long as
    it takes."""

    empty: R
    key: Callable[[str], str]
    due_key: str
    look_ms: Callable[[R], int | None]
    keep_ms: Callable[[R], int | None]
    lease_ms: int = LEASE_MS


class Records(Generic[R]):
    """Raises the client's errors; every method may be called again. With `applied`, LostWritesError too: an
    empty record must not be taken for one of which nothing is known."""

    def __init__(self, client: Redis, kind: Kind[R], applied: Applied | None = None) -> None:
        self._client = client
        self._kind = kind
        self._applied = applied
        self._save = load_script(client, _PACKAGE, "save")
        self._claim_due = load_script(client, _PACKAGE, "claim_due")

    async def update(
        self, changes: Mapping[str, Callable[[R], R]], *, always: bool = False
    ) -> dict[str, R]:
        """Applies each change to its record and returns what stands then, by the records' ids.

        A change that returns the same record is not saved, unless `always` (which also sets the
        next look anew). Raises UnavailableError if others keep changing the same records.
        """
        stands: dict[str, R] = {}
        open_ones = dict(changes)
        for _ in range(_TRIES_MAX):
            if not open_ones:
                return stands
            read = await self._read(list(open_ones))
            changed: dict[str, tuple[str, R]] = {}
            for record_id, change in open_ones.items():
                version, before = read[record_id]
                stands[record_id] = after = change(before)
                if always or after is not before:
                    changed[record_id] = version, after
            lost = await self._save_all(changed)
            open_ones = {record_id: open_ones[record_id] for record_id in lost}
        raise UnavailableError("the ledger's records change faster than they can be saved")

    async def claim_due(self, now_ms: int, limit: int) -> list[str]:
        """Records to look at now, kept from others for the lease or until they are saved."""
        applied = self._applied
        claimed = await cast(
            Any,
            self._claim_due(
                keys=[
                    self._kind.due_key,
                    applied.key if applied is not None else self._kind.due_key,
                ],
                args=[
                    now_ms,
                    self._kind.lease_ms,
                    limit,
                    applied.incarnation if applied is not None else "",
                ],
            ),
        )
        if claimed == 0:
            raise lost_writes("the ledger")
        return cast("list[str]", claimed)

    async def waiting(self) -> int:
        """How many records are to be looked at some time."""
        return await self._client.zcard(self._kind.due_key)

    async def forget(self, record_ids: Sequence[str]) -> None:
        """As if nothing had ever been known."""
        async with self._client.pipeline(transaction=False) as pipe:
            for record_id in record_ids:
                pipe.delete(self._kind.key(record_id))
                pipe.zrem(self._kind.due_key, record_id)
            await pipe.execute()

    async def _read(self, record_ids: Sequence[str]) -> dict[str, tuple[str, R]]:
        async with self._client.pipeline(transaction=False) as pipe:
            for record_id in record_ids:
                pipe.hmget(self._kind.key(record_id), ["version", "record"])
            if self._applied is not None:
                pipe.hget(self._applied.key, BEGUN)
            answers = await pipe.execute()
        if self._applied is not None:
            self._applied.check(answers.pop())
        return {
            record_id: (version or "0", self._decode(record))
            for record_id, (version, record) in zip(record_ids, answers, strict=True)
        }

    def _decode(self, record: str | None) -> R:
        empty = self._kind.empty
        return type(empty).model_validate_json(record) if record is not None else empty

    async def _save_all(self, changed: Mapping[str, tuple[str, R]]) -> list[str]:
        """Returns those that somebody else has saved since they were read."""
        if not changed:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            for record_id, (version, record) in changed.items():
                look_ms, keep_ms = self._kind.look_ms(record), self._kind.keep_ms(record)
                await cast(
                    Any,
                    self._save(
                        keys=[self._kind.key(record_id), self._kind.due_key],
                        args=[
                            version,
                            record.model_dump_json(exclude_defaults=True),
                            record_id,
                            "" if look_ms is None else look_ms,
                            "" if keep_ms is None else keep_ms,
                        ],
                        client=pipe,
                    ),
                )
            answers = await pipe.execute()
        return [record_id for record_id, saved in zip(changed, answers, strict=True) if not saved]
