"""A desk with a queue that has office hours and overflows, for the tests of semantic 18."""

from __future__ import annotations

from typing import Any

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.unit.agents.build import START_MS

LONG = {"heartbeat_s": 86_400 // 24}
HOUR_MS = 3_600_000
FRAUD = {"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud"}
OFFICE = {
    "id": "office",
    "time_zone": "Europe/Berlin",  # 16:13:20 on a Monday when the tests' clock begins
    "open": {day: ["08:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "closed": ["2026-09-22"],
}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["fraud", "general"]},
    "bob": {"queues": ["general"]},
}
TOO_LONG = {"too_long": "callback", "too_long_s": 300}
CLOSES_MS = START_MS + (46 * 60 + 40) * 1000
OPENS_MS = CLOSES_MS + 39 * HOUR_MS  # Wednesday, because Tuesday is a holiday


def make(desk: MakeDesk, fraud: dict[str, Any], **settings: Any) -> DeskUnderTest:
    return desk(
        PEOPLE,
        queues={"general": {}, "fraud": fraud},
        filters=(FRAUD,),
        calendars=(OFFICE,),
        **{"presence": LONG, **settings},
    )
