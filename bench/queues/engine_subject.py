"""The engine in the race of `race.py`: `add COUNT TOGETHER`, `take FIRST PEOPLE` or `accept FIRST PEOPLE`.

`take` signs in PEOPLE people, from number FIRST on, of a team that all subjects share. Their offers are
accepted as they are made (`auto_accept`), and completing one returns the next: one call for each, as a job
queue's worker takes whatever comes. `accept` are people who accept each offer themselves: two calls.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Sequence

from bench.queues.desk import MeasuredDesk
from bench.queues.others.speak import Progress
from services.agents.work import Work

TEAM = 1024
DESK = "race"
progress = Progress()


async def add(desk: MeasuredDesk, count: int, together: int) -> None:
    works = desk.works(count, prefix=f"{os.getpid()}-")
    progress.start()
    for start in range(0, count, together):
        some = works[start : start + together]
        await desk.pool.enqueue(some)
        progress.done(len(some))
    progress.tell()


async def take(desk: MeasuredDesk, first: int, people: int) -> None:
    progress.start()
    await asyncio.gather(*(answer(desk, f"p{first + number}") for number in range(people)))
    progress.tell()


async def answer(desk: MeasuredDesk, agent_id: str) -> None:
    """Until nothing waits."""
    await desk.sign_in(agent_id)
    works: Sequence[Work] = await desk.held_by(agent_id)
    while works:
        (work,) = works
        if work.state == "offered":
            await desk.accept(agent_id, work.inquiry_id, work.epoch)
        works = await desk.complete(agent_id, work.inquiry_id, work.epoch)
        progress.done()


async def main(role: str, number: int, size: int) -> None:
    desk = MeasuredDesk(os.environ["REDIS_URL"], DESK, TEAM, auto_accept=role == "take")
    gc.freeze()
    await (add if role == "add" else take)(desk, number, size)
    await desk.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
