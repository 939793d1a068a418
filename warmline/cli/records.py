"""Records of any topic as a line for people and as a dict for programs."""

from __future__ import annotations

import base64
from typing import Any

from warmline import dead_letters
from warmline.cli.screen import plain
from warmline.cli.summaries import summary
from warmline.client import BadRecord, Received, Record
from warmline.client.consuming import read_event
from warmline.dead_letters import DeadLetter
from warmline.errors import InvalidEventError
from warmline.topics import DEAD_LETTERS, Topic


def as_line(topic: Topic, record: Record) -> str:
    """With markup: when, where, and what it says or what is wrong with it."""
    where = f"[dim]{record.timestamp.astimezone():%H:%M:%S} {record.partition}@{record.offset}[/]"
    read = _read(topic, record)
    if isinstance(read, BadRecord):
        return f"{where} [red]{plain(read.error)}[/]"
    if isinstance(read, DeadLetter):
        return f"{where} [red]{plain(read.stage)}[/] {plain(source_of(read))} {plain(read.reason)}"
    return f"{where} {summary(read.event.data)}"


def as_dict(topic: Topic, record: Record) -> dict[str, Any]:
    """Where it is, and `data` with the event's attributes, a dead letter's fields, or `error`."""
    read = _read(topic, record)
    where = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp.isoformat(),
    }
    if isinstance(read, BadRecord):
        return {**where, "key": text_of(record.key), "error": str(read.error)}
    if isinstance(read, DeadLetter):
        return {**where, "dead_letter": letter_as_dict(read)}
    event = read.event
    return {
        **where,
        "key": text_of(record.key),
        "id": event.id,
        "source": event.source,
        "type": event.data.type_name(),
        "time": event.time.isoformat(),
        "data": event.data.model_dump(mode="json"),
    }


def letter_as_dict(letter: DeadLetter) -> dict[str, Any]:
    """Without key, value and headers of the original record: those may be personal or large."""
    return {
        "at": letter.at.isoformat(),
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "service": letter.service,
        "stage": letter.stage,
        "error_class": letter.error_class,
        "reason": letter.reason,
        "replays": letter.replays,
    }


def source_of(letter: DeadLetter) -> str:
    return f"{letter.topic} {letter.partition}@{letter.offset}"


def text_of(content: bytes | None) -> str | None:
    """As text; bytes that are no UTF-8 as `base64:…`."""
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "base64:" + base64.b64encode(content).decode()


def _read(topic: Topic, record: Record) -> Received | BadRecord | DeadLetter:
    if topic is not DEAD_LETTERS:
        return read_event(topic, record)
    try:
        return dead_letters.parse(record.key, record.value, record.headers)
    except InvalidEventError as error:
        return BadRecord(error, record)
