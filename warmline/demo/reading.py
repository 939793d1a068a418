"""Reads the topics of a demonstration: as they grow, and once more from their first records on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from datetime import UTC, datetime
from typing import Any

from kafka import TopicPartition

from warmline import codec, dead_letters
from warmline.client import BadRecord, Client
from warmline.client.broker import Broker
from warmline.dead_letters import DeadLetter
from warmline.demo.tally import Tally, inquiry_of
from warmline.errors import ContractError
from warmline.events import Event
from warmline.topics import (
    ASSIGNMENTS,
    AUDITS,
    BY_NAME,
    DEAD_LETTERS,
    FEEDBACK,
    HANDOFFS,
    INQUIRIES,
    LICENCES,
    OUTCOMES,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    Topic,
)

_LIVE = (
    INQUIRIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    REPLIES,
    ASSIGNMENTS,
    OUTCOMES,
    LICENCES,
    AUDITS,
    DEAD_LETTERS,
)
_PROOF = (INQUIRIES, FEEDBACK, ROUTED_BOT, ROUTED_HUMAN, HANDOFFS, REPLIES, OUTCOMES)
_PAUSE_S = 0.1
"""Between two looks: reading many records at once is much cheaper than each as it comes."""

_STOP_TIMEOUT_S = 10.0

OnEvent = Callable[[Event[Any]], None]


class Watch(threading.Thread):
    """Fills `tally` with what is written from the topics' beginnings on, until `stop`.

    `on_event` is called for every event but those on `inquiries`, in this thread. If reading
    failed, `failure` says why. With `only`, events on other inquiries are passed over.
    """

    def __init__(
        self, broker: Broker, prefix: str, on_event: OnEvent, only: Container[str] | None = None
    ) -> None:
        super().__init__(name="watch", daemon=True)
        self.tally = Tally(only)
        self.failure: Exception | None = None
        self._broker = broker
        self._prefix = prefix
        self._on_event = on_event
        self._stop_asked = threading.Event()

    def run(self) -> None:
        try:
            self._read()
        except Exception as error:
            self.failure = error

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(_STOP_TIMEOUT_S)

    def _read(self) -> None:
        topics = {self._prefix + topic.name: topic for topic in _LIVE}
        consumer = self._broker.consumer(group=None)
        try:
            with self._broker.answering():
                consumer.assign(
                    [
                        TopicPartition(name, number)
                        for name, topic in topics.items()
                        for number in range(topic.partitions)
                    ]
                )
                consumer.seek_to_beginning()
                while not self._stop_asked.wait(_PAUSE_S):
                    for place, records in consumer.poll(timeout_ms=0, max_records=5000).items():
                        for record in records:
                            self._see(topics[place.topic], record)
        finally:
            consumer.close(autocommit=False)

    def _see(self, topic: Topic, raw: Any) -> None:
        at = datetime.fromtimestamp(raw.timestamp / 1000, UTC)
        position = (raw.partition, raw.offset)
        if topic is DEAD_LETTERS:
            _add_letter(
                self.tally, dead_letters.parse(raw.key, raw.value, raw.headers), self._prefix
            )
            return
        try:
            limits = codec.Limits(record_bytes=topic.max_bytes)
            event = codec.decode(
                topic, raw.key, raw.value, raw.headers, received_at=at, limits=limits
            )
        except ContractError:
            if topic is INQUIRIES:
                self.tally.add_unreadable(position)
            return
        if topic in (LICENCES, AUDITS):
            self._on_event(event)
            return
        self.tally.add(event, position)
        if topic is not INQUIRIES and self.tally.counts(inquiry_of(event.data)):
            self._on_event(event)


def read_back(client: Client, prefix: str, only: Container[str] | None = None) -> Tally:
    """What the topics hold, from the first record to the last that is there now; `only` these inquiries.

    Raises the ContractError of a record that a service wrote and nobody can read.
    """
    tally = Tally(only)

    def unreadable(bad: BadRecord) -> None:
        tally.add_unreadable((bad.record.partition, bad.record.offset))

    for topic in _PROOF:
        on_bad = unreadable if topic is INQUIRIES else None
        for read in client.consume(topic.name, from_beginning=True, to_end=True, on_bad=on_bad):
            tally.add(read.event, (read.partition, read.offset))
    for record in client.read(DEAD_LETTERS, from_beginning=True, to_end=True):
        _add_letter(tally, dead_letters.parse(record.key, record.value, record.headers), prefix)
    return tally


def _add_letter(tally: Tally, letter: DeadLetter, prefix: str) -> None:
    topic = BY_NAME.get(letter.topic.removeprefix(prefix))
    tally.add_dead_letter(letter, _inquiry_of(topic, letter), of_inquiry=topic is INQUIRIES)


def _inquiry_of(topic: Topic | None, letter: DeadLetter) -> str | None:
    """The inquiry that a record on another topic was about: without it, that inquiry cannot end."""
    if topic not in (ROUTED_BOT, ROUTED_HUMAN, HANDOFFS):
        return None
    try:
        event = codec.decode(topic, letter.key, letter.value, letter.headers, received_at=letter.at)
    except ContractError:
        return None
    return inquiry_of(event.data)
