"""Who is at work, and how long each restarted process took until something new came from it. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.chaos.history import History, Written
from tests.chaos.plan import REDIS, WIPED
from tests.chaos.system import KAFKA, Restart
from warmline.events import Assignment, Decision, Event, Handover, Outcome, Reply

_BY_PEOPLE = frozenset({"accepted", "declined", "replied", "completed"})


def _by_people(one: Written) -> bool:
    data = one.event.data
    return isinstance(data, Assignment) and data.step in _BY_PEOPLE


def _from_bot(one: Written) -> bool:
    data = one.event.data
    return isinstance(data, Handover) or (isinstance(data, Reply) and data.by == "bot")


EFFECTS: dict[str, Callable[[Written], datetime | None]] = {
    "router": lambda one: one.at if isinstance(one.event.data, Decision) else None,
    "bot": lambda one: one.at if _from_bot(one) else None,
    "agents-worker": lambda one: one.at if isinstance(one.event.data, Assignment) else None,
    "agents-api": lambda one: one.event.time if _by_people(one) else None,
    "quality": lambda one: one.at if isinstance(one.event.data, Outcome) else None,
    REDIS: lambda one: one.event.time if isinstance(one.event.data, Decision) else None,
    WIPED: lambda one: one.event.time if _by_people(one) else None,
    KAFKA: lambda one: one.at if isinstance(one.event.data, Decision) else None,
}
"""When each target brought an event about, if it did. A command through the API shows by its step,
which the worker may publish later; a decision is made with Redis before it is published."""


class Pulse:
    """Whether targets are at work, from the events as they are read; one thread feeds it."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._latest: dict[str, datetime] = {}

    def see(self, event: Event[Any], at: datetime) -> None:
        """A repeated event is no sign of life."""
        if event.id in self._seen:
            return
        self._seen.add(event.id)
        for target, effect in EFFECTS.items():
            moment = effect(Written("", at, event))
            if moment is not None:
                self._latest[target] = max(moment, self._latest.get(target, moment))

    def beats_since(self, target: str, moment: datetime) -> bool:
        return target in self._latest and self._latest[target] > moment


def recovery_s(history: History, restarts: Iterable[Restart]) -> list[tuple[str, float | None]]:
    """Seconds from each restart to the first new effect; None where nothing was left to do."""
    written = history.first_written()
    moments = {
        target: sorted(at for one in written if (at := effect(one)) is not None)
        for target, effect in EFFECTS.items()
    }
    return [
        (restart.target, _first_after(moments[restart.target], restart.at)) for restart in restarts
    ]


def _first_after(moments: Sequence[datetime], at: datetime) -> float | None:
    index = bisect_left(moments, at)
    return (moments[index] - at).total_seconds() if index < len(moments) else None
