"""Runs the sweeper from time to time, and counts what it finds: always nothing."""

from __future__ import annotations

import asyncio

from prometheus_client import Counter

from services.agents.engine import RedisPool
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

EVERY_S = 60.0

ORPHANS = Counter(
    "warmline_agents_orphans_total",
    "Work, people or queue entries that were not where they belong, and were put there.",
)


async def sweep_again_and_again(pool: RedisPool, every_s: float = EVERY_S) -> None:
    """Never ends. Where Redis is away, the next look tries again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            verdict = await pool.sweep(mend=True)
        except Exception as fault:
            if not is_passing(fault):
                raise
            log.warning("the sweeper waits for Redis", error=type(fault).__name__)
            continue
        ORPHANS.inc(len(verdict.faults))
        for name, what in verdict.faults:
            log.error("an orphan was put back", id=name, what=what)
