"""The whole system with simulated people, and an observer who keeps what was written and when."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import yaml
from kafka import KafkaConsumer, TopicPartition

from warmline import codec
from warmline.client import Client
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.demo.company import copy_company
from warmline.demo.services import Crew, Part, Wiring
from warmline.events import Decision, Event, Evidence, Feedback, Inquiry, Licence, Reply
from warmline.local.ports import LOOPBACK, free_port
from warmline.topics import EVIDENCE, LICENCES, REPLIES, ROUTED_BOT, ROUTED_HUMAN, Topic

T = TypeVar("T")

TOPIC, LANGUAGE = "return_report", "en"
TEXT = "how do I report a return"
TERMS = {
    "harms": {TOPIC: "information"},
    "languages": [LANGUAGE],
    "targets": {"information": 0.8},
    "licence_error": 0.2,
    "alarm_error": 0.2,
    "history_min": 3,
}
"""They ask for little, so that a licence is earned and lost within a test."""

_EVERY_S = 0.15
_READ = (ROUTED_BOT, ROUTED_HUMAN, REPLIES, EVIDENCE, LICENCES)


@dataclass(frozen=True, slots=True)
class Written:
    at: datetime
    event: Event[Any]


@dataclass
class Observer(threading.Thread):
    """Reads everything from the start. `unhappy`: says of each of the bot's answers that it did not
    help."""

    broker: Broker
    prefix: str
    client: Client
    unhappy: threading.Event = field(default_factory=threading.Event)
    written: list[Written] = field(default_factory=list)
    _stop_asked: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        consumer = KafkaConsumer(bootstrap_servers=self.broker.bootstrap)
        topics = {self.prefix + topic.name: topic for topic in _READ}
        consumer.assign(
            [
                TopicPartition(name, n)
                for name, topic in topics.items()
                for n in range(topic.partitions)
            ]
        )
        consumer.seek_to_beginning()
        while not self._stop_asked.is_set():
            for place, records in consumer.poll(timeout_ms=100).items():
                for record in records:
                    self._see(topics[place.topic], record)
        consumer.close()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(10)

    def _see(self, topic: Topic, record: Any) -> None:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        event = codec.decode(topic, record.key, record.value, record.headers, received_at=at)
        self.written.append(Written(at, event))
        match event.data:
            case Reply(by="bot", kind="answer") as reply if self.unhappy.is_set():
                self.client.publish(
                    Feedback(
                        feedback_id=f"f-{reply.inquiry_id}",
                        conversation_id=reply.conversation_id,
                        inquiry_id=reply.inquiry_id,
                        kind="not_helped",
                    )
                )

    def of(self, kind: type[Any]) -> list[Written]:
        return [one for one in list(self.written) if isinstance(one.event.data, kind)]

    def licences(self) -> list[tuple[datetime, Licence]]:
        """The first record of each version, of the one topic."""
        found: dict[int, tuple[datetime, Licence]] = {}
        for one in self.of(Licence):
            licence: Licence = one.event.data
            if (licence.topic, licence.language) == (TOPIC, LANGUAGE) and licence.version:
                found.setdefault(licence.version, (one.at, licence))
        return [found[version] for version in sorted(found)]

    def evidence(self) -> list[Evidence]:
        return [one.event.data for one in self.of(Evidence)]

    def first_decisions(self) -> list[Decision]:
        first: dict[str, Decision] = {}
        for one in self.of(Decision):
            decision: Decision = one.event.data
            known = first.get(decision.inquiry.inquiry_id)
            if known is None or decision.epoch < known.epoch:
                first[decision.inquiry.inquiry_id] = decision
        return list(first.values())


@dataclass
class Asking(threading.Thread):
    """Customers with the same question, each in a conversation of their own, until stopped."""

    client: Client
    asked: int = 0
    _stop_asked: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        for number in itertools.count():
            if self._stop_asked.wait(_EVERY_S):
                return
            self.client.publish(
                Inquiry(
                    inquiry_id=f"i{number}",
                    conversation_id=f"c{number}",
                    customer_id=f"k{number}",
                    text=TEXT,
                )
            )
            self.asked = number + 1

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(10)


@dataclass
class System:
    crew: Crew
    observer: Observer
    asking: Asking

    def kill(self, name: str) -> None:
        """Started again by whatever waits next."""
        next(part for part in self.crew.parts if part.name == name).process.kill()

    def until(self, state: str, timeout_s: float) -> datetime:
        """When the licence came into this state, by the broker's clock."""
        return self.until_true(
            lambda: next(
                (at for at, one in reversed(self.observer.licences()) if one.state == state), None
            ),
            timeout_s,
        )

    def until_true(self, condition: Callable[[], T | None], timeout_s: float) -> T:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.crew.look_after()
            if found := condition():
                return found
            time.sleep(0.1)
        raise AssertionError(
            f"not within {timeout_s} s; licences: {self.observer.licences()}; "
            f"{self.asking.asked} asked, {len(self.observer.first_decisions())} decided, "
            f"{len(self.observer.evidence())} pieces of evidence"
        )

    def decisions_after(self, moment: datetime, count: int) -> None:
        """Waits until so many more were decided, so that there is something to look at."""
        self.until_true(
            lambda: (
                sum(one.decided_at > moment for one in self.observer.first_decisions()) >= count
                or None
            ),
            60,
        )


@contextmanager
def running(kafka: str, redis_url: str, name: str, model: Path, folder: Path) -> Iterator[System]:
    broker, prefix = Broker(kafka), f"{name}."
    apply(broker, prefix)
    company = copy_company(folder / "company", capacity=4)
    (company / "licences.yaml").write_text(yaml.safe_dump(TERMS))
    wiring = Wiring(
        bootstrap=kafka,
        redis_url=redis_url,
        prefix=prefix,
        desk=name[-32:].strip("-"),
        company=company,
        model=model,
        logs=folder / "logs",
        die_with_parent=True,
    )
    port = free_port()
    crew = Crew(lambda _: None)
    with Client(kafka, prefix) as client:
        observer, asking = Observer(broker, prefix, client), Asking(client)
        try:
            crew.start(wiring.services(port))
            crew.wait_until_ready(lambda _: None)
            people = ["-m", "warmline.demo.people", f"http://{LOOPBACK}:{port}", str(company), "4"]
            crew.start([Part(wiring.process("people", people, {}))])
            observer.start()
            asking.start()
            yield System(crew, observer, asking)
        finally:
            asking.stop()
            observer.stop()
            crew.stop()


WITHIN = timedelta(seconds=2)
"""How soon after a licence the router's decisions must follow it."""
