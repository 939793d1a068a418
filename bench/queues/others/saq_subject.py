"""SAQ: `add COUNT CONCURRENCY` or `take - CONCURRENCY`."""

from __future__ import annotations

import asyncio
import os
import sys

from saq import Queue, Worker

from bench.queues.others.speak import Progress

progress = Progress()


async def work(_: object, *, inquiry_id: str) -> None:  # noqa: ARG001 - what it is asked is its load
    progress.done()


async def add(count: int, concurrency: int) -> None:
    queue = Queue.from_url(os.environ["REDIS_URL"], max_concurrent_ops=concurrency)
    await queue.connect()
    numbers = iter(range(count))

    async def adding() -> None:
        for number in numbers:
            await queue.enqueue("work", inquiry_id=f"i{number}", ttl=-1)  # no result to keep
            progress.done()

    progress.start()
    await asyncio.gather(*(adding() for _ in range(concurrency)))
    progress.tell()


async def take(concurrency: int) -> None:
    queue = Queue.from_url(os.environ["REDIS_URL"], max_concurrent_ops=max(20, concurrency))
    await queue.connect()
    worker = Worker(queue, functions=[work], concurrency=concurrency)
    progress.start()
    await worker.start()


if __name__ == "__main__":
    role, count, concurrency = sys.argv[1:]
    if role == "add":
        asyncio.run(add(int(count), int(concurrency)))
    else:
        asyncio.run(take(int(concurrency)))
