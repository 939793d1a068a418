"""What really happened, from the topics or their export: who asked what and when, who was there, how long
each piece of work took, and who gave up. Pure.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from pydantic import ValidationError

from warmline.codec import explain
from warmline.errors import ContractError
from warmline.events.decision import Decision
from warmline.events.desk import PersonState
from warmline.events.work import Assignment, Handover

BREAK_MS = 30 * 60 * 1000
"""A person of whom nothing is heard for so long was not there in between."""

TOPICS = ("routed.human", "handoffs", "assignments", "desk.people")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inquiry for people; `at_ms` is when it reached the desk."""

    at_ms: int
    cause_id: str
    decision: Decision


@dataclass(slots=True)
class Stint:
    """One person's time with a piece of work; `to_queue` or `to_agent` where they gave it on. `replied_ms` is
    when they wrote to the customer, counted from its beginning."""

    queue: str
    agent_id: str
    from_ms: int
    held_ms: int = 0
    to_queue: str | None = None
    to_agent: str | None = None
    replied_ms: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Refused:
    """An offer that its person declined after so long; `after_ms` None: they let it lapse."""

    agent_id: str
    after_ms: int | None


@dataclass(slots=True)
class Happened:
    """What became of one piece of work. `wait_ms` is until the first person accepted it, or it was given
    up; the other times are the last ones."""

    queue: str = ""
    arrived_ms: int | None = None
    offered_ms: int | None = None
    accepted_ms: int | None = None
    completed_ms: int | None = None
    abandoned_ms: int | None = None
    agent_id: str | None = None
    wait_ms: int | None = None
    stints: list[Stint] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def handle_ms(self) -> int | None:
        if self.completed_ms is None or self.accepted_ms is None:
            return None
        return self.completed_ms - self.accepted_ms


@dataclass
class Recording:
    """`there` has each person's sessions, from and to, in milliseconds; `seen` when something was heard of
    them that says that they were at their desk; `signed_in` from and to when they were signed in (None: to
    the end), where that is known."""

    arrivals: list[Arrival] = field(default_factory=list)
    happened: dict[str, Happened] = field(default_factory=lambda: defaultdict(Happened))
    there: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    seen: dict[str, list[int]] = field(default_factory=dict)
    signed_in: dict[str, list[tuple[int, int | None]]] = field(default_factory=dict)

    @property
    def patience_ms(self) -> float | None:
        """Mean patience, if it is exponential; None where nobody gave up."""
        waits = [each.wait_ms or 0 for each in self.happened.values()]
        gave_up = sum(each.abandoned_ms is not None for each in self.happened.values())
        return sum(waits) / gave_up if gave_up else None

    def handle_ms(self) -> dict[str, int]:
        """The middle handling time of each queue; '' is that of all."""
        by_queue: dict[str, list[int]] = defaultdict(list)
        for each in self.happened.values():
            if each.handle_ms is not None:
                by_queue[each.queue].append(each.handle_ms)
                by_queue[""].append(each.handle_ms)
        return {queue: round(median(some)) for queue, some in by_queue.items()}

    def accept_ms(self) -> dict[str, int]:
        """How long each person lets an offer stand, in the middle; '' is that of all."""
        by_agent: dict[str, list[int]] = defaultdict(list)
        for each in self.happened.values():
            if each.accepted_ms is not None and each.offered_ms is not None and each.agent_id:
                for who in (each.agent_id, ""):
                    by_agent[who].append(max(0, each.accepted_ms - each.offered_ms))
        return {agent_id: round(median(some)) for agent_id, some in by_agent.items()}


def read_lines(lines: Iterable[str], name: str) -> Iterator[Mapping[str, Any]]:
    """Events of an export: one JSON object a line, as `warmline tail --json` writes them, or structured
    CloudEvents. Raises ContractError with the line."""
    for number, line in enumerate(_decoded(lines, name), 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise ContractError(f"{name}:{number}: not JSON") from None
        if not _is_event(event):
            if isinstance(event, dict) and ("error" in event or "dead_letter" in event):
                continue  # a record that broke the contract is in the export as what it is
            raise ContractError(f"{name}:{number}: an event has id, type, time and data")
        yield {**event, "where": f"{name}:{number}"}


def _decoded(lines: Iterable[str], name: str) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError:
        raise ContractError(f"{name}: not UTF-8: is it an export of a topic?") from None


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict) or "data" not in event:
        return False
    return all(isinstance(event.get(name), str) for name in ("id", "type", "time"))


