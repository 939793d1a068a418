"""How far Redis has applied what Kafka has, kept in Redis itself; and whether that is still the same Redis.

A mark is written after the effects that it stands for. Redis loses its last writes or all of them, never
some in between, so a mark that is there means that the effects are. One that is lower than it has been
says that Redis has lost some. `begun` is a name that Redis gets once it has everything: where it is gone
or another one, everything was lost since. Scripts that must not act then compare it (`incarnation`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from services.runtime.errors import LostWritesError
from services.runtime.handling import Offsets
from services.runtime.redis import PASSING_FAULTS, load_script

BEGUN = "begun"
_LOOK_EVERY_S = 1.0


class Applied:
    """The marks of one part of what Redis holds, under `key`; what this process has noted itself is
    compared each time. `incarnation` is the Redis that this process knows, empty before `begin`."""

    def __init__(self, client: Redis, key: str) -> None:
        self.key = key
        self.incarnation = ""
        self._client = client
        self._note = load_script(client, "services.runtime", "note_applied")
        self._noted: dict[str, int] = {}

    async def marks(self) -> dict[str, str]:
        """By `topic/partition`, the offset of the next record; and BEGUN."""
        marks = await self._client.hgetall(self.key)
        return {str(mark): str(at) for mark, at in marks.items()}

    async def begin(self) -> None:
        """Redis has everything from now on. Of several processes the first gives it its name."""
        await self._client.hsetnx(self.key, BEGUN, uuid4().hex)
        self.incarnation = str(await self._client.hget(self.key, BEGUN))

    def check(self, begun: str | None) -> None:
        """`begun` is what stands in Redis now. Raises LostWritesError where it is not what this process
        knows."""
        if self.incarnation and begun != self.incarnation:
            raise lost_writes("all of them")

    async def watch(self, _: Any) -> None:
        """Endless; stops the process also while nothing comes in."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            before = dict(self._noted)
            try:
                marks = await self.marks()
            except PASSING_FAULTS:
                continue
            self.check(marks.get(BEGUN))
            for mark, noted in before.items():
                if int(marks.get(mark, 0)) < noted:
                    raise lost_writes(mark)

    async def note(self, topic: str, offsets: Offsets) -> None:
        """These records are done. Raises LostWritesError where an earlier mark is gone."""
        next_ones = {mark_of(topic, partition): at for partition, at in offsets.items()}
        args = [
            part for mark, at in next_ones.items() for part in (mark, self._noted.get(mark, 0), at)
        ]
        if not await self._note(keys=[self.key], args=[self.incarnation, *args]):
            raise lost_writes(topic)
        self._noted |= next_ones

    async def note_once(self, mark: str, at: str) -> None:
        """Where nothing stands there yet."""
        await self._client.hsetnx(self.key, mark, at)


def mark_of(topic: str, partition: int) -> str:
    return f"{topic}/{partition}"


def behind(marks: Mapping[str, str], committed: Mapping[tuple[str, int], int]) -> dict[str, int]:
    """How many acknowledged records of each `topic/partition` Redis does not know. Pure."""
    lag = {
        mark_of(topic, partition): offset - int(marks.get(mark_of(topic, partition), 0))
        for (topic, partition), offset in committed.items()
    }
    return {mark: records for mark, records in lag.items() if records > 0}


def lost_writes(where: str) -> LostWritesError:
    return LostWritesError(f"Redis has lost writes ({where}): start again, the start rebuilds them")
