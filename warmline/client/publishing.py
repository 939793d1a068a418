"""Publishing one event: acknowledged, and recognised when it is repeated."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kafka.errors import KafkaError

from warmline import codec
from warmline.client.broker import Broker
from warmline.errors import ConfigurationError, WarmlineError
from warmline.events import (
    AgentCommand,
    AuditMark,
    Erasure,
    Event,
    Evidence,
    Feedback,
    Inquiry,
    Payload,
)
from warmline.events.envelope import event_id
from warmline.topics import TOPICS, Topic

_TOPIC_OF: dict[type[Payload], Topic] = {
    topic.payload: topic
    for topic in TOPICS
    if topic.payload is not None and "platform" in topic.writers
}
_ID_OF: dict[type[Payload], str] = {
    Inquiry: "inquiry_id",
    Feedback: "feedback_id",
    AgentCommand: "command_id",
    AuditMark: "mark_id",
    Erasure: "erasure_id",
    Evidence: "evidence_id",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the acknowledged event is. `topic` is the name on the broker."""

    payload: Payload = field(repr=False)
    event_id: str
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Written:
    """A record to be written. `topic` is the name on the broker."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


@dataclass(slots=True)
class _Producer:
    """`ended_by` is the failure after which it was given up."""

    kafka: Any
    ended_by: WarmlineError | None = None

    def end(self) -> None:
        """At once. `close` alone would leave its thread behind for ever where records are not
        delivered, and deliver them at some later time, after they were said to have failed."""
        self.kafka._sender.force_close()
        self.kafka.close(timeout=5)


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    """A record that a producer has taken; `deadline` is on the monotonic clock."""

    record: _Written
    producer: _Producer
    future: Any
    deadline: float


class Publisher:
    """Connects on first use; any thread may use it.

    After a failed delivery the producer is replaced: kafka-python's would fail everything after it,
    and everything that was on its way beside it.
    """

    def __init__(self, broker: Broker, prefix: str, source: str) -> None:
        self._broker = broker
        self._prefix = prefix
        self._source = source
        self._connecting = threading.Lock()
        self._producer: _Producer | None = None
        self._known_topics: set[str] = set()

    def send(
        self, payload: Payload, *, at: datetime | None = None, traceparent: str | None = None
    ) -> Pending:
        """Hands the event to the producer; it is published once `wait()` of the result returns."""
        topic = _TOPIC_OF.get(type(payload))
        if topic is None:
            raise ConfigurationError(
                f"platforms do not publish {type(payload).__name__}: only "
                f"{', '.join(kind.__name__ for kind in _TOPIC_OF)}"
            )
        event = Event(
            id=event_id(getattr(payload, _ID_OF[type(payload)]), payload.KIND),
            source=self._source,
            time=at or datetime.now(UTC),
            data=payload,
            traceparent=traceparent,
        )
        record = _Written(self._prefix + topic.name, *codec.encode(topic, event))
        return Pending(self, payload, event.id, self._hand_over(record))

    def send_raw(
        self,
        topic_name: str,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> tuple[int, int]:
        """Writes a record as it is and returns its partition and offset once acknowledged."""
        written = _Written(topic_name, key, value, headers)
        metadata = self._acknowledged(self._hand_over(written))
        return metadata.partition, metadata.offset

    def settle(self, sent: _OnItsWay) -> Any:
        """The metadata of the acknowledged record. After Kafka refused a record, each that was on
        its way with it is tried again alone, to find out which one was meant."""
        try:
            return self._acknowledged(sent)
        except WarmlineError:
            if sent.producer.ended_by is None or sent.producer.ended_by.retriable:
                raise
        return self._acknowledged(self._hand_over(sent.record))

    def close(self) -> None:
        """Waits until what is on its way is delivered, at most the time-out."""
        with self._connecting:
            producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError):
                producer.kafka.flush(timeout=self._broker.timeout_s)
            producer.end()

    def _hand_over(self, record: _Written) -> _OnItsWay:
        with self._connecting:
            if record.topic not in self._known_topics:
                require_topic(self._broker, record.topic)
                self._known_topics.add(record.topic)
            if self._producer is None:
                self._producer = _Producer(self._broker.producer())
            producer = self._producer
        deadline = time.monotonic() + self._broker.timeout_s
        with self._broker.answering():
            future = producer.kafka.send(
                record.topic, value=record.value, key=record.key, headers=record.headers
            )
        return _OnItsWay(record, producer, future, deadline)

    def _acknowledged(self, sent: _OnItsWay) -> Any:
        """Keeps the deadline itself: kafka-python does not while it has no producer id."""
        try:
            return sent.future.get(timeout=max(0.0, sent.deadline - time.monotonic()))
        except KafkaError as error:
            failure = self._broker.explained(error)
            self._give_up(sent.producer, failure)
            raise failure from error

    def _give_up(self, producer: _Producer, failure: WarmlineError) -> None:
        with self._connecting:
            if self._producer is producer:
                self._producer = None
                producer.ended_by = failure
                producer.end()


@dataclass(frozen=True, slots=True)
class Pending:
    """An event on its way."""

    publisher: Publisher
    payload: Payload
    event_id: str
    sent: _OnItsWay

    def wait(self) -> Delivery:
        """Raises UnavailableError without an acknowledgement in time, or why Kafka refused it."""
        written = self.publisher.settle(self.sent)
        return Delivery(
            self.payload, self.event_id, written.topic, written.partition, written.offset
        )


def require_topic(broker: Broker, name: str) -> int:
    """The topic's number of partitions. Raises ConfigurationError if there is no such topic: the
    producer would only wait for it."""
    with broker.admin() as admin:
        (found,) = admin.describe_topics([name])
    if not found["partitions"]:
        raise ConfigurationError(
            f"there is no topic {name} on {broker.bootstrap}: create it with "
            f"`warmline topics apply`, or check the prefix"
        )
    return len(found["partitions"])