def record(events: Iterable[Mapping[str, Any]]) -> Recording:
    """Reads events in any order; those of other kinds are passed over, repeated ones count once. Raises
    ContractError for one that breaks the contract."""
    recording, seen = Recording(), set[str]()
    steps: list[tuple[str, int, int, Assignment]] = []
    told: list[tuple[int, str, bool]] = []
    for event in events:
        if event["id"] in seen:
            continue
        seen.add(event["id"])
        try:
            _take(recording, steps, told, event)
        except ValueError as error:
            no_time = "time: ISO 8601 with an offset is needed"
            why = explain(error) if isinstance(error, ValidationError) else no_time
            where = event.get("where", event["id"])
            raise ContractError(f"{where}: no valid {event['type']}: {why}") from None
    recording.arrivals.sort(key=lambda arrival: (arrival.at_ms, arrival.cause_id))
    active, seen_at = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for inquiry_id, _, at_ms, step in sorted(steps, key=lambda each: each[:2]):
        _follow(recording.happened[inquiry_id], step, at_ms)
        if step.agent_id is not None:
            active[step.agent_id].append(at_ms)
            if step.step != "lapsed":
                seen_at[step.agent_id].append(at_ms)
    recording.there = {
        agent_id: _sessions(sorted(some)) for agent_id, some in sorted(active.items())
    }
    recording.seen = {agent_id: sorted(some) for agent_id, some in seen_at.items()}
    recording.signed_in = _signed_in(told)
    return recording


def _take(
    recording: Recording,
    steps: list[tuple[str, int, int, Assignment]],
    told: list[tuple[int, str, bool]],
    event: Mapping[str, Any],
) -> None:
    """`told`: when, of whom, and whether they are signed in."""
    at = datetime.fromisoformat(event["time"])
    if at.tzinfo is None:
        raise ValueError("a time without an offset")
    at_ms = round(at.timestamp() * 1000)
    match event["type"]:
        case "warmline.decision.v1":
            decision = Decision.model_validate(event["data"])
            if decision.route == "human":
                recording.arrivals.append(Arrival(at_ms, event["id"], decision))
        case "warmline.handover.v1":
            handover = Handover.model_validate(event["data"])
            recording.arrivals.append(Arrival(at_ms, event["id"], handover.decision))
        case "warmline.assignment.v1":
            step = Assignment.model_validate(event["data"])
            steps.append((step.inquiry_id, step.seq, at_ms, step))
        case "warmline.person_state.v1":
            person = PersonState.model_validate(event["data"])
            told.append((at_ms, person.agent_id, person.presence != "signed_out"))
        case _:
            pass


def _follow(happened: Happened, step: Assignment, at_ms: int) -> None:
    before, happened.queue = happened.queue, step.queue
    stint = happened.stints[-1] if happened.stints else None
    match step.step:
        case "enqueued":
            happened.arrived_ms = at_ms
        case "offered":
            happened.offered_ms = at_ms
            if stint is not None and stint.to_queue is not None and stint.to_agent == "":
                stint.to_agent = step.agent_id
        case "declined" | "lapsed" if step.agent_id is not None:
            after_ms = max(0, at_ms - (happened.offered_ms or at_ms))
            lapsed = step.step == "lapsed"
            happened.refused.append(Refused(step.agent_id, None if lapsed else after_ms))
        case "accepted":
            happened.accepted_ms, happened.agent_id = at_ms, step.agent_id
            happened.wait_ms = step.waited_ms if happened.wait_ms is None else happened.wait_ms
            happened.stints.append(Stint(step.queue, step.agent_id or "", at_ms))
        case "replied" if stint is not None:
            stint.replied_ms.append(at_ms - stint.from_ms)
        case "transferred" if stint is not None:
            stint.held_ms, stint.to_queue = at_ms - stint.from_ms, step.queue
            stint.to_agent = (
                "" if step.queue == before else None
            )  # who is offered it next will tell
        case "requeued" if stint is not None and stint.to_queue is None:
            happened.stints.pop()  # taken out of their hands
        case "completed":
            happened.completed_ms = at_ms
            if stint is not None:
                stint.held_ms = at_ms - stint.from_ms
        case "abandoned":
            happened.abandoned_ms, happened.wait_ms = at_ms, step.waited_ms
        case _:
            pass


def _signed_in(
    told: Iterable[tuple[int, str, bool]],
) -> dict[str, list[tuple[int, int | None]]]:
    spans: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
    for at_ms, agent_id, is_there in sorted(told):
        of_theirs = spans[agent_id]
        is_open = bool(of_theirs) and of_theirs[-1][1] is None
        if is_there and not is_open:
            of_theirs.append((at_ms, None))
        elif is_open and not is_there:
            of_theirs[-1] = (of_theirs[-1][0], at_ms)
    return dict(spans)


def _sessions(moments: list[int]) -> list[tuple[int, int]]:
    sessions: list[tuple[int, int]] = []
    for moment in moments:
        if sessions and moment - sessions[-1][1] <= BREAK_MS:
            sessions[-1] = (sessions[-1][0], moment)
        else:
            sessions.append((moment, moment))
    return sessions
