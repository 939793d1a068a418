"""Small histories as a run would leave them on the topics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.history import History, Written
from warmline.events import Assignment, Event, Payload, Reply
from warmline.events.envelope import event_id

BEGAN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def written(topic: str, id_: str, data: Payload, seconds: float) -> Written:
    return Written(topic, at(seconds), Event(id_, "/test", at(seconds), data))


def step(seq: int, what: str, epoch: int, seconds: float, **changed: Any) -> Written:
    """A step in the human work of inquiry `i`, conversation `c`."""
    about = {
        "inquiry_id": "i",
        "conversation_id": "c",
        "step": what,
        "seq": seq,
        "epoch": epoch,
        "queue": "general",
        **changed,
    }
    data = Assignment.model_validate(about)
    return written("assignments", event_id(data.inquiry_id, f"assignment/{seq}"), data, seconds)


def reply(id_: str, epoch: int, seconds: float, **changed: Any) -> Written:
    """The bot's answer in conversation `c`, unless told otherwise."""
    about = {
        "reply_id": id_,
        "inquiry_id": "i",
        "conversation_id": "c",
        "customer_id": "k",
        "by": "bot",
        "kind": "answer",
        "text": "It left us on Monday.",
        "language": "en",
        "epoch": epoch,
        **changed,
    }
    return written("replies", id_, Reply.model_validate(about), seconds)


def history(*records: Written) -> History:
    return History(records, ())
