"""Checks that every open inquiry is in exactly one place, whatever came before.

No transition leaves anything behind, so there is nothing to find. Should somebody change Redis by
hand, or a fault come to light that no test has found, work must still not be forgotten: the sweeper
puts it back where it belongs and says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from services.agents.records import read_work
from services.agents.scripts import Scripts
from services.agents.work import Work
from services.runtime.coalescing import CoalescingRedis
from services.runtime.conversations import TTL_MS
from services.runtime.keys import Keys

AT_ONCE = 200
PROLONG_AFTER_MS = 24 * 60 * 60 * 1000
"""Of younger work everything that expires has been written since it came."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many were looked at, and what was wrong: an inquiry's or a person's id, and why."""

    work: int
    people: int
    waiting: int
    faults: tuple[tuple[str, str], ...]


async def sweep(
    client: CoalescingRedis, keys: Keys, run: Scripts, settings: str, *, mend: bool
) -> Verdict:
    """Looks at everything, some at a time, so that nobody waits for it. Each look is one script, so
    what moves meanwhile is no fault."""
    counts = {"work": 0, "waiting": 0, "people": 0}
    faults: list[tuple[str, str]] = []
    for what in counts:
        async for names, held in _some(client, keys, what):
            counts[what] += len(names)
            mode = "mend" if mend else "look"
            found = await run("sweep", held, [settings, mode, what, *names])
            faults += zip(found[::2], found[1::2], strict=True)
    return Verdict(counts["work"], counts["people"], counts["waiting"], tuple(faults))


async def prolong(client: CoalescingRedis, keys: Keys, now_ms: int) -> int:
    """A promise may be for next week, and a customer may take two to answer: whose conversation it is, what
    was said in it and what joined the work must not expire before the work ends, or their next message would
    be taken for a new matter beside it. Returns for how many pieces of work."""
    cursor: Any = 0
    found: Any
    prolonged = 0
    while True:
        cursor, found = await client.hscan(keys.work(), cursor, count=AT_ONCE)
        works = (read_work(inquiry_id, record) for inquiry_id, record in found.items())
        old = [work for work in works if now_ms - work.arrival_ms > PROLONG_AFTER_MS]
        async with client.pipeline(transaction=False) as pipe:
            for key in [key for work in old for key in _expiring_of(work, keys)]:
                pipe.pexpire(key, TTL_MS)
            await pipe.execute()
        prolonged += len(old)
        if cursor == 0:
            return prolonged


def _expiring_of(work: Work, keys: Keys) -> Iterator[str]:
    yield keys.conversation(work.conversation_id)
    yield keys.turns(work.conversation_id)
    yield from (keys.ended(member) for member in work.members if member != work.inquiry_id)


async def _some(
    client: CoalescingRedis, keys: Keys, what: str
) -> AsyncIterator[tuple[list[str], list[str]]]:
    """Names, and for work the keys that go with each."""
    cursor: Any = 0
    while True:
        found: Any
        if what == "waiting":
            cursor, found = await client.zscan(keys.waiting(), cursor, count=AT_ONCE)
            names, held = [entry for entry, _ in found], []
        else:
            key = keys.work() if what == "work" else keys.people()
            cursor, found = await client.hscan(key, cursor, count=AT_ONCE)
            names = list(found)
            held = _keys_of(found, keys) if what == "work" else []
        for start in range(0, len(names), AT_ONCE):
            end = start + AT_ONCE
            yield names[start:end], held[start * 3 : end * 3]
        if cursor == 0:
            return


def _keys_of(records: dict[str, str], keys: Keys) -> list[str]:
    return [
        key
        for inquiry_id, record in records.items()
        for key in (
            keys.conversation(read_work(inquiry_id, record).conversation_id),
            keys.ended(inquiry_id),
            keys.details(inquiry_id),
        )
    ]
