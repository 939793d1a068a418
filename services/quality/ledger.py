"""The two kinds of record that the ledger keeps: conversations until their inquiries have ended, and
customers' visits until nobody can come back on them any more."""

from __future__ import annotations

from redis.asyncio import Redis

from services.quality import returns
from services.quality.judging import next_judgement_ms
from services.quality.lives import Conversation
from services.quality.records import Kind, Records
from services.quality.returns import Visits, Window
from services.quality.rules import Timing, is_open, next_look_ms
from services.runtime.applied import Applied
from services.runtime.keys import Keys

CLOSED_TTL_MS = 7 * 24 * 60 * 60 * 1000


def conversations(
    client: Redis, keys: Keys, timing: Timing, applied: Applied | None = None
) -> Records[Conversation]:
    """By conversation id. A record with an open inquiry does not expire."""

    def look_ms(conversation: Conversation) -> int | None:
        looks = next_look_ms(conversation, timing), next_judgement_ms(conversation, timing)
        return min((each for each in looks if each is not None), default=None)

    return Records(
        client,
        Kind(
            empty=Conversation(),
            key=keys.ledger,
            due_key=keys.ledger_due(),
            look_ms=look_ms,
            keep_ms=lambda conversation: None if is_open(conversation) else CLOSED_TTL_MS,
            lease_ms=timing.lease_ms,
        ),
        applied,
    )


def visits(
    client: Redis, keys: Keys, window: Window, applied: Applied | None = None
) -> Records[Visits]:
    """By customer id."""

    def look_ms(visits: Visits) -> int | None:
        return returns.next_look_ms(visits, window)

    return Records(
        client,
        Kind(
            empty=Visits(),
            key=keys.visits,
            due_key=keys.visits_due(),
            look_ms=look_ms,
            keep_ms=lambda visits: None if look_ms(visits) is not None else 2 * window.length_ms,
        ),
        applied,
    )
