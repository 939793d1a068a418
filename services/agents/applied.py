"""How far Redis has applied what Kafka has, kept in Redis itself.

A mark is written after the effects that it stands for. Redis loses its last writes or all of them, never
some in between, so a mark that is there means that the effects are. One that is lower than it has been
says that Redis has lost some.
"""

from __future__ import annotations

from collections.abc import Mapping

from redis.asyncio import Redis

from services.runtime.handling import Offsets
from services.runtime.keys import Keys
from services.runtime.redis import load_script
from warmline.errors import WarmlineError

OUTBOX = "outbox"
"""The mark of the relay: the last entry that was published and taken out of the outbox."""


class LostWritesError(WarmlineError):
    """Redis no longer has what it had: the process stops, and the next start rebuilds it."""


class Applied:
    """The marks of one desk; what this process has noted itself is compared each time."""

    def __init__(self, client: Redis, keys: Keys) -> None:
        self._client = client
        self._key = keys.applied()
        self._note = load_script(client, "services.agents", "note_applied")
        self._noted: dict[str, int] = {}

    async def marks(self) -> dict[str, str]:
        """By `topic/partition`, the offset of the next record; and OUTBOX."""
        marks = await self._client.hgetall(self._key)
        return {str(mark): str(at) for mark, at in marks.items()}

    async def note(self, topic: str, offsets: Offsets) -> None:
        """These records are done. Raises LostWritesError where an earlier mark is gone."""
        next_ones = {mark_of(topic, partition): at for partition, at in offsets.items()}
        args = [
            part for mark, at in next_ones.items() for part in (mark, self._noted.get(mark, 0), at)
        ]
        if not await self._note(keys=[self._key], args=args):
            raise _lost(topic)
        self._noted |= next_ones

    async def note_published(self, now_ms: int) -> None:
        """Everything that is on the topics is known here."""
        if OUTBOX not in await self.marks():
            await self._client.hset(self._key, OUTBOX, f"{now_ms}-0")

    async def check_entry(self, noted: str | None) -> None:
        """`noted` is the last entry that this process has taken out of the outbox."""
        if noted is not None:
            now = await self._client.hget(self._key, OUTBOX)
            if now is None or entry_number(str(now)) < entry_number(noted):
                raise _lost("the outbox")


def mark_of(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"


def entry_number(entry_id: str) -> tuple[int, int]:
    """For comparing: milliseconds, and the number among equals."""
    milliseconds, _, number = entry_id.partition("-")
    return int(milliseconds), int(number or 0)


def behind(marks: Mapping[str, str], committed: Mapping[str, int]) -> dict[str, int]:
    """How many acknowledged records of each `topic/partition` Redis does not know. Pure."""
    lag = {mark: offset - int(marks.get(mark, 0)) for mark, offset in committed.items()}
    return {mark: records for mark, records in lag.items() if records > 0}


def _lost(where: str) -> LostWritesError:
    return LostWritesError(f"Redis has lost writes ({where}): start again, the start rebuilds them")
