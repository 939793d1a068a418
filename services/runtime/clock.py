"""The wall clock, for wiring only: rules and handlers take time as a parameter. And which day a moment is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

Clock = Callable[[], datetime]


def now() -> datetime:
    """Aware, UTC."""
    return datetime.now(UTC)


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The company's day: an article ends at its midnight, and "yesterday" is the day before it."""
    return moment.astimezone(zone).date()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone {name!r}: write it as Europe/Berlin or UTC") from error
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]
