"""From time to time: runs the sweeper and counts what it finds, always nothing; prolongs what belongs to open
work; clears closed queues, and finds what waits while nobody is there."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import Counter

from services.agents.engine import RedisPool
from services.agents.sweeper import Verdict
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger

log = get_logger(__name__)

EVERY_S = 60.0
PROLONG_EVERY_S = 60 * 60.0
"""What it prolongs lasts for days, and every piece of open work is read for it."""

ORPHANS = Counter(
    "warmline_agents_orphans_total",
    "Work, people or queue entries that were not where they belong, and were put there.",
)


async def sweep_again_and_again(pool: RedisPool, every_s: float = EVERY_S) -> None:
    """Never ends. Where Redis is away, the next look tries again."""
    prolong_at_s = 0.0
    while True:
        await asyncio.sleep(every_s)
        try:
            _tell(await pool.sweep(mend=True))
            if time.monotonic() >= prolong_at_s:
                await pool.prolong()
                prolong_at_s = time.monotonic() + PROLONG_EVERY_S
            if moved := await pool.clear_closed_queues():
                log.info("work has left closed queues", moved=moved)
            if found := await pool.find_unstaffed():
                log.info("work waits while nobody is signed in who could take it", found=found)
        except Exception as fault:
            if not is_passing(fault):
                raise
            log.warning("the sweeper waits for Redis", error=type(fault).__name__)


def _tell(verdict: Verdict) -> None:
    ORPHANS.inc(len(verdict.faults))
    for name, what in verdict.faults:
        log.error("an orphan was put back", id=name, what=what)
