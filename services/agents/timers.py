"""Ends what time ends: lapsed offers, lost heartbeats, wrap-ups. Any number of processes may do it
at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina
from prometheus_client import Counter

from services.agents.pool import Pool
from services.runtime.processing import is_passing

T = TypeVar("T")

LONGEST_WAIT_S = 0.25

ENDED = Counter("warmline_agents_timers_total", "Timers that came due.")


async def run_timers(pool: Pool, retry_for_s: float) -> None:
    """Never ends. Raises what outlasts the retries: the process stops, and another one goes on."""
    await _patiently(pool.configure, retry_for_s)
    while True:
        ticked = await _patiently(pool.tick, retry_for_s)
        ENDED.inc(ticked.done)
        due_s = LONGEST_WAIT_S if ticked.next_in_ms is None else ticked.next_in_ms / 1000
        await asyncio.sleep(max(0.0, min(LONGEST_WAIT_S, due_s)))


async def _patiently(call: Callable[[], Awaitable[T]], retry_for_s: float) -> T:
    """The call's result, asked again while the fault is a passing one."""
    async for attempt in stamina.retry_context(
        on=is_passing, attempts=None, timeout=retry_for_s, wait_max=1.0
    ):
        with attempt:
            return await call()
    raise AssertionError("the last attempt returns or raises")
