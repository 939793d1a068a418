"""The echo service as a process, its topics, and what went in and came out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import CoordinatorNotAvailableError, NotCoordinatorError

from tests.servers import eventually
from warmline import codec
from warmline.events import Event, Inquiry
from warmline.topics import DEAD_LETTERS, FEEDBACK, INQUIRIES, Topic


@dataclass
class Echo:
    """One run of the echo service on topics of its own; `guard_off` names the guard to take away."""

    kafka: str
    prefix: str
    guard_off: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def create_topics(self, **config: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        admin.create_topics(
            [
                NewTopic(self.prefix + INQUIRIES.name, 1, 1),
                NewTopic(self.prefix + FEEDBACK.name, 1, 1, topic_configs=config),
                NewTopic(self.prefix + DEAD_LETTERS.name, 1, 1),
            ]
        )
        admin.close()

    def start(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "WARMLINE_KAFKA_BOOTSTRAP": self.kafka,
            "WARMLINE_TOPIC_PREFIX": self.prefix,
            "GUARD_OFF": self.guard_off,
            **self.settings,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.runtime.echo"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self.process

    def start_ready(self) -> subprocess.Popen[bytes]:
        """Started, and known to read: its first answer has come and is committed."""
        process = self.start()
        self.publish(["first"], first=9000)
        self.wait_for_commit(len(self.records(INQUIRIES)))
        return process

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(60)

    def publish(self, texts: list[str], first: int = 0) -> None:
        """Inquiries `i0`, `i1`, … in one batch, so that the service reads them together."""
        with producing(self.kafka) as producer:
            for number, text in enumerate(texts, first):
                inquiry = Inquiry(
                    inquiry_id=f"i{number}", conversation_id="c", customer_id="k", text=text
                )
                event = Event(f"e{number}", "/test", datetime.now(UTC), inquiry)
                key, value, headers = codec.encode(INQUIRIES, event)
                producer.send(self.prefix + INQUIRIES.name, key=key, value=value, headers=headers)

    def publish_raw(self, value: bytes) -> None:
        with producing(self.kafka) as producer:
            producer.send(self.prefix + INQUIRIES.name, key=b"c", value=value)

    def records(self, topic: Topic) -> list[Any]:
        """Everything on the topic now."""
        consumer = KafkaConsumer(bootstrap_servers=self.kafka)
        partition = TopicPartition(self.prefix + topic.name, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        end = consumer.end_offsets([partition])[partition]
        found: list[Any] = []
        while consumer.position(partition) < end:
            for batch in consumer.poll(timeout_ms=500).values():
                found.extend(batch)
        consumer.close()
        return found

    def answered(self) -> list[str]:
        """The inquiry ids in the answers, repeats included."""
        found = []
        for record in self.records(FEEDBACK):
            event = codec.decode(
                FEEDBACK, record.key, record.value, record.headers, received_at=datetime.now(UTC)
            )
            found.append(event.data.feedback_id)
        return found

    def committed(self) -> int:
        """The offset from which a restarted service would read; 0 where nothing is committed."""
        group = f"{self.prefix}warmline-echo-main"
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        try:
            offsets = admin.list_group_offsets(group).get(group, {})
        except (
            CoordinatorNotAvailableError,
            NotCoordinatorError,
        ):  # a new broker has not made its offsets topic yet
            return 0
        finally:
            admin.close()
        partition = TopicPartition(self.prefix + INQUIRIES.name, 0)
        return offsets[partition].offset if partition in offsets else 0

    def wait_for_commit(self, offset: int, timeout_s: float = 30) -> None:
        eventually(lambda: self.committed() >= offset, timeout_s)

    def wait_for_answers(self, count: int, timeout_s: float = 30) -> list[str]:
        return (
            eventually(
                lambda: found if len(set(found := self.answered())) >= count else None, timeout_s
            )
            or []
        )


@contextmanager
def producing(bootstrap: str) -> Iterator[Any]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=50)
    try:
        yield producer
        producer.flush()
    finally:
        producer.close()


def wait_for_exit(process: subprocess.Popen[bytes], timeout_s: float = 60) -> tuple[int, float]:
    """Exit code, and how long it took."""
    started = time.monotonic()
    return process.wait(timeout_s), time.monotonic() - started
