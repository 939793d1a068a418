"""Who is planned to be at work when, as `roster.yaml` says it. Pure.

Adherence is measured against it; who is offered what follows from presence alone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from services.agents.hours import DAYS, Day, Span
from services.agents.targets import AgentId
from services.runtime.clock import ZoneName
from warmline.events.base import Part


def _of_half_hours(span: str) -> str:
    if any(clock[3:] not in ("00", "30") for clock in span.split("-")):
        raise ValueError(f"{span}: a roster counts in half hours, such as 09:00-12:30")
    return span


HalfHours = Annotated[Span, AfterValidator(_of_half_hours)]


class RosterDay(Part):
    """What is planned for one person on one day, instead of their week; nothing: a day off."""

    who: AgentId
    day: date
    planned: tuple[HalfHours, ...] = ()


class Roster(Part):
    """`roster.yaml`: local times of `time_zone`. `weeks` is what is planned every week; a night is written
    as two days' spans. Who is not named is not planned for."""

    version: Literal[1]
    time_zone: ZoneName
    weeks: dict[AgentId, dict[Day, tuple[HalfHours, ...]]] = Field(default_factory=dict)
    days: tuple[RosterDay, ...] = Field(default=(), max_length=100_000)

    @model_validator(mode="after")
    def _a_day_is_planned_once(self) -> Self:
        seen: set[tuple[str, date]] = set()
        for each in self.days:
            if (each.who, each.day) in seen:
                raise ValueError(f"days: {each.who} has {each.day} twice")
            seen.add((each.who, each.day))
        return self

    def who(self) -> set[str]:
        """Everybody whom it names."""
        return {*self.weeks, *(each.who for each in self.days)}

    def planned(self, at_ms: int) -> set[str]:
        """Who should be at work at that moment."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.time_zone))
        today, clock = local.date(), local.strftime("%H:%M")
        day: Day = DAYS[today.weekday()]
        spans = {who: week.get(day, ()) for who, week in self.weeks.items()}
        spans |= {each.who: each.planned for each in self.days if each.day == today}
        return {who for who, its in spans.items() if any(_covers(span, clock) for span in its)}


def _covers(span: str, clock: str) -> bool:
    start, end = span.split("-")
    return start <= clock < end
