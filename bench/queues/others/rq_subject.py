"""RQ: `add COUNT CONCURRENCY` (so many in one pipeline; 1: one by one) or `take - -`.

Its SimpleWorker, which does not fork for every job: its best.
"""

from __future__ import annotations

import logging
import os
import sys

from redis import Redis
from rq import Queue, SimpleWorker

from bench.queues.others import rq_job

logging.disable(logging.INFO)
redis = Redis.from_url(os.environ["REDIS_URL"])
queue = Queue("bench", connection=redis)


def add(count: int, together: int) -> None:
    rq_job.progress.start()
    for start in range(0, count, together):
        numbers = range(start, min(count, start + together))
        if together == 1:
            queue.enqueue(rq_job.work, f"i{start}", result_ttl=0)
        else:
            queue.enqueue_many(
                [Queue.prepare_data(rq_job.work, (f"i{n}",), result_ttl=0) for n in numbers]
            )
        rq_job.progress.done(len(numbers))
    rq_job.progress.tell()


def take() -> None:
    worker = SimpleWorker([queue], connection=redis)
    rq_job.progress.start()
    worker.work(burst=True, logging_level="ERROR")
    rq_job.progress.tell()


if __name__ == "__main__":
    role, count, together = sys.argv[1:]
    if role == "add":
        add(int(count), int(together))
    else:
        take()
