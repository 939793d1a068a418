"""`python -m bench.router`: interleaved rounds on a Kafka and a Redis of their own; JSON on the last line."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from services.router.triage.dataset import read_examples
from services.router.triage.train import train
from tests.servers import eventually, running_kafka, running_redis
from warmline import codec
from warmline.events import Event, Inquiry
from warmline.topics import INQUIRIES, ROUTED_BOT, ROUTED_HUMAN

COMPANY = Path("examples/paylater")
PARTITIONS = 3
SUBJECTS = ("faust", "bare")


@dataclass
class Bench:
    kafka: str
    redis: str
    model: Path
    texts: list[str]
    batch: int

    def throughput(self, subject: str, work: str, count: int) -> float:
        """Events a second from the first output to the last, by the broker's clock."""
        prefix = self._topics()
        self._fill(prefix, count, rate=None)
        with self._running(subject, work, prefix):
            eventually(lambda: self._written(prefix) >= count, timeout_s=300)
        times = self._output_times(prefix)
        return (len(times) - 1) / ((times[-1] - times[0]) / 1000)

    def latency_ms(self, subject: str, work: str, rate: float, seconds: float) -> list[float]:
        """From the moment at which an inquiry was due to be published to its decision's time in the
        log: open loop, so that a stall counts for all that waited behind it."""
        prefix = self._topics()
        with self._running(subject, work, prefix):
            self._fill(prefix, 50, rate=rate)
            eventually(lambda: self._written(prefix) >= 50, timeout_s=60)
            due = self._fill(prefix, int(rate * seconds), rate=rate, first=50)
            eventually(lambda: self._written(prefix) >= 50 + len(due), timeout_s=60)
        decided = self._decision_times(prefix)
        return [decided[inquiry_id] - at for inquiry_id, at in due.items()]

    def _topics(self) -> str:
        prefix = f"bench-{time.monotonic_ns()}."
        admin = KafkaAdminClient(bootstrap_servers=self.kafka)
        log_time = {"message.timestamp.type": "LogAppendTime"}
        admin.create_topics(
            [
                NewTopic(prefix + INQUIRIES.name, PARTITIONS, 1),
                NewTopic(prefix + ROUTED_BOT.name, PARTITIONS, 1, topic_configs=log_time),
                NewTopic(prefix + ROUTED_HUMAN.name, PARTITIONS, 1, topic_configs=log_time),
                NewTopic(prefix + "feedback", 1, 1),
                NewTopic(prefix + "licences", 1, 1),
                NewTopic(prefix + "dead-letters", 1, 1),
            ]
        )
        admin.close()
        return prefix

    def _fill(
        self, prefix: str, count: int, rate: float | None, first: int = 0
    ) -> dict[str, float]:
        """When each was due, milliseconds since 1970."""
        producer = KafkaProducer(bootstrap_servers=self.kafka, linger_ms=0 if rate else 20)
        due: dict[str, float] = {}
        start = time.time()
        for number in range(first, first + count):
            if rate:
                at = start + (number - first) / rate
                time.sleep(max(0.0, at - time.time()))
                due[f"i{number}"] = at * 1000
            inquiry = Inquiry(
                inquiry_id=f"i{number}",
                conversation_id=f"c{number}",
                customer_id="k",
                text=self.texts[number % len(self.texts)],
            )
            event = Event(f"e{number}", "/bench", datetime.now(UTC), inquiry)
            key, value, headers = codec.encode(INQUIRIES, event)
            producer.send(prefix + INQUIRIES.name, key=key, value=value, headers=headers)
        producer.flush()
        producer.close()
        return due

    @contextmanager
    def _running(self, subject: str, work: str, prefix: str) -> Iterator[None]:
        environment = {
            **os.environ,
            "WARMLINE_KAFKA_BOOTSTRAP": self.kafka,
            "WARMLINE_REDIS_URL": self.redis,
            "WARMLINE_TOPIC_PREFIX": prefix,
            "WARMLINE_DESK": prefix.strip("."),
            "WARMLINE_MODEL": str(self.model),
            "WARMLINE_COMPANY": str(COMPANY),
            "WARMLINE_BATCH_MAX": str(self.batch),
            "WARMLINE_LOG_LEVEL": "WARNING",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.router.subjects", subject, work],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def _outputs(self, prefix: str) -> list[TopicPartition]:
        names = [prefix + ROUTED_BOT.name, prefix + ROUTED_HUMAN.name]
        return [TopicPartition(name, number) for name in names for number in range(PARTITIONS)]

    def _written(self, prefix: str) -> int:
        consumer = KafkaConsumer(bootstrap_servers=self.kafka)
        try:
            return sum(consumer.end_offsets(self._outputs(prefix)).values())
        finally:
            consumer.close()
            time.sleep(0.2)  # asking must not compete with what is measured

    def _records(self, prefix: str) -> list[Any]:
        consumer = KafkaConsumer(bootstrap_servers=self.kafka)
        partitions = self._outputs(prefix)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: list[Any] = []
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for batch in consumer.poll(timeout_ms=500).values():
                found.extend(batch)
        consumer.close()
        return found

    def _output_times(self, prefix: str) -> list[int]:
        return sorted(record.timestamp for record in self._records(prefix))

    def _decision_times(self, prefix: str) -> dict[str, float]:
        return {
            json.loads(record.value)["inquiry"]["inquiry_id"]: record.timestamp
            for record in self._records(prefix)
        }


def compare(bench: Bench, work: str, count: int, rounds: int) -> dict[str, Any]:
    """Each subject in turn, so that what else the machine does hits both."""
    rates: dict[str, list[float]] = {subject: [] for subject in SUBJECTS}
    for number in range(rounds):
        for subject in SUBJECTS if number % 2 == 0 else SUBJECTS[::-1]:
            rates[subject].append(bench.throughput(subject, work, count))
            print(f"{work} round {number + 1} {subject}: {rates[subject][-1]:,.0f}/s", flush=True)
    ratios = [ours / bare for ours, bare in zip(rates["faust"], rates["bare"], strict=True)]
    return {
        "events_per_s": {name: [round(rate) for rate in some] for name, some in rates.items()},
        "median_per_s": {name: round(statistics.median(some)) for name, some in rates.items()},
        "ratios": [round(ratio, 3) for ratio in ratios],
        "ratio": round(statistics.median(ratios), 3),
    }


def latencies(bench: Bench, rate: float, seconds: float, rounds: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {subject: [] for subject in SUBJECTS}
    for _ in range(rounds):
        for subject in SUBJECTS:
            found[subject].extend(bench.latency_ms(subject, "triage", rate, seconds))
    return {
        subject: {
            "p50_ms": round(statistics.median(some), 1),
            "p99_ms": round(statistics.quantiles(some, n=100)[98], 1),
            "n": len(some),
        }
        for subject, some in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--events", type=int, default=10_000, help="a round, with triage")
    parser.add_argument("--transport-events", type=int, default=40_000, help="a round, without")
    parser.add_argument("--rate", type=float, default=200.0, help="for latency, a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="for latency, a round")
    parser.add_argument("--batch", type=int, default=500)
    options = parser.parse_args()
    rows = read_examples(COMPANY / "utterances.csv")
    with (
        tempfile.TemporaryDirectory() as folder,
        running_kafka(Path(folder) / "kafka") as kafka,
        running_redis(Path(folder) / "redis") as redis,
    ):
        print("training the model", flush=True)
        train(rows, seed=0).save(Path(folder) / "model")
        texts = [row.text for row in rows]
        model = Path(folder) / "model"
        bench = Bench(kafka.bootstrap, redis.url, model, texts, options.batch)
        result = {
            "triage": compare(bench, "triage", options.events, options.rounds),
            "transport": compare(bench, "transport", options.transport_events, options.rounds),
            "latency_at_per_s": options.rate,
            "latency": latencies(bench, options.rate, options.seconds, 2),
            "rounds": options.rounds,
            "batch_max": options.batch,
            "partitions": PARTITIONS,
            "persistence": "Redis AOF everysec; Kafka acks=all, one broker",
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
