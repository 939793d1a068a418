"""One service as its own process, on topics and a desk of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import CoordinatorNotAvailableError, NotCoordinatorError
from redis import Redis

from services.runtime.keys import Keys
from warmline import codec
from warmline.events import Event
from warmline.topics import TOPICS, Topic

PARTITIONS = 2

Prepare = Callable[..., "ServiceProcess"]
"""The service, its settings and its arguments; see the fixture `prepared`."""


@dataclass
class ServiceProcess:
    """`service` is the module's name under `services`; `settings` are environment variables."""

    service: str
    kafka: str
    redis_url: str
    name: str
    log: Path
    settings: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    @property
    def prefix(self) -> str:
        return f"{self.name}."

    @property
    def desk(self) -> str:
        return self.name[-32:].strip("-")

    def create_topics(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        admin.create_topics(
            [
                NewTopic(self.prefix + topic.name, min(PARTITIONS, topic.partitions), 1)
                for topic in TOPICS
            ]
        )
        admin.close()

    def start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.service}", *self.arguments],
                env=self._places() | self.settings,
                stdout=log,
                stderr=log,
            )
        return self.process

    def command(self, *arguments: str) -> str:
        """What `warmline` prints on the same servers."""
        return subprocess.run(
            [sys.executable, "-m", "warmline.cli", *arguments],
            env=self._places(),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout

    def _places(self) -> dict[str, str]:
        return {
            **os.environ,
            "WARMLINE_KAFKA_BOOTSTRAP": self.kafka,
            "WARMLINE_REDIS_URL": self.redis_url,
            "WARMLINE_TOPIC_PREFIX": self.prefix,
            "WARMLINE_DESK": self.desk,
        }

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Returns the exit code; ending it twice is harmless."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)

    def lose_everything(self) -> None:
        """As FLUSHALL, but only this desk's keys: other tests share the server."""
        with Redis.from_url(self.redis_url) as client:
            pattern = Keys(self.desk).work().removesuffix("work") + "*"
            client.delete(*client.scan_iter(pattern, count=1000))

    def publish(self, topic: Topic, events: Iterable[Event[Any]]) -> None:
        self.publish_all((topic, event) for event in events)

    def publish_all(self, events: Iterable[tuple[Topic, Event[Any]]]) -> None:
        producer = KafkaProducer(bootstrap_servers=self.kafka, linger_ms=20)
        for topic, event in events:
            key, value, headers = codec.encode(topic, event)
            producer.send(self.prefix + topic.name, key=key, value=value, headers=headers)
        producer.flush()
        producer.close()

    def committed(self, topic: Topic) -> int:
        """How many records of a topic the service has acknowledged."""
        group = f"{self.prefix}warmline-{self.service}-{self.desk}"
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        try:
            places = admin.list_group_offsets(group).get(group, {})
        except (CoordinatorNotAvailableError, NotCoordinatorError):  # the broker's first group
            return 0
        finally:
            admin.close()
        name = self.prefix + topic.name
        return sum(max(0, at.offset) for place, at in places.items() if place.topic == name)

    def read(self, topic: Topic) -> list[Event[Any]]:
        """Every event on the topic now, repeats included."""
        return [_decode(topic, record) for record in self.raw(topic)]

    def raw(self, topic: Topic) -> list[Any]:
        """Every record on the topic now, undecoded: dead letters are no events."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka)
        numbers = range(min(PARTITIONS, topic.partitions))
        partitions = [TopicPartition(self.prefix + topic.name, number) for number in numbers]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: list[Any] = []
        while any(consumer.position(partition) < ends[partition] for partition in partitions):
            for batch in consumer.poll(timeout_ms=200).values():
                found += batch
        consumer.close()
        return found


def _decode(topic: Topic, record: Any) -> Event[Any]:
    return codec.decode(
        topic, record.key, record.value, record.headers, received_at=datetime.now(UTC)
    )


class Beside(NamedTuple):
    """A service to be started beside another, on the same topics and desk."""

    service: str
    arguments: tuple[str, ...] = ()
    settings: dict[str, str] = {}  # noqa: RUF012 - read only


@contextmanager
def running_beside(first: ServiceProcess, folder: Path, *others: Beside) -> Iterator[None]:
    """Logs are in `folder`. They end with the `with` block, by force."""
    started = [
        ServiceProcess(
            service,
            first.kafka,
            first.redis_url,
            first.name,
            folder / f"{'-'.join((service, *arguments))}.log",
            settings=settings,
            arguments=arguments,
        )
        for service, arguments, settings in others
    ]
    for one in started:
        one.start()
    yield
    for one in started:
        one.end(signal.SIGKILL)
