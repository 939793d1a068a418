"""Every record that the topics hold after a run, in the order of its partition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warmline import dead_letters
from warmline.client import Client
from warmline.dead_letters import DeadLetter
from warmline.events import Event
from warmline.topics import DEAD_LETTERS, TOPICS


@dataclass(frozen=True, slots=True)
class Written:
    """`topic` is the table's name; `at` is when the writer gave the record to its producer."""

    topic: str
    at: datetime
    event: Event[Any]


@dataclass(frozen=True, slots=True)
class History:
    """`records` topic by topic, in order within each partition."""

    records: tuple[Written, ...]
    letters: tuple[DeadLetter, ...]

    def repeated_deliveries(self) -> int:
        """How many records repeat an earlier one: the same event id on the same topic, or a dead
        letter on the same record."""
        return _repeats((one.topic, one.event.source, one.event.id) for one in self.records) + (
            _repeats((one.topic, one.partition, one.offset, one.service) for one in self.letters)
        )

    def first_written(self) -> list[Written]:
        """Each event once, as it first appeared, in order of time."""
        first: dict[tuple[str, str], Written] = {}
        for one in self.records:
            first.setdefault((one.topic, one.event.id), one)
        return sorted(first.values(), key=lambda one: one.at)


def read_history(client: Client) -> History:
    """Raises the ContractError of a record that nobody can read."""
    records = [
        Written(read.topic, read.timestamp, read.event)
        for topic in TOPICS
        if topic is not DEAD_LETTERS
        for read in client.consume(topic.name, from_beginning=True, to_end=True)
    ]
    letters = [
        dead_letters.parse(record.key, record.value, record.headers)
        for record in client.read(DEAD_LETTERS, from_beginning=True, to_end=True)
    ]
    return History(tuple(records), tuple(letters))


def _repeats(names: Iterable[tuple[Any, ...]]) -> int:
    return sum(count - 1 for count in Counter(names).values())
