"""The shapes between streams and handlers; nothing here knows the broker.

A handler takes a batch of events in order and returns, for each of them, the events to write. It may be
called again with the same events (after a crash, or with half of a batch that held a bad one), so every
effect must be idempotent and every output's id must follow from its cause (`event_id`).

What it raises decides what happens: an error with `retriable` True, or one of Redis that a reconnect can
cure, is tried again and in the end stops the process with nothing acknowledged. Any other error concerns
one event, which becomes a dead letter while its neighbours go on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from warmline.events.base import Payload
from warmline.events.envelope import Event
from warmline.topics import Topic


class Output(NamedTuple):
    """An event and the topic it goes to."""

    topic: Topic
    event: Event[Payload]


Handler = Callable[[Sequence[Event[Any]]], Awaitable[Sequence[Sequence[Output]]]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`handle` gets every event of `topic`, in order within a partition."""

    topic: Topic
    handle: Handler


def one_by_one(handle: Callable[[Event[Any]], Awaitable[Sequence[Output]]]) -> Handler:
    """A handler of batches from a handler of single events; order is kept."""

    async def handle_batch(events: Sequence[Event[Any]]) -> list[Sequence[Output]]:
        return [await handle(event) for event in events]

    return handle_batch


class Publisher(Protocol):
    """Writes events to Kafka."""

    async def publish(self, outputs: Sequence[Output]) -> None:
        """Returns when the broker has acknowledged every one. Raises UnavailableError when that is
        unknown (publish again: ids make it harmless) and ContractError for one that can never be written."""
        ...
