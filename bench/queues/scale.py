"""What a match costs as the backlog and the team grow, and what a waiting inquiry weighs.

The cost is the processor time that Redis spends for each script, reading and answering included: what else
the machine does hardly shows in it. The least and the middle of several rounds.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from redis import Redis

from bench.queues.desk import MeasuredDesk
from services.agents.work import NewWork

ROUNDS = 8
MATCHES = 200
"""In each round."""

CAPACITY = 20
"""Of each person of a team, so that the smallest one has as many slots as are filled."""

TOGETHER = 500


async def by_backlog(url: str, sizes: Iterable[int]) -> dict[str, Any]:
    """Microseconds by how many wait: enqueue (it waits), accept, complete (which matches the next)."""
    desk = MeasuredDesk(url, "backlog", MATCHES)
    redis = Redis.from_url(url)
    waiting, empty_bytes = 0, redis.info("memory")["used_memory"]
    found: dict[str, Any] = {}
    for size in sizes:
        await fill(desk, size - waiting, waiting)
        waiting = size
        weight = redis.info("memory")["used_memory"] - empty_bytes
        found[str(size)] = {
            **await matches(desk, redis, f"b{size}-"),
            "bytes_per_waiting": round(weight / size),
        }
        print(f"{size:,} waiting: {found[str(size)]}", flush=True)
    await desk.close()
    return found


async def by_team(url: str, sizes: Iterable[int]) -> dict[str, Any]:
    """Microseconds for enqueue with an offer to one of so many free people, accept, and complete."""
    found: dict[str, Any] = {}
    for size in sizes:
        desk = MeasuredDesk(url, f"team{size}", size, CAPACITY)
        redis = Redis.from_url(url)
        for start in range(0, size, TOGETHER):
            some = range(start, min(size, start + TOGETHER))
            await asyncio.gather(*(desk.sign_in(f"p{number}") for number in some))
        found[str(size)] = await offers(desk, redis, MATCHES // 2)
        print(f"{size:,} people: {found[str(size)]}", flush=True)
        await desk.close()
    return found


async def fill(desk: MeasuredDesk, count: int, first: int) -> None:
    """Through the engine, from a few patterns: building each inquiry anew would take longer than queueing it.
    The outbox is trimmed, as the relay does."""
    patterns = desk.works(6, prefix="pattern")
    for start in range(first, first + count, TOGETHER):
        numbers = range(start, min(first + count, start + TOGETHER))
        await desk.pool.enqueue([_copy(patterns[number % 6], number) for number in numbers])
        await trim(desk)


def _copy(pattern: NewWork, number: int) -> NewWork:
    ids = {"inquiry_id": f"w{number}", "conversation_id": f"c-w{number}"}
    inquiry = pattern.details.inquiry.model_copy(update=ids)
    return replace(
        pattern,
        cause_id=f"e-w{number}",
        details=pattern.details.model_copy(update={"inquiry": inquiry}),
        arrival_ms=pattern.arrival_ms + number,
    )


async def trim(desk: MeasuredDesk) -> None:
    await desk.redis.commands.delete(desk.keys.outbox())


async def matches(desk: MeasuredDesk, redis: Redis, prefix: str) -> dict[str, Any]:
    """People take the oldest, and as many come in: the backlog stays as large as it is."""
    costs: dict[str, list[float]] = {"enqueue": [], "accept": [], "complete": []}
    agents = [f"p{number}" for number in range(MATCHES)]
    await asyncio.gather(*(desk.sign_in(agent) for agent in agents))
    for round_number in range(ROUNDS):
        works = desk.works(MATCHES, prefix=f"{prefix}{round_number}-")
        costs["enqueue"].append(await cost(redis, [partial(desk.pool.enqueue, works)], MATCHES))
        held = [(agent, offer) for agent in agents if (offer := await desk.offer_of(agent))]
        for what, act in (("accept", desk.accept), ("complete", desk.complete)):
            calls = [partial(act, a, *o) for a, o in held]
            costs[what].append(await cost(redis, calls, len(held)))
        await trim(desk)
    return _told(costs)


async def offers(desk: MeasuredDesk, redis: Redis, count: int) -> dict[str, Any]:
    costs: dict[str, list[float]] = {"enqueue_and_offer": [], "accept": [], "complete": []}
    for round_number in range(ROUNDS):
        works = desk.works(count, prefix=f"t{round_number}-")
        costs["enqueue_and_offer"].append(
            await cost(redis, [partial(desk.pool.enqueue, works)], count)
        )
        held = []
        for work in works:
            offered = await desk.pool.work(work.inquiry_id)
            if offered is not None and offered.agent_id is not None:
                held.append((offered.agent_id, (offered.inquiry_id, offered.epoch)))
        for what, act in (("accept", desk.accept), ("complete", desk.complete)):
            calls = [partial(act, a, *o) for a, o in held]
            costs[what].append(await cost(redis, calls, len(held)))
        await trim(desk)
    return _told(costs)


async def cost(redis: Redis, calls: Sequence[Callable[[], Awaitable[Any]]], scripts: int) -> float:
    """Microseconds of Redis's processor for each script of these calls."""
    before = _cpu_s(redis)
    await asyncio.gather(*(call() for call in calls))
    return (_cpu_s(redis) - before) / scripts * 1e6


def _cpu_s(redis: Redis) -> float:
    used: Any = redis.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"])


def _told(costs: dict[str, list[float]]) -> dict[str, Any]:
    return {
        f"{what}_us": {"least": round(min(warm), 1), "median": round(statistics.median(warm), 1)}
        for what, (_cold, *warm) in costs.items()
    }
