"""The client: one object for what a platform does with Warmline."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from warmline.client import bulk, consuming
from warmline.client.broker import Broker
from warmline.client.bulk import Failure, Report
from warmline.client.consuming import BadRecord, Received
from warmline.client.publishing import Delivery, Publisher
from warmline.client.reading import Reader
from warmline.errors import ConfigurationError
from warmline.events import Payload
from warmline.topics import BY_NAME, DEAD_LETTERS, Topic


class Client:
    """Publishes and consumes Warmline's events; connects on first use.

    `bootstrap` is `host:port`, or several with commas between them. `topic_prefix` is the
    operator's. `source` names the platform in the events it publishes. `security` holds
    kafka-python's options for TLS and SASL. `timeout_s` bounds every wait for Kafka's answer.

    Publishing is safe from any thread; each iterator of `consume` belongs to one.
    """

    def __init__(
        self,
        bootstrap: str,
        topic_prefix: str = "",
        *,
        source: str = "platform",
        security: Mapping[str, Any] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._broker = Broker(bootstrap, security or {}, timeout_s)
        self._prefix = topic_prefix
        self._publisher = Publisher(self._broker, topic_prefix, source)
        self._readers: weakref.WeakSet[Reader] = weakref.WeakSet()

    def publish(
        self,
        payload: Payload,
        *,
        time: datetime | None = None,
        traceparent: str | None = None,
    ) -> Delivery:
        """Publishes an inquiry, feedback, an agent's command, an erasure or evidence; returns when
        every in-sync replica has it. The payload's type decides the topic, its id the event's: publishing
        it again is recognised and counts once.

        `time` is when the customer wrote (default: now); `traceparent` continues a W3C trace.
        Raises TooLargeError, ConfigurationError (no such topic) or UnavailableError.
        """
        return self._publisher.send(payload, at=time, traceparent=traceparent).wait()

    def publish_many(
        self,
        payloads: Iterable[Payload],
        *,
        on_delivery: Callable[[Delivery | Failure], None] | None = None,
        max_in_flight: int = 1000,
    ) -> Report:
        """Publishes all of them, several at a time; a bad one does not hinder the others.

        `payloads` is read only as fast as Kafka acknowledges: no more than `max_in_flight` are in
        memory. `on_delivery` is called for each, in order and in this thread. Raises
        PublishingStoppedError, which has the report so far, when Kafka stops answering.
        """
        return bulk.publish_all(self._publisher, payloads, on_delivery, max_in_flight)

    def consume(
        self,
        topic: str,
        *,
        group: str | None = None,
        from_beginning: bool = False,
        to_end: bool = False,
        until: Callable[[Received], bool] | None = None,
        idle_timeout_s: float | None = None,
        once: bool = False,
        on_bad: Callable[[BadRecord], None] | None = None,
    ) -> Iterator[Received]:
        """The events of `topic` (a name of the topic table, without prefix), as they come.

        Where it starts: without a group at what is published from this call on, or at the topic's
        first record with `from_beginning`. With a group, where the group was; a new group at the
        first record. Each member of a group gets its share; an event is done when the next one is
        asked for, so after a crash the last ones come again: at least once.

        Where it ends: after an event for which `until` is true, after `idle_timeout_s` without any,
        or `to_end`, when what was there at the start is read. Otherwise it waits for ever.

        `once` drops an event whose source and id were among the last 100,000 seen by this iterator.
        A record that breaks the contract raises its ContractError, with partition and offset, and
        stays undone; with `on_bad` it is given there instead, and reading goes on.
        """
        found = topic_named(topic)
        reader = self.read(
            found,
            group=group,
            from_beginning=from_beginning,
            to_end=to_end,
            idle_timeout_s=idle_timeout_s,
        )
        return consuming.events(reader, found, on_bad=on_bad, once=once, until=until)

    def read(
        self,
        topic: Topic,
        *,
        group: str | None = None,
        from_beginning: bool = False,
        to_end: bool = False,
        idle_timeout_s: float | None = None,
    ) -> Reader:
        """The raw records of a topic, as dead letters are; starts and ends as `consume` does."""
        reader = Reader(
            self._broker,
            self._prefix + topic.name,
            group=group,
            from_beginning=from_beginning,
            to_end=to_end,
            idle_timeout_s=idle_timeout_s,
        )
        self._readers.add(reader)
        return reader

    def republish(
        self,
        topic_name: str,
        key: bytes | None,
        value: bytes | None,
        headers: list[tuple[str, bytes]],
    ) -> tuple[int, int]:
        """Writes a record byte for byte to `topic_name` (with prefix, one of the table's), as the
        replay of dead letters does. Returns partition and offset."""
        if topic_name not in {self._prefix + topic.name for topic in BY_NAME.values()}:
            raise ConfigurationError(
                f"{topic_name} is none of Warmline's topics with the prefix {self._prefix!r}"
            )
        return self._publisher.send_raw(topic_name, key, value, headers)

    def close(self) -> None:
        """Waits for what is on its way, commits and leaves groups. Closing twice is harmless."""
        for reader in list(self._readers):
            reader.close()
        self._publisher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()


def topic_named(name: str) -> Topic:
    """Raises ConfigurationError for a name that is not in the table or carries no events."""
    topic = BY_NAME.get(name)
    if topic is None:
        raise ConfigurationError(f"there is no topic {name!r}: one of {', '.join(BY_NAME)}")
    if topic is DEAD_LETTERS:
        raise ConfigurationError(
            f"{name} carries raw records, not events: use `read` and `warmline.dead_letters`"
        )
    return topic
