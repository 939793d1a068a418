"""Which topic goes to which handler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.quality.auditing import Auditor
from services.quality.drifts import drifts
from services.quality.handlers import Recorder
from services.runtime.handling import Handler, NoteApplied, Output, Subscription
from warmline.events.envelope import Event
from warmline.topics import (
    ASSIGNMENTS,
    AUDIT_MARKS,
    DRAFTS,
    DRIFT,
    ERASURES,
    FEEDBACK,
    HANDOFFS,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
)


def subscriptions(recorder: Recorder, auditor: Auditor, applied: NoteApplied) -> list[Subscription]:
    topics = (ROUTED_BOT, ROUTED_HUMAN, HANDOFFS, ASSIGNMENTS, DRAFTS, FEEDBACK)
    return [
        *(Subscription(topic, recorder.record, applied) for topic in topics),
        Subscription(REPLIES, both(recorder.record, auditor.replies), applied),
        Subscription(AUDIT_MARKS, auditor.marks, applied),
        Subscription(DRIFT, drifts, applied),
        Subscription(ERASURES, recorder.erase, applied),
    ]


def both(first: Handler, second: Handler) -> Handler:
    """Each event to both, and what both write."""

    async def handle(events: Sequence[Event[Any]]) -> list[list[Output]]:
        outputs = zip(await first(events), await second(events), strict=True)
        return [[*some, *others] for some, others in outputs]

    return handle
