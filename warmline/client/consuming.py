"""Reading events: records become typed events, or say why they cannot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from warmline import codec
from warmline.client.reading import Reader, Record
from warmline.errors import ContractError
from warmline.events import Event
from warmline.topics import Topic

_REMEMBERED_IDS = 100_000


@dataclass(frozen=True, slots=True)
class Received:
    """An event and where it was read. `topic` is the table's name, without prefix; `timestamp` is
    the record's, `event.time` the sender's."""

    event: Event[Any] = field(repr=False)
    topic: str
    partition: int
    offset: int
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that breaks the contract; `error` says how."""

    error: ContractError
    record: Record


def events(
    reader: Reader,
    topic: Topic,
    *,
    on_bad: Callable[[BadRecord], None] | None,
    once: bool,
    until: Callable[[Received], bool] | None,
) -> Iterator[Received]:
    """See `Client.consume`."""
    seen: OrderedDict[tuple[str, str], None] = OrderedDict()
    with reader:
        for record in reader:
            read = read_event(topic, record)
            if isinstance(read, BadRecord):
                if on_bad is None:
                    raise _located(read)
                on_bad(read)
                continue
            if once and _repeated(seen, read.event):
                continue
            yield read
            if until is not None and until(read):
                reader.done()
                return


def read_event(topic: Topic, record: Record) -> Received | BadRecord:
    """The event in a record, or what is wrong with it."""
    try:
        event = codec.decode(
            topic,
            record.key,
            record.value,
            record.headers,
            received_at=record.timestamp,
            limits=codec.Limits(record_bytes=topic.max_bytes),
        )
    except ContractError as error:
        return BadRecord(error, record)
    return Received(event, topic.name, record.partition, record.offset, record.timestamp)


def _located(bad: BadRecord) -> ContractError:
    at = f"{bad.record.topic} {bad.record.partition}@{bad.record.offset}"
    return type(bad.error)(f"{at}: {bad.error}")


def _repeated(seen: OrderedDict[tuple[str, str], None], event: Event[Any]) -> bool:
    name = (event.source, event.id)
    if name in seen:
        seen.move_to_end(name)
        return True
    seen[name] = None
    if len(seen) > _REMEMBERED_IDS:
        seen.popitem(last=False)
    return False
