"""What happened beside what would have happened. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import mean, quantiles
from typing import Any

from services.agents.config import Configuration
from services.agents.replay.recording import Recording
from services.agents.replay.run import Result


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one piece of work; `wait_ms` None: still open at the end."""

    queue: str
    agent_id: str | None
    wait_ms: int | None
    abandoned: bool


Fates = Mapping[str, Fate]


def happened(recording: Recording) -> dict[str, Fate]:
    return {
        inquiry_id: Fate(
            each.queue,
            each.agent_id,
            each.wait_ms,
            each.abandoned_ms is not None,
        )
        for inquiry_id, each in recording.happened.items()
        if each.arrived_ms is not None
    }


def replayed(result: Result) -> dict[str, Fate]:
    return {
        inquiry_id: Fate(each.queue, each.agent_id, each.wait_ms, each.abandoned)
        for inquiry_id, each in result.played.items()
    }


def by_queue(fates: Fates, configuration: Configuration) -> dict[str, dict[str, Any]]:
    """Of each queue that got anything, in the configuration's order; '' is all of them."""
    groups: dict[str, list[Fate]] = defaultdict(list)
    for fate in fates.values():
        groups[fate.queue].append(fate)
    known = [queue for queue in configuration.queues if queue in groups]
    others = sorted(set(groups) - set(known))
    told = {queue: _told(groups[queue], configuration) for queue in [*known, *others]}
    return {**told, "": _told(fates.values(), configuration)}


def _told(fates: Iterable[Fate], configuration: Configuration) -> dict[str, Any]:
    some = list(fates)
    ended = [each for each in some if each.wait_ms is not None]
    waits = sorted((each.wait_ms or 0) / 1000 for each in ended)
    answered = sum(each.agent_id is not None and not each.abandoned for each in ended)
    in_time = sum(_in_time(each, configuration) for each in ended)
    abandoned = sum(each.abandoned for each in ended)
    return {
        "inquiries": len(some),
        "answered": answered,
        "abandoned": abandoned,
        "open": len(some) - len(ended),
        "mean_wait_s": round(mean(waits), 1) if waits else None,
        "p50_wait_s": _quantile(waits, 50),
        "p90_wait_s": _quantile(waits, 90),
        "service_level": round(in_time / len(ended), 4) if ended else None,
        "abandonment": round(abandoned / len(ended), 4) if ended else None,
    }


def _in_time(fate: Fate, configuration: Configuration) -> bool:
    queue = configuration.queues.get(fate.queue)
    if queue is None or fate.abandoned or fate.wait_ms is None:
        return False
    return fate.wait_ms <= queue.service_level.within_s * 1000


def _quantile(waits: list[float], percent: int) -> float | None:
    if len(waits) < 2:
        return round(waits[0], 1) if waits else None
    return round(quantiles(waits, n=100, method="inclusive")[percent - 1], 1)


def by_person(fates: Fates) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for fate in fates.values():
        if fate.agent_id is not None:
            counts[fate.agent_id] += 1
    return dict(sorted(counts.items()))


def each_inquiry(runs: Mapping[str, Fates]) -> Iterator[dict[str, Any]]:
    """Who got what: a line for each inquiry, with its fate in every run."""
    ids = sorted({inquiry_id for fates in runs.values() for inquiry_id in fates})
    for inquiry_id in ids:
        line: dict[str, Any] = {"inquiry_id": inquiry_id}
        for name, fates in runs.items():
            fate = fates.get(inquiry_id)
            line[name] = (
                None
                if fate is None
                else {
                    "queue": fate.queue,
                    "agent_id": fate.agent_id,
                    "wait_s": None if fate.wait_ms is None else fate.wait_ms / 1000,
                    "abandoned": fate.abandoned,
                }
            )
        yield line


def moved(before: Fates, after: Fates) -> int:
    """How many would have got another person."""
    return sum(
        before[inquiry_id].agent_id != fate.agent_id
        for inquiry_id, fate in after.items()
        if inquiry_id in before
    )
