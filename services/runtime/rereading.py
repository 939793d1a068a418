"""Reads what a topic holds by now, once and to its end, beside the group that works on it: for whoever has to
build up again what was made from it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import stamina
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    KafkaError,
    UnknownTopicOrPartitionError,
)

from services.runtime.clock import millis
from services.runtime.settings import ServiceSettings
from warmline import codec
from warmline.errors import ContractError, UnavailableError
from warmline.events.envelope import Event
from warmline.topics import TOPICS, Topic

_POLL_MS = 200
_RECORDS_MAX = 500
_FIRST_GROUP_S = 15.0
"""A broker that never had a group makes its topic for them when it is first asked."""

Committed = Mapping[tuple[str, int], int]
"""By topic (its name in the table) and partition, up to where a group has acknowledged."""


class Kept(NamedTuple):
    """An event and where it stands."""

    event: Event[Any]
    partition: int
    offset: int


async def committed_by(settings: ServiceSettings, group: str) -> Committed:
    """Raises UnavailableError where Kafka does not answer, or does not know the group again yet."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    try:
        await admin.start()
        partitions = await _partitions(admin, settings)
        if not partitions:
            return {}
        async for attempt in stamina.retry_context(
            on=GroupCoordinatorNotAvailableError, attempts=None, timeout=_FIRST_GROUP_S
        ):
            with attempt:
                offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    except (KafkaError, OSError) as error:
        raise UnavailableError(f"Kafka: {type(error).__name__}: {error}") from error
    finally:
        await admin.close()
    # A broker that still reads the groups after its start answers with nothing, and the client sees no error.
    if offsets.keys() != set(partitions):
        raise UnavailableError(f"Kafka does not know yet how far group {group} is")
    return {
        (partition.topic.removeprefix(settings.topic_prefix), partition.partition): at.offset
        for partition, at in offsets.items()
        if at.offset > 0
    }


async def _partitions(admin: Any, settings: ServiceSettings) -> list[TopicPartition]:
    """Of all our topics that are there; asking for one by its name might make it."""
    ours = {settings.topic(topic.name) for topic in TOPICS}
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in await admin.describe_topics()
        if topic["topic"] in ours
        for partition in topic["partitions"]
    ]


async def read_again(
    settings: ServiceSettings,
    topic: Topic,
    since_ms: int | None = None,
    until_ms: int | None = None,
    key: str | None = None,
    *,
    first_only: bool = False,
) -> AsyncIterator[list[Kept]]:
    """All events on a topic, or those written in some time, or those of a key, or the first of each
    partition; in the order of each partition. What breaks the contract was refused when it came, and is
    passed over. Raises UnavailableError where Kafka does not answer, or does not know the topic (a broker
    that has just started may not yet): what is not known must not be taken for nothing."""
    async with _consumer_of(settings, topic) as consumer:
        partitions = list(consumer.assignment())
        ends = await _seek(consumer, partitions, since_ms, until_ms)
        if first_only:
            firsts = {each: await consumer.position(each) + 1 for each in partitions}
            ends = {each: min(end, firsts[each]) for each, end in ends.items()}
        while await _is_short_of(consumer, ends):
            batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_RECORDS_MAX)
            for partition, records in batches.items():
                wanted = [each for each in records if each.offset < ends[partition]]
                if key is not None:
                    wanted = [each for each in wanted if each.key == key.encode()]
                yield _decoded(settings, topic, wanted)


async def holds_any(settings: ServiceSettings, topics: Sequence[Topic]) -> bool:
    """Whether anything stands on any of these topics. Raises as `read_again`."""
    async with _consumer_of(settings, *topics) as consumer:
        partitions = list(consumer.assignment())
        starts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        return any(ends[each] > starts[each] for each in partitions)


@asynccontextmanager
async def _consumer_of(settings: ServiceSettings, *topics: Topic) -> AsyncIterator[Any]:
    """Of all partitions, in no group."""
    names = [settings.topic(topic.name) for topic in topics]
    consumer = AIOKafkaConsumer(
        *names,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=None,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        yield consumer
    except UnknownTopicOrPartitionError as error:
        raise UnavailableError(
            f"topic {' or '.join(names)} is not there: create it with `warmline topics apply`"
        ) from error
    except (KafkaError, OSError) as error:
        raise UnavailableError(f"Kafka: {type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()


async def _seek(
    consumer: Any, partitions: list[TopicPartition], since_ms: int | None, until_ms: int | None
) -> dict[TopicPartition, int]:
    """Returns where reading ends."""
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    starts = await consumer.beginning_offsets(partitions)
    if since_ms is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, max(0, since_ms)))
        starts = {
            partition: ends[partition] if place is None else place.offset
            for partition, place in found.items()
        }
    if until_ms is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, until_ms + 1))
        ends |= {partition: place.offset for partition, place in found.items() if place is not None}
    for partition, offset in starts.items():
        consumer.seek(partition, offset)
    return ends


class Reach(NamedTuple):
    """How far back a topic goes: the time of its oldest event, None where it holds none, and whether all
    that was ever written is still there."""

    oldest_ms: int | None
    whole: bool


async def reach_of(settings: ServiceSettings, topic: Topic) -> Reach:
    """Where older records were dropped from some partitions, the oldest is of the one that kept least.
    Raises UnavailableError where Kafka does not answer."""
    oldest: dict[int, int] = {}
    dropped: set[int] = set()
    async for some in read_again(settings, topic, first_only=True):
        for kept in some:
            oldest[kept.partition] = millis(kept.event.time)
            if kept.offset > 0:
                dropped.add(kept.partition)
    if dropped:
        return Reach(max(oldest[partition] for partition in dropped), False)
    return Reach(min(oldest.values(), default=None), True)


async def _is_short_of(consumer: Any, ends: Mapping[TopicPartition, int]) -> bool:
    for partition, end in ends.items():
        if await consumer.position(partition) < end:
            return True
    return False


def _decoded(settings: ServiceSettings, topic: Topic, records: Sequence[Any]) -> list[Kept]:
    kept: list[Kept] = []
    limits = codec.Limits(topic.max_bytes, settings.text_max_bytes)
    for record in records:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        try:
            event = codec.decode(
                topic, record.key, record.value, record.headers, received_at=at, limits=limits
            )
        except ContractError:
            continue
        kept.append(Kept(event, record.partition, record.offset))
    return kept
