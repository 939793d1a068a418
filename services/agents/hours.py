"""When a queue is open: local times of a time zone, and days on which it is closed. Pure.

All moments are milliseconds since 1970. Where the clock is put forward or back, the local time counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.runtime.clock import ZoneName
from warmline.events.base import Part

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MS = 24 * 60 * 60 * 1000
LOOK_AHEAD_DAYS = 400
CLOSING_DAYS = 15


def _forward(span: str) -> str:
    start, end = span.split("-")
    if start >= end:
        raise ValueError(f"{span} ends before it begins: for a night, write two days' spans")
    return span


Span = Annotated[
    str,
    StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"),
    AfterValidator(_forward),
]
"""`08:00-18:30`, up to `24:00`."""


class Calendar(Part):
    """Opening hours, such as `open: {mon: ["08:00-12:00", "13:00-18:00"]}`; days that are not named
    are closed, and so are the dates in `closed`: few enough that every calendar opens again."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
    time_zone: ZoneName
    open: dict[Day, tuple[Span, ...]] = Field(min_length=1)
    closed: tuple[date, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _spans_are_in_order(self) -> Self:
        for day, spans in self.open.items():
            if any(one.split("-")[1] > two.split("-")[0] for one, two in pairwise(spans)):
                raise ValueError(f"open: the spans of {day} overlap or are not in order")
        if not any(self.open.values()):
            raise ValueError("open: no hours at all")
        return self

    def is_open(self, at_ms: int) -> bool:
        return any(start <= at_ms < end for start, end in self._spans(at_ms, days=1))

    def opens_ms(self, at_ms: int) -> int:
        """The first moment from `at_ms` on that is open. Raises ValueError where there is none in the
        next 400 days."""
        for start, end in self._spans(at_ms, days=LOOK_AHEAD_DAYS):
            if at_ms < end:
                return max(at_ms, start)
        raise ValueError(f"calendar {self.id} does not open within {LOOK_AHEAD_DAYS} days")

    def is_open_within(self, start_ms: int, end_ms: int) -> bool:
        """At any moment from start to end."""
        return any(
            start < end_ms and start_ms < end for start, end in self._spans(start_ms, days=1)
        )

    def closes_ms(self, at_ms: int) -> int | None:
        """When it closes, which is `at_ms` where it is closed then. Spans that touch are one. None: not
        within two weeks; a longer look would cost more than all else that is done with an inquiry."""
        from_ms = at_ms
        for start, end in self._spans(from_ms, days=CLOSING_DAYS):
            if start <= at_ms < end:
                at_ms = end
            elif end > at_ms:
                break
        return at_ms if at_ms - from_ms < (CLOSING_DAYS - 1) * DAY_MS else None

    def _spans(self, at_ms: int, days: int) -> Iterator[tuple[int, int]]:
        """From yesterday on, which the end of a span may touch."""
        zone = ZoneInfo(self.time_zone)
        today = datetime.fromtimestamp(at_ms / 1000, zone).date()
        for number in range(-1, days + 1):
            day = today + timedelta(days=number)
            if day in self.closed:
                continue
            for span in self.open.get(DAYS[day.weekday()], ()):
                start, end = span.split("-")
                yield _moment(day, start, zone), _moment(day, end, zone)


@lru_cache(10_000)
def _moment(day: date, clock: str, zone: ZoneInfo) -> int:
    if clock == "24:00":
        return _moment(day + timedelta(days=1), "00:00", zone)
    local = datetime.combine(day, time.fromisoformat(clock), zone)
    return int(local.astimezone(UTC).timestamp() * 1000)
