"""The topics, from their first record to what is there now, as sorted facts and as licences.

Needs Kafka alone: no database, no other service. Records are read with aiokafka, which takes a tenth of
the time of the client library's consumer, and decoded as the client library decodes them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.quality.report.facts import SOURCES, fact_of, to_line
from services.quality.report.sorting import SortedLines
from services.runtime.clock import millis
from warmline.client import BadRecord, Record
from warmline.client.consuming import read_event
from warmline.errors import ConfigurationError, UnavailableError
from warmline.events import Event, Licence
from warmline.topics import LICENCES, Topic

BATCH = 1000


@dataclass(frozen=True, slots=True)
class LicenceStep:
    """A licence as it stood from `at_ms` on."""

    at_ms: int
    licence: Licence


@dataclass
class Read:
    """`bad`: records of each topic that break the contract; they are counted and left out. What has no
    moment, as a licence of which nothing is known yet, is neither the newest nor the oldest."""

    events: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    newest_ms: int = 0
    oldest_ms: int | None = None
    licences: list[LicenceStep] = field(default_factory=list)

    def saw(self, topic: str, at: datetime) -> None:
        self.events[topic] += 1
        at_ms = millis(at)
        self.newest_ms = max(self.newest_ms, at_ms)
        if at_ms > 0:
            self.oldest_ms = at_ms if self.oldest_ms is None else min(self.oldest_ms, at_ms)


def read_topics(
    bootstrap: str,
    prefix: str,
    lines: SortedLines,
    on_progress: Callable[[str, int], None],
    timeout_s: float,
) -> Read:
    """Fills `lines`. `on_progress` hears the topic and how many of its events were read so far.

    Raises UnavailableError when Kafka does not answer, ConfigurationError when a topic is missing.
    """
    try:
        return asyncio.run(_read_topics(bootstrap, prefix, lines, on_progress, timeout_s))
    except (KafkaError, TimeoutError, OSError) as error:
        raise UnavailableError(
            f"Kafka at {bootstrap} does not answer ({type(error).__name__}): check the address and "
            "that it runs; `warmline doctor` looks closer"
        ) from error


async def _read_topics(
    bootstrap: str,
    prefix: str,
    lines: SortedLines,
    on_progress: Callable[[str, int], None],
    timeout_s: float,
) -> Read:
    read = Read()
    topics = {prefix + topic.name: topic for topic in (*SOURCES, LICENCES)}
    async with asyncio.timeout(timeout_s):
        await _require(bootstrap, topics)
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap.split(","),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
    )
    try:
        async with asyncio.timeout(timeout_s):
            await consumer.start()
        async for batch in _batches(consumer, timeout_s):
            topic = topics[batch[0].topic]
            for record in batch:
                take(read, lines, topic, record)
            on_progress(topic.name, read.events[topic.name])
    finally:
        await consumer.stop()
    read.licences.sort(key=lambda step: (step.at_ms, step.licence.topic, step.licence.language))
    return read


async def _batches(consumer: AIOKafkaConsumer, timeout_s: float) -> AsyncIterator[Sequence[Any]]:
    """What is on the topics now, some records of one partition at a time. Raises TimeoutError when
    nothing comes for `timeout_s` although something is there."""
    partitions = consumer.assignment()
    async with asyncio.timeout(timeout_s):
        firsts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
    unread = {partition for partition, end in ends.items() if firsts[partition] < end}
    consumer.pause(*(partitions - unread))
    heard_at = time.monotonic()
    while unread:
        fetched = await consumer.getmany(*unread, timeout_ms=250, max_records=BATCH)
        for partition, records in fetched.items():
            heard_at = time.monotonic()
            if some := [record for record in records if record.offset < ends[partition]]:
                yield some
        for partition in list(unread):
            if await consumer.position(partition) >= ends[partition]:
                unread.discard(partition)
                consumer.pause(partition)
        if time.monotonic() - heard_at > timeout_s:
            raise TimeoutError


async def _require(bootstrap: str, names: Iterable[str]) -> None:
    """Asking for a topic that is missing would only wait for it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    try:
        await admin.start()
        missing = sorted(set(names) - set(await admin.list_topics()))
    finally:
        await admin.close()
    if missing:
        raise ConfigurationError(
            f"there is no topic {missing[0]} on {bootstrap}: create it with `warmline topics apply`, "
            "or check the prefix"
        )


def take(read: Read, lines: SortedLines, topic: Topic, raw: Any) -> None:
    """One record of Kafka, with the fields of aiokafka's."""
    event = _event(read, topic, raw)
    if event is None:
        return
    read.saw(topic.name, event.time)
    if topic is LICENCES:
        read.licences.append(LicenceStep(millis(event.time), event.data))
        return
    found = fact_of(event)
    if found is not None:
        lines.add(to_line(*found))


def _event(read: Read, topic: Topic, raw: Any) -> Event[Any] | None:
    record = Record(
        raw.topic,
        raw.partition,
        raw.offset,
        datetime.fromtimestamp(raw.timestamp / 1000, UTC),
        raw.key,
        raw.value,
        raw.headers,
    )
    found = read_event(topic, record)
    if isinstance(found, BadRecord):
        read.bad[topic.name] += 1
        return None
    return found.event
