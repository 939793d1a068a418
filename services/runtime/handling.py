"""The shapes between streams and handlers; nothing here knows the broker.

A handler takes a batch of events in order and returns, for each of them, the events to write. It may be
called again with the same events (after a crash, or with half of a batch that held a bad one), so every
effect must be idempotent and every output's id must follow from its cause (`event_id`).

What it raises decides what happens: an error with `retriable` True, or one of Redis that a reconnect can
cure, is tried again and in the end stops the process with nothing acknowledged. Any other error concerns
one event, which becomes a dead letter while its neighbours go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from warmline.events.base import Payload
from warmline.events.envelope import Event
from warmline.topics import Topic

AT_ONCE = 24
"""Conversations of a batch; fewer than a process has connections to Redis."""


class Output(NamedTuple):
    """An event and the topic it goes to."""

    topic: Topic
    event: Event[Payload]


Handler = Callable[[Sequence[Event[Any]]], Awaitable[Sequence[Sequence[Output]]]]


Offsets = Mapping[int, int]
"""By partition, the offset of the next record."""

NoteApplied = Callable[[str, Offsets], Awaitable[None]]
"""Is told the name in the table of topics, once all records before those offsets are done."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """`handle` gets every event of `topic`, in order within a partition. `applied` is called after
    each batch, before its offsets can be committed; what it raises stops the process."""

    topic: Topic
    handle: Handler
    applied: NoteApplied | None = None


def one_by_one(handle: Callable[[Event[Any]], Awaitable[Sequence[Output]]]) -> Handler:
    """A handler of batches from a handler of single events; order is kept."""

    async def handle_batch(events: Sequence[Event[Any]]) -> list[Sequence[Output]]:
        return [await handle(event) for event in events]

    return handle_batch


def by_conversation(
    handle: Callable[[Event[Any]], Awaitable[Sequence[Output]]], key_of: Callable[[Any], str]
) -> Handler:
    """As `one_by_one`, but conversations do not wait for each other: for handlers that ask a slow
    server. What one raises is raised when all have ended."""

    async def handle_batch(events: Sequence[Event[Any]]) -> list[Sequence[Output]]:
        places: dict[str, list[int]] = {}
        for place, event in enumerate(events):
            places.setdefault(key_of(event.data), []).append(place)
        outputs: list[Sequence[Output]] = [()] * len(events)
        slots = asyncio.Semaphore(AT_ONCE)

        async def converse(of_one: Sequence[int]) -> None:
            async with slots:
                for place in of_one:
                    outputs[place] = await handle(events[place])

        ends = await asyncio.gather(*map(converse, places.values()), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error
        return outputs

    return handle_batch


class Publisher(Protocol):
    """Writes events to Kafka."""

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Returns when the broker has acknowledged every one. Raises UnavailableError when that is
        unknown (publish again: ids make it harmless) and ContractError for one that can never be written."""
        ...
