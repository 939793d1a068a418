"""A desk whose queues promise a date where nobody is signed in, with a ring that widens."""

from __future__ import annotations

from typing import Any

from services.agents.config import OverflowRules
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.integration.agents.overflow_desks import OFFICE

LONG = {"heartbeat_s": 3600, "grace_s": 3600}
CALLBACK = {"overflow": OverflowRules().model_dump(exclude_none=True)}
"""What a queue without a word of overflow does."""
NOBODY = "nobody is signed in who could take it"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["fraud"], "skills": {"refunds": 4}},
    "bob": {"queues": ["general"]},
    "cem": {"queues": ["fraud"]},
}
RINGS = {
    "name": "fraud",
    "when": {"topics": ["fraud"]},
    "queue": "fraud",
    "skills": {"refunds": 4},
    "for_s": 60,
    "then": [{"relax": ["refunds"]}],
}


def make(
    desk: MakeDesk,
    fraud: dict[str, Any] | None = None,
    filter_: Any = RINGS,
    general: dict[str, Any] | None = None,
    **settings: Any,
) -> DeskUnderTest:
    return desk(
        PEOPLE,
        queues={
            "general": CALLBACK | (general or {}),
            "fraud": CALLBACK if fraud is None else fraud,
        },
        filters=(filter_,),
        calendars=(OFFICE,),
        callbacks={"after_s": 600, "within_s": 300, "attempts": 2, "retry_after_s": 900},
        offer_timeout_s=20,
        **{"presence": LONG, **settings},
    )


async def promises(d: DeskUnderTest) -> list[tuple[str, int, str]]:
    """Step, seconds from now, and how it was answered."""
    return [
        (each["step"], (int(each["promised_ms"]) - d.clock.ms) // 1000, each.get("promise", ""))
        for each in await d.outbox()
        if "promised_ms" in each
    ]
