"""Which topic goes to which handler."""

from __future__ import annotations

from services.quality.handlers import Recorder
from services.runtime.handling import Subscription
from warmline.topics import ASSIGNMENTS, FEEDBACK, HANDOFFS, REPLIES, ROUTED_BOT, ROUTED_HUMAN


def subscriptions(recorder: Recorder) -> list[Subscription]:
    topics = (ROUTED_BOT, ROUTED_HUMAN, HANDOFFS, REPLIES, ASSIGNMENTS, FEEDBACK)
    return [Subscription(topic, recorder.record) for topic in topics]
