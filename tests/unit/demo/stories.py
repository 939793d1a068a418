"""Events of one inquiry's life, to fill a tally with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from warmline.dead_letters import DeadLetter
from warmline.demo.tally import Tally
from warmline.events import (
    Assignment,
    Decision,
    Event,
    Feedback,
    Inquiry,
    Outcome,
    Payload,
    Reason,
    Reply,
    Score,
    Versions,
)
from warmline.events.envelope import event_id

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def event(data: Payload, id_: str = "e", at: datetime = AT) -> Event[Any]:
    return Event(id_, "/test", at, data)


def inquiry(key: str = "i") -> Inquiry:
    return Inquiry(inquiry_id=key, conversation_id=key, customer_id="c", text="Where is it?")


def decided(key: str = "i", cause: str | None = None, **changes: Any) -> Event[Any]:
    """By the router; `cause` is the inquiry unless a feedback event is named."""
    decision = Decision(
        inquiry=inquiry(key),
        received_at=AT,
        decided_at=later(0.1),
        route="bot",
        mode="answer",
        topic="how_to_pay",
        language="en",
        confidence=0.95,
        complexity=Score(value=0.1),
        reasons=(Reason(code="licensed", detail="-"),),
        epoch=1,
        versions=Versions(rules="1", model="m", policy="p"),
    ).model_copy(update=changes)
    return event(decision, event_id(cause or key, "decision"))


def answered(
    key: str = "i", by: str = "bot", reply_id: str | None = None, after_s: float = 1.0
) -> Event[Any]:
    reply = Reply(
        reply_id=reply_id or f"{by}-{key}",
        inquiry_id=key,
        conversation_id=key,
        customer_id="c",
        by=by,
        kind="answer",
        text="Like this.",
        language="en",
        epoch=1,
    )
    return event(reply, f"reply-{reply.reply_id}", later(after_s))


def said(kind: str, key: str = "i", feedback_id: str = "f") -> Event[Any]:
    return event(Feedback(feedback_id=feedback_id, conversation_id=key, inquiry_id=key, kind=kind))


def stepped(step: str, seq: int, key: str = "i") -> Event[Any]:
    return event(
        Assignment(
            inquiry_id=key,
            conversation_id=key,
            step=step,
            seq=seq,
            epoch=1,
            queue="general",
        )
    )


def ended(kind: str = "assumed", key: str = "i", id_: str | None = None) -> Event[Any]:
    by = {"handed_off": "person", "abandoned": "nobody"}.get(kind, "bot")
    outcome = Outcome(inquiry_id=key, conversation_id=key, kind=kind, by=by)
    return event(outcome, id_ or event_id(key, "outcome"))


def dead_letter(partition: int = 0, offset: int = 0) -> DeadLetter:
    return DeadLetter(
        topic="inquiries",
        partition=partition,
        offset=offset,
        service="router",
        stage="decode",
        error_class="InvalidEventError",
        reason="no key",
        at=AT,
        key=None,
        value=b"{}",
        headers=(),
        replays=0,
    )


def tally(*events: Event[Any]) -> Tally:
    """Each inquiry among the events stands at an offset of its own."""
    found = Tally()
    for offset, each in enumerate(events):
        found.add(each, (0, offset))
    return found
