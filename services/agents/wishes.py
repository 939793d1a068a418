"""How long customers who asked for a person have waited until one accepted their work."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from prometheus_client import Histogram

from services.agents.records import Records
from services.runtime.clock import millis

WISH_S = Histogram(
    "warmline_agents_wish_to_person_seconds",
    "From a customer's wish for a person to the moment a person accepts.",
    buckets=(5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400),
)


async def measure_wishes(records: Records, steps: Iterable[Mapping[str, str]]) -> None:
    """Of the steps that were published just now. One look at Redis for all."""
    accepted = {
        member: int(step["at_ms"])
        for step in steps
        if step.get("step") == "accepted"
        for member in json.loads(step["members"])
    }
    for details in await records.wishes(list(accepted)):
        asked_at = details.asked_at or details.received_at
        waited_ms = accepted[details.inquiry.inquiry_id] - millis(asked_at)
        WISH_S.observe(max(0, waited_ms) / 1000)
