"""What to tell a customer who waits, and how many people a half hour needs. Pure: numbers in, numbers out.

The formulas are in `erlang`, the counts in `tally`. What nothing is known of is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

from services.agents.erlang import Load, people_needed, service, waits_at
from services.agents.tally import HALF_HOUR_MS, Counts
from services.runtime.clock import millis

HANDLED_LEAST = 5
"""So many must have been handled before their mean says anything."""

HALF_HOUR_S = HALF_HOUR_MS / 1000


@dataclass(frozen=True, slots=True)
class Wait:
    """`position` counts from 1. `expected_s` is None where the handling time is not known yet, or nobody who
    could answer is there; `basis` says from what it was calculated, or why not."""

    position: int
    expected_s: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the waits of a queue follow from: how many `people` serve it and take what comes, the `share` of
    their work that is this queue's in the mean, and what was `recent`."""

    people: int
    share: float
    recent: Counts

    def at(self, position: int) -> Wait:
        return next(islice(self.in_line(), position - 1, None))

    def in_line(self) -> Iterator[Wait]:
        """For places 1, 2, 3, … without end. Customers ahead who run out of patience shorten the line
        (Erlang A)."""
        busy_s, patience_s = self.recent.busy_s, self.recent.patience_s
        if self.recent.handled < HANDLED_LEAST or not busy_s:
            return unknown_waits(f"too few handled lately to say ({self.recent.handled})")
        if self.people == 0:
            return unknown_waits("nobody who serves this queue takes more now")
        patience = "" if patience_s is None else f", patience {patience_s:.0f} s"
        at_once = self.recent.at_once
        basis = (
            f"{self.people} people, {self.share:.0%} of their work, {busy_s:.0f} s each"
            f"{f', {at_once:.1f} at once' if at_once > 1 else ''}{patience}"
        )
        waits = waits_at(self.people * self.share * at_once, busy_s, patience_s)
        return (Wait(place, round(each, 1), basis) for place, each in enumerate(waits, 1))


def unknown_waits(basis: str) -> Iterator[Wait]:
    """Places without a number, and why."""
    return (Wait(place, None, basis) for place in count(1))


def work_share(queue: str, busy_ms: dict[str, int]) -> float:
    """The share of their time that people who serve these queues give to one of them: as all lately did over
    the same queues; equal parts where nothing is known."""
    total = sum(busy_ms.values())
    if total == 0:
        return 1 / max(1, len(busy_ms))
    return max(busy_ms.get(queue, 0), total // 100) / total


def weeks_before(at_ms: int, weeks: int, zone: ZoneInfo) -> int:
    """The moment at which the clocks of `zone` showed the same, so many weeks before."""
    then = datetime.fromtimestamp(at_ms / 1000, zone) - timedelta(weeks=weeks)
    return millis(then)


@dataclass(frozen=True, slots=True)
class HalfHour:
    """One half hour of one weekday, as the last weeks had it."""

    start_ms: int
    arrivals: float
    busy_s: float
    at_once: float
    patience_s: float | None
    people: int
    within: float
    occupancy: float
    weeks: int


def staffing(
    start_ms: int, same_in_weeks: Sequence[Counts], overall: Counts, share: float, within_s: float
) -> HalfHour | None:
    """How many people are needed for `share` of the customers within `within_s`. `same_in_weeks` is the same
    half hour of earlier weeks; means of the time that each takes and of patience come from `overall`, because
    half an hour has too few. None where nothing was handled, so that nothing is known of the work."""
    busy_s = overall.busy_s
    if busy_s is None or not same_in_weeks:
        return None
    arrivals = sum(each.to_serve for each in same_in_weeks) / len(same_in_weeks)
    load = Load(arrivals / HALF_HOUR_S, busy_s / overall.at_once, overall.patience_s)
    people = people_needed(load, share, within_s)
    then = service(load, people, within_s) if people else service(load, 1, within_s)
    return HalfHour(
        start_ms=start_ms,
        arrivals=round(arrivals, 2),
        busy_s=round(busy_s, 1),
        at_once=round(overall.at_once, 2),
        patience_s=None if overall.patience_s is None else round(overall.patience_s, 1),
        people=people,
        within=round(then.within, 4),
        occupancy=round(then.occupancy, 4),
        weeks=len(same_in_weeks),
    )
