"""How long customers who asked for a person have waited until one accepted their work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from prometheus_client import Histogram
from redis.asyncio import Redis

from services.agents.records import Records
from services.runtime.clock import millis
from services.runtime.conversations import TTL_MS
from services.runtime.keys import Keys

WISH_S = Histogram(
    "warmline_agents_wish_to_person_seconds",
    "From a customer's wish for a person to the moment a person accepts.",
    buckets=(5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400),
)


async def measure_wishes(
    client: Redis, keys: Keys, records: Records, steps: Iterable[Mapping[str, str]]
) -> None:
    """Of the steps that were published just now. Each wish counts once, with the first person who accepts:
    the share that is kept would else grow with every transfer."""
    accepted = {
        member: int(step["at_ms"])
        for step in steps
        if step.get("step") == "accepted"
        for member in json.loads(step["members"])
    }
    for details in await records.wishes(list(accepted)):
        asked_at = details.asked_at or details.received_at
        inquiry_id = details.inquiry.inquiry_id
        told = keys.seen(f"wish/{inquiry_id}/{millis(asked_at)}")
        if not await client.set(told, "1", nx=True, px=TTL_MS):
            continue
        waited_ms = accepted[inquiry_id] - millis(asked_at)
        WISH_S.observe(max(0, waited_ms) / 1000)
