"""What each queue has done, in half hours: the numbers behind estimates, measures and staffing. Pure.

Counted from the steps as they are published, so no script of the engine pays for it; the relay writes the
numbers in the same step that takes the entries out of the outbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self

from services.agents.config import Configuration

HALF_HOUR_MS = 30 * 60 * 1000
KEPT_MS = 35 * 24 * 60 * 60 * 1000
"""Five weeks: staffing looks at the last four."""

Increment = tuple[int, str, str]
"""Start of the half hour in milliseconds, queue, and what is counted."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one queue in some time. `accepted` is by the first person; `in_time` are those accepted within the
    queue's service level; `wait_ms` is of all who were accepted or gave up, callbacks and the time in
    somebody's hands apart; `handle_ms` from accepting to completing; `besides_ms` is for how long work has
    kept people busy besides: wrap-ups, and turns of those who gave it on, less the time when it was paused.

    Promises of callbacks count in the half hour for which they were given, `missed` where nobody had one in
    hand in time, and `late` those among them that somebody took afterwards; `put_off` counts in the half hour
    in which a promise was given instead of people.

    People count for every queue that they serve: `present_ms` is signed in, `ready_ms` available or at work,
    `working_ms` with something in hand, and `held_ms` that times the number of conversations; `planned_ms` is
    what the roster has planned, `planned_ready_ms` for how much of it they were ready.
    """

    arrived: int = 0
    accepted: int = 0
    in_time: int = 0
    abandoned: int = 0
    wait_ms: int = 0
    handled: int = 0
    handle_ms: int = 0
    besides_ms: int = 0
    promised: int = 0
    kept: int = 0
    missed: int = 0
    late: int = 0
    put_off: int = 0
    present_ms: int = 0
    ready_ms: int = 0
    working_ms: int = 0
    held_ms: int = 0
    planned_ms: int = 0
    planned_ready_ms: int = 0

    @classmethod
    def of(cls, tallies: Iterable[Mapping[str, str]], queue: str) -> Self:
        """The sum of some half hours, as they are in Redis (`queue|what`)."""
        total: Counter[str] = Counter()
        for tally in tallies:
            for field in fields(cls):
                total[field.name] += int(tally.get(f"{queue}|{field.name}", 0))
        return cls(**total)

    @property
    def to_serve(self) -> int:
        """How many call for people in this time: who was promised a callback does at its moment, not before.
        Further attempts to reach a customer are work as well."""
        return max(0, self.arrived - self.put_off) + self.promised

    @property
    def handle_s(self) -> float | None:
        """Mean handling time; None where nothing was handled."""
        return self.handle_ms / self.handled / 1000 if self.handled else None

    @property
    def busy_ms(self) -> int:
        """How long people were busy with what was handled."""
        return max(0, self.handle_ms + self.besides_ms)

    @property
    def busy_s(self) -> float | None:
        """For how long one inquiry keeps people busy, in the mean: what a wait and a roster follow from."""
        return self.busy_ms / self.handled / 1000 if self.handled else None

    @property
    def at_once(self) -> float:
        """How many conversations people had in hand at once, in the mean of the time when they had any."""
        return max(1.0, self.held_ms / self.working_ms) if self.working_ms else 1.0

    @property
    def patience_s(self) -> float | None:
        """Mean patience, if it is exponential: all time waited over all who gave up (the maximum likelihood
        with those who were answered as censored). None where nobody gave up."""
        return self.wait_ms / self.abandoned / 1000 if self.abandoned else None

    @property
    def service_level(self) -> float | None:
        ended = self.accepted + self.abandoned
        return self.in_time / ended if ended else None

    @property
    def abandonment(self) -> float | None:
        ended = self.accepted + self.abandoned
        return self.abandoned / ended if ended else None

    @property
    def kept_share(self) -> float | None:
        """Of the promises whose time is over or that were taken in hand, the share that was kept."""
        ended = self.kept + self.missed
        return self.kept / ended if ended else None

    @property
    def occupancy(self) -> float | None:
        """Of the time in which people were ready, the share in which they had work in hand."""
        return self.working_ms / self.ready_ms if self.ready_ms else None

    @property
    def adherence(self) -> float | None:
        """Of the time that the roster has planned, the share in which people were ready. Where there is none,
        signing in is what says that somebody is at work: of the time signed in, then."""
        if self.planned_ms:
            return self.planned_ready_ms / self.planned_ms
        return self.ready_ms / self.present_ms if self.present_ms else None

    @property
    def adherence_to(self) -> Literal["roster", "signed_in"]:
        """What `adherence` is a share of."""
        return "roster" if self.planned_ms else "signed_in"


def half_hour(at_ms: int) -> int:
    """When the half hour of a moment began. Half hours of UTC: no zone shifts by less."""
    return at_ms - at_ms % HALF_HOUR_MS


def increments(
    entries: Iterable[Mapping[str, str]], configuration: Configuration
) -> Counter[Increment]:
    """What entries of the outbox (fields: `lua/shared/desk.lua`) add to the half hours of their queues."""
    found: Counter[Increment] = Counter()
    for entry in entries:
        if "step" not in entry:  # a change of the desk, a verdict on a proposal, a model's call
            continue
        queue, start_ms = entry["queue"], half_hour(int(entry["at_ms"]))
        for what, amount in _of(entry, configuration).items():
            found[(start_ms, queue, what)] += amount
        if "besides_ms" in entry:
            found[(start_ms, queue, "besides_ms")] += int(entry["besides_ms"])
        if "promised_ms" in entry:
            found[(half_hour(int(entry["promised_ms"])), queue, promise_of(entry))] += 1
    return found


def promise_of(entry: Mapping[str, str]) -> str:
    """What an entry that names a promise says of it: given, kept, missed or late."""
    return entry.get("promise") or entry["step"]


def _of(entry: Mapping[str, str], configuration: Configuration) -> dict[str, int]:
    """Who has a promise does not stand in line: it counts among the callbacks, and its days say nothing of
    patience or service level. What somebody has had before and waits again (re-queued, given on, a lost
    heartbeat) was accepted once; who gives up then has waited since."""
    waited_ms = int(entry.get("waited_again_ms", entry["waited_ms"]))
    match entry["step"]:
        case "accepted" | "abandoned" if {"promise", "notice", "after_promise"} & entry.keys():
            return {}
        case "enqueued":
            return {"arrived": 1}
        case "promised" if entry.get("notice") == "promised":
            return {"put_off": 1}
        case "accepted" if "waited_again_ms" in entry:
            return {}
        case "accepted":
            queue = configuration.queues.get(entry["queue"])
            in_time = queue is not None and waited_ms <= queue.service_level.within_s * 1000
            return {"accepted": 1, "in_time": int(in_time), "wait_ms": waited_ms}
        case "abandoned":
            return {"abandoned": 1, "wait_ms": waited_ms}
        case "completed" if entry.get("taken_ms"):
            return {"handled": 1, "handle_ms": int(entry["at_ms"]) - int(entry["taken_ms"])}
        case _:
            return {}
