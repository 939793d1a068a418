"""Which topic goes to which handler."""

from __future__ import annotations

from services.quality.handlers import Recorder
from services.runtime.handling import Subscription
from warmline.topics import (
    ASSIGNMENTS,
    ERASURES,
    FEEDBACK,
    HANDOFFS,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
)


def subscriptions(recorder: Recorder) -> list[Subscription]:
    topics = (ROUTED_BOT, ROUTED_HUMAN, HANDOFFS, REPLIES, ASSIGNMENTS, FEEDBACK)
    read = [Subscription(topic, recorder.record) for topic in topics]
    return [*read, Subscription(ERASURES, recorder.erase)]
