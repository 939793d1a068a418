"""The engine in the race of `race.py`: `add COUNT TOGETHER` or `take FIRST PEOPLE`.

`take` signs in PEOPLE people, from number FIRST on, of a team that all subjects share. Each reads the offer,
accepts and completes it: three calls for what a job queue does in one or two.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys

from bench.queues.desk import MeasuredDesk
from bench.queues.others.speak import Progress

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
    await desk.sign_in(agent_id)
    while offer := await desk.offer_of(agent_id):
        await desk.accept(agent_id, *offer)
        await desk.complete(agent_id, *offer)
        progress.done()


async def main(role: str, number: int, size: int) -> None:
    desk = MeasuredDesk(os.environ["REDIS_URL"], DESK, TEAM)
    gc.freeze()
    await (add if role == "add" else take)(desk, number, size)
    await desk.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
