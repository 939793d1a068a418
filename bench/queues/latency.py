"""From an inquiry entering `routed.human` to an offer at a free person, at a steady rate, through a real
Kafka and the worker as it runs.

Open loop: each inquiry counts from the moment at which it was due to be published, so a stall counts for
all that waited behind it. The offer's moment is Redis's, as the event says; `published` is when the broker
had it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from bench.queues.desk import MeasuredDesk, desk_configuration
from tests.servers import eventually
from tests.unit.agents.build import decision
from warmline import codec
from warmline.events import Event
from warmline.topics import ASSIGNMENTS, ROUTED_HUMAN, TOPICS

PEOPLE = 400
CAPACITY = 100
"""With 40,000 slots somebody is always free: what is measured is the way to them."""

WARM_UP = 100


def write_company(folder: Path) -> None:
    """The measured desk as files, for the worker."""
    configuration = desk_configuration(PEOPLE, CAPACITY)
    people = [each.model_dump(mode="json") for each in configuration.people.values()]
    folder.mkdir(parents=True)
    desk = configuration.desk.model_dump(mode="json")
    (folder / "desk.yaml").write_text(yaml.safe_dump(desk))
    (folder / "people.yaml").write_text(yaml.safe_dump({"version": 1, "people": people}))


async def sign_everybody_in(url: str, prefix: str) -> None:
    desk = MeasuredDesk(url, desk_name(prefix), PEOPLE, CAPACITY)
    for number in range(PEOPLE):
        await desk.sign_in(f"p{number}")
    await desk.close()


def desk_name(prefix: str) -> str:
    return prefix.strip(".")


@contextmanager
def worker(kafka: str, redis: str, prefix: str, company: Path) -> Iterator[None]:
    environment = {
        **os.environ,
        "WARMLINE_KAFKA_BOOTSTRAP": kafka,
        "WARMLINE_REDIS_URL": redis,
        "WARMLINE_TOPIC_PREFIX": prefix,
        "WARMLINE_DESK": desk_name(prefix),
        "WARMLINE_COMPANY": str(company),
        "WARMLINE_LOG_LEVEL": "WARNING",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "services.agents", "worker"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def make_topics(kafka: str, prefix: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    log_time = {"message.timestamp.type": "LogAppendTime"}
    admin.create_topics(
        [
            NewTopic(
                prefix + topic.name, 1, 1, topic_configs=log_time if topic is ASSIGNMENTS else {}
            )
            for topic in TOPICS
        ]
    )
    admin.close()


def publish(kafka: str, prefix: str, numbers: range, rate: float) -> dict[str, float]:
    """When each inquiry was due, milliseconds since 1970."""
    producer = KafkaProducer(bootstrap_servers=kafka, linger_ms=0)
    due: dict[str, float] = {}
    start = time.time()
    for number in numbers:
        at = start + (number - numbers.start) / rate
        time.sleep(max(0.0, at - time.time()))
        due[f"i{number}"] = at * 1000
        made = decision(
            {"inquiry_id": f"i{number}", "conversation_id": f"c{number}"},
            topic="payment_twice" if number % 2 else "other",
            received_at=datetime.now(UTC),
        )
        event = Event(f"e{number}", "/bench", datetime.now(UTC), made)
        key, value, headers = codec.encode(ROUTED_HUMAN, event)
        producer.send(prefix + ROUTED_HUMAN.name, key=key, value=value, headers=headers)
    producer.flush()
    producer.close()
    return due


def offered(kafka: str, prefix: str) -> dict[str, tuple[float, int]]:
    """When each inquiry was first offered, and when the broker had that, milliseconds since 1970."""
    consumer = KafkaConsumer(bootstrap_servers=kafka)
    partition = TopicPartition(prefix + ASSIGNMENTS.name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    found: dict[str, tuple[float, int]] = {}
    while consumer.position(partition) < end:
        for record in (each for batch in consumer.poll(timeout_ms=500).values() for each in batch):
            step = json.loads(record.value)
            if step["step"] == "offered":
                at = datetime.fromisoformat(dict(record.headers)["ce_time"].decode())
                found.setdefault(step["inquiry_id"], (at.timestamp() * 1000, record.timestamp))
    consumer.close()
    return found


async def measure(
    kafka: str, redis: str, company: Path, rate: float, seconds: float
) -> dict[str, Any]:
    prefix = f"latency{round(rate)}-{time.monotonic_ns()}."
    make_topics(kafka, prefix)
    await sign_everybody_in(redis, prefix)
    with worker(kafka, redis, prefix, company):
        publish(kafka, prefix, range(WARM_UP), rate)
        eventually(lambda: len(offered(kafka, prefix)) >= WARM_UP, timeout_s=60)
        due = publish(kafka, prefix, range(WARM_UP, WARM_UP + int(rate * seconds)), rate)
        await asyncio.sleep(1.0)  # asking must not compete with what is measured
        eventually(lambda: len(offered(kafka, prefix)) >= WARM_UP + len(due), timeout_s=60)
    at = offered(kafka, prefix)
    return {
        "offer": _told([at[each][0] - was_due for each, was_due in due.items()]),
        "published": _told([at[each][1] - was_due for each, was_due in due.items()]),
        "n": len(due),
    }


def _told(took_ms: list[float]) -> dict[str, float]:
    return {
        "p50_ms": round(statistics.median(took_ms), 1),
        "p99_ms": round(statistics.quantiles(took_ms, n=100)[98], 1),
        "max_ms": round(max(took_ms), 1),
    }
