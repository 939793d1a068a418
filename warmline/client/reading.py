"""Reading a topic's raw records, with or without a consumer group."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from types import TracebackType
from typing import Any, Self

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata

from warmline.client.broker import Broker
from warmline.client.publishing import require_topic

_POLL_MS = 250
_COMMIT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Record:
    """As Kafka has it. `topic` is the name on the broker; `timestamp` is the record's own."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: tuple[tuple[str, bytes], ...]


class Reader(Iterator[Record]):
    """Iterates over a topic's records; one thread may use it.

    Without a group it reads all partitions from where they end now, or from their first records.
    With a group it shares the partitions with the group's other members and goes on where the group
    was (a new group: at the first record). A record counts as done when the next one is asked for,
    so one that was in hand when the reader was closed or the process died comes again.

    It ends after `idle_timeout_s` without a record; with `to_end`, when it has read what was there
    at the start; otherwise never.
    """

    def __init__(
        self,
        broker: Broker,
        topic_name: str,
        *,
        group: str | None = None,
        from_beginning: bool = False,
        to_end: bool = False,
        idle_timeout_s: float | None = None,
    ) -> None:
        if group is not None and to_end:
            raise ValueError("a group's member does not see the end of all partitions")
        partitions = require_topic(broker, topic_name)
        self._broker = broker
        self._idle_timeout_s = idle_timeout_s
        self._buffer: deque[Any] = deque()
        self._done: dict[Any, Any] = {}
        self._in_hand: Any = None
        self._ends: dict[Any, int] = {}
        self._consumer: Any = broker.consumer(group)
        with broker.answering():
            if group is not None:
                self._consumer.subscribe([topic_name], listener=_Membership(self))
            else:
                everything = [TopicPartition(topic_name, number) for number in range(partitions)]
                self._start_at(everything, from_beginning)
                if to_end:
                    self._ends = self._consumer.end_offsets(everything)
        self._grouped = group is not None
        self._committed_at = self._heard_at = time.monotonic()
        if group is not None:  # joining may take a while and is not idleness: `joined` begins it
            self._heard_at += broker.timeout_s

    def __next__(self) -> Record:
        if self._consumer is None:
            raise StopIteration
        self.done()
        self._commit_if_due()
        while not self._buffer:
            if self._at_end():
                self.close()
                raise StopIteration
            self._poll()
            self._commit_if_due()
        self._in_hand = self._buffer.popleft()
        return _record(self._in_hand)

    def done(self) -> None:
        """Counts the last record as done, without asking for the next one."""
        record, self._in_hand = self._in_hand, None
        if record is not None:
            partition = TopicPartition(record.topic, record.partition)
            self._done[partition] = OffsetAndMetadata(record.offset + 1, "", -1)

    def close(self) -> None:
        """Commits what is done and leaves the group. Closing twice is harmless."""
        if self._consumer is None:
            return
        consumer, self._buffer = self._consumer, deque()
        try:
            self.commit()
        finally:
            self._consumer = None
            consumer.close(autocommit=False)

    def joined(self) -> None:
        """Called when the group has given this member its partitions."""
        self._heard_at = time.monotonic()

    def commit(self) -> None:
        """Marks what is done in the group. If the group has given the partitions to another member
        meanwhile, that one reads the records again: nothing is lost, so it is no error."""
        done, self._done = self._done, {}
        if not done or not self._grouped:
            return
        self._committed_at = time.monotonic()
        try:
            self._consumer.commit(done, timeout_ms=self._broker.timeout_s * 1000)
        except CommitFailedError:
            return
        except KafkaError as error:
            raise self._broker.explained(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def _start_at(self, partitions: list[Any], from_beginning: bool) -> None:
        """Fixes the positions now, so that what is published from here on is seen."""
        self._consumer.assign(partitions)
        offsets = self._consumer.beginning_offsets if from_beginning else self._consumer.end_offsets
        for partition, offset in offsets(partitions).items():
            self._consumer.seek(partition, offset)

    def _commit_if_due(self) -> None:
        if time.monotonic() - self._committed_at >= _COMMIT_EVERY_S:
            self.commit()

    def _poll(self) -> None:
        with self._broker.answering():
            fetched = self._consumer.poll(timeout_ms=_POLL_MS)
        for partition, records in fetched.items():
            end = self._ends.get(partition, inf)
            self._buffer.extend(record for record in records if record.offset < end)
        if self._buffer:
            self._heard_at = time.monotonic()

    def _at_end(self) -> bool:
        if self._ends and all(
            self._consumer.position(partition) >= end for partition, end in self._ends.items()
        ):
            return True
        return (
            self._idle_timeout_s is not None
            and time.monotonic() - self._heard_at >= self._idle_timeout_s
        )


class _Membership(ConsumerRebalanceListener):  # type: ignore[misc]
    """Partitions leave only inside `poll`, when nothing is buffered or in hand: all that was read
    is done, and committed here it is not read twice."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 - kafka-python's signature
        self._reader.commit()

    def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002
        self._reader.joined()


def _record(raw: Any) -> Record:
    return Record(
        raw.topic,
        raw.partition,
        raw.offset,
        datetime.fromtimestamp(raw.timestamp / 1000, UTC),
        raw.key,
        raw.value,
        tuple((name, content or b"") for name, content in raw.headers),
    )
