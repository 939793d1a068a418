"""arq: `add COUNT CONCURRENCY` or `take - CONCURRENCY`."""

from __future__ import annotations

import asyncio
import os
import sys

from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, func

from bench.queues.others.speak import Progress

progress = Progress()


async def work(_: object, inquiry_id: str) -> None:  # noqa: ARG001 - what it is asked is its load
    progress.done()


async def add(settings: RedisSettings, count: int, concurrency: int) -> None:
    pool = await create_pool(settings)
    numbers = iter(range(count))

    async def adding() -> None:
        for number in numbers:
            await pool.enqueue_job("work", f"i{number}")
            progress.done()

    progress.start()
    await asyncio.gather(*(adding() for _ in range(concurrency)))
    progress.tell()


def take(settings: RedisSettings, concurrency: int) -> None:
    progress.start()
    Worker(
        [func(work, name="work", keep_result=0, max_tries=1)],  # no result to keep: its best
        redis_settings=settings,
        max_jobs=concurrency,
        poll_delay=0.01,
        queue_read_limit=max(100, 5 * concurrency),
        keep_result=0,
        health_check_interval=3600,
        handle_signals=False,
    ).run()


if __name__ == "__main__":
    role, count, concurrency = sys.argv[1:]
    redis = RedisSettings.from_dsn(os.environ["REDIS_URL"])
    if role == "add":
        asyncio.run(add(redis, int(count), int(concurrency)))
    else:
        asyncio.set_event_loop(asyncio.new_event_loop())
        take(redis, int(concurrency))
