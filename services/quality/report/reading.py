"""The topics, from their first record to what is there now, as sorted facts and as licences.

Reads with the client library alone: no database, no other service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.quality.report.facts import SOURCES, fact_of, to_line
from services.quality.report.sorting import SortedLines
from services.runtime.clock import millis
from warmline.client import BadRecord, Client
from warmline.events import Licence
from warmline.topics import LICENCES


@dataclass(frozen=True, slots=True)
class LicenceStep:
    """A licence as it stood from `at_ms` on."""

    at_ms: int
    licence: Licence


@dataclass
class Read:
    """`bad`: records of each topic that break the contract; they are counted and left out."""

    events: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    newest_ms: int = 0
    licences: list[LicenceStep] = field(default_factory=list)

    def saw(self, topic: str, at: datetime) -> None:
        self.events[topic] += 1
        self.newest_ms = max(self.newest_ms, millis(at))


def read_topics(
    client: Client, lines: SortedLines, on_progress: Callable[[str, int], None]
) -> Read:
    """Fills `lines`. `on_progress` hears the topic and how many of its events were read so far.

    Raises UnavailableError or ConfigurationError, as the client does.
    """
    read = Read()
    for topic in SOURCES:
        for received in client.consume(
            topic.name, from_beginning=True, to_end=True, on_bad=_count(read, topic.name)
        ):
            read.saw(topic.name, received.event.time)
            found = fact_of(received.event)
            if found is not None:
                lines.add(to_line(*found))
            if read.events[topic.name] % 1000 == 0:
                on_progress(topic.name, read.events[topic.name])
    _read_licences(client, read)
    return read


def _read_licences(client: Client, read: Read) -> None:
    for received in client.consume(
        LICENCES.name, from_beginning=True, to_end=True, on_bad=_count(read, LICENCES.name)
    ):
        read.saw(LICENCES.name, received.event.time)
        read.licences.append(LicenceStep(millis(received.event.time), received.event.data))
    read.licences.sort(key=lambda step: (step.at_ms, step.licence.topic, step.licence.language))


def _count(read: Read, topic: str) -> Callable[[BadRecord], None]:
    def count(_: BadRecord) -> None:
        read.bad[topic] += 1

    return count
