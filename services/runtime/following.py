"""Follows a topic without a consumer group: for what a process must know whole, in order.

Faust's streams share a topic's work between replicas and go on where the group stood. A topic that is
followed is read by every replica by itself, from the offsets that its reader names: the start of a
compacted topic, or the place up to which a projection has been applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from services.runtime.clock import now
from services.runtime.processing import is_passing
from services.runtime.producer import KafkaPublisher, Record
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import get_logger
from warmline import codec, dead_letters
from warmline.errors import ContractError, UnavailableError
from warmline.events.envelope import Event
from warmline.topics import DEAD_LETTERS, Topic

log = get_logger(__name__)

_POLL_MS = 200
_RECORDS_MAX = 500


class Place(NamedTuple):
    """A partition and the offset of the next record to be read."""

    partition: int
    offset: int


Handle = Callable[[Sequence[Event[Any]], Place], Awaitable[None]]
Start = Callable[[], Awaitable[Mapping[int, int]]]


async def _from_the_beginning() -> Mapping[int, int]:
    return {}


class Following:
    """`handle` gets the events of one partition in order, and the place after them; it must be able to
    get the same again. `start` names the offsets to begin with, by partition; 0 where it names none. A
    record that breaks the contract is passed over, and the next ones still count: it is logged, and
    where `bury_as` names the service, which goes on from where it was, it becomes a dead letter.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        topic: Topic,
        handle: Handle,
        start: Start = _from_the_beginning,
        bury_as: str | None = None,
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._name = settings.topic(topic.name)
        self._handle = handle
        self._start = start
        self._bury_as = bury_as
        self._caught_up = asyncio.Event()

    async def run(self, publisher: Any) -> None:
        """Endless. Raises where Kafka or the reader's own store stays away for longer than
        `retry_for_s`, or where the reader fails: the process then stops and reads again."""
        while True:
            async for attempt in stamina.retry_context(
                on=_may_pass, attempts=None, timeout=self._settings.retry_for_s, wait_max=2.0
            ):
                with attempt:
                    await self._read(publisher)

    async def caught_up(self) -> None:
        """Returns once everything that was on the topic at the start has been handled."""
        await self._caught_up.wait()

    async def ready(self) -> None:
        """For `/readyz`: raises UnavailableError until then."""
        if not self._caught_up.is_set():
            raise UnavailableError(f"still reading {self._topic.name}")

    async def _read(self, publisher: KafkaPublisher) -> None:
        consumer = AIOKafkaConsumer(
            self._name,
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=None,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            ends = await self._seek(consumer)
            while True:
                await self._note_progress(consumer, ends)
                batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
                for partition, records in batches.items():
                    place = Place(partition.partition, records[-1].offset + 1)
                    events, letters = self._decoded(records)
                    if letters:
                        await publisher.send(letters)
                    await self._handle(events, place)
        finally:
            await consumer.stop()

    async def _seek(self, consumer: Any) -> dict[TopicPartition, int]:
        """Goes to where reading begins; returns where each partition ends now."""
        partitions = list(consumer.assignment())
        if not partitions:
            raise UnavailableError(
                f"topic {self._name} is not there: create it with `warmline topics apply`"
            )
        offsets = await self._start()
        beginnings = await consumer.beginning_offsets(partitions)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        for partition in partitions:
            offset = offsets.get(partition.partition, 0)
            consumer.seek(partition, _between(beginnings[partition], offset, ends[partition]))
        return ends

    async def _note_progress(self, consumer: Any, ends: Mapping[TopicPartition, int]) -> None:
        if self._caught_up.is_set():
            return
        for partition, end in ends.items():
            if await consumer.position(partition) < end:
                return
        self._caught_up.set()

    def _decoded(self, records: Sequence[Any]) -> tuple[list[Event[Any]], list[Record]]:
        """The events, and the dead letters of what is none."""
        events: list[Event[Any]] = []
        letters: list[Record] = []
        limits = codec.Limits(self._topic.max_bytes, self._settings.text_max_bytes)
        for record in records:
            at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
            try:
                events.append(
                    codec.decode(
                        self._topic,
                        record.key,
                        record.value,
                        record.headers,
                        received_at=at,
                        limits=limits,
                    )
                )
            except ContractError as error:
                log.warning(
                    "record passed over",
                    topic=self._topic.name,
                    partition=record.partition,
                    offset=record.offset,
                    error=type(error).__name__,
                )
                if self._bury_as is not None:
                    letters.append(self._letter(record, self._bury_as, error))
        return events, letters

    def _letter(self, record: Any, service: str, error: ContractError) -> Record:
        headers = dead_letters.build_headers(
            record.headers,
            topic=self._name,
            partition=record.partition,
            offset=record.offset,
            service=service,
            stage="decode",
            error=error,
            at=now(),
        )
        name = self._settings.topic(DEAD_LETTERS.name)
        return Record(name, record.key, record.value, headers)


def _between(beginning: int, offset: int, end: int) -> int:
    """Where retention has removed what comes next, the oldest that is left; on a topic that was made
    anew, its beginning."""
    return beginning if offset > end else max(beginning, offset)


def _may_pass(error: Exception) -> bool:
    return is_passing(error) or isinstance(error, KafkaError)
