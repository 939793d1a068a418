"""Each transition beside a bare EVALSHA with the same keys and arguments: `python -m bench.queues.scripts
URL DESK ROUNDS TOGETHER PROCESSES`. JSON on the last line.

PROCESSES of these run at once, each for a desk of its own, and do the same at the same moment. By turns,
so that whatever else the machine does hits all. TOGETHER is how many calls of a process are under way at
once; 1 is one after the other. The bare call is made twice: by the engine's own client, which packs what is
asked together, and by redis-py as it comes, in pipelines of TOGETHER.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any

from redis.asyncio import Redis

from bench.queues.desk import MeasuredDesk

PEOPLE = 240
BARE = "return { 'ok', '1' }"
KEYS = {"enqueue": 13, "accept": 11, "complete": 13}
"""How many keys each script gets; the arguments of the bare call have the sizes of the real ones."""

ARGUMENTS = {
    "enqueue": ["s" * 90, "i1234567", "f" * 160, "d" * 900],
    "accept": ["s" * 90, "p100", "i1234567", "3", "c-i1234567"],
    "complete": ["s" * 90, "p100", "i1234567", "3", "c-i1234567", ""],
}


async def timed(calls: Iterable[Callable[[], Awaitable[Any]]], together: int) -> float:
    """Seconds for all calls, `together` at a time."""
    rest = iter(list(calls))

    async def one_after_the_other() -> None:
        for call in rest:
            await call()

    start = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(together)))
    return time.perf_counter() - start


class Meeting:
    """Where the processes wait for each other before each turn, so that all do the same at once."""

    def __init__(self, client: Redis, place: str, processes: int) -> None:
        self._client, self._place, self._processes = client, place, processes
        self._turns = 0

    async def all_here(self) -> None:
        self._turns += 1
        turn = f"{self._place}-{self._turns}"
        if await self._client.incr(turn) == self._processes:
            await self._client.rpush(f"{turn}-go", *["go"] * self._processes)
        await self._client.blpop([f"{turn}-go"])


async def measure(
    url: str, name: str, rounds: int, together: int, processes: int
) -> dict[str, Any]:
    """Calls a second of each transition and of its bare twins, summed over the rounds."""
    desk = MeasuredDesk(url, name, PEOPLE)
    client = desk.redis.commands
    sha = await client.script_load(BARE)
    as_it_comes = Redis.from_url(url, decode_responses=True, socket_timeout=None)
    meeting = Meeting(as_it_comes, f"meeting-{processes}-{together}", processes)
    seconds = {each: {"ours": 0.0, "bare": 0.0, "redis_py": 0.0} for each in KEYS}

    async def bare(what: str) -> None:
        keys = [f"wl:{{{name}}}:key{number}" for number in range(KEYS[what])]
        arguments = [*keys, *ARGUMENTS[what]]

        async def call() -> None:
            await client.evalsha(sha, len(keys), *arguments)

        async def pipeline() -> None:
            async with as_it_comes.pipeline(transaction=False) as pipe:
                for _ in range(together):
                    pipe.evalsha(sha, len(keys), *arguments)
                await pipe.execute()

        async def alone() -> None:
            await as_it_comes.evalsha(sha, len(keys), *arguments)

        await meeting.all_here()
        seconds[what]["bare"] += await timed([call] * PEOPLE, together)
        calls = [alone] * PEOPLE if together == 1 else [pipeline] * (PEOPLE // together)
        share = PEOPLE / (len(calls) * together)
        await meeting.all_here()
        seconds[what]["redis_py"] += share * await timed(calls, 1)

    async def ours(what: str, calls: Sequence[Callable[[], Awaitable[Any]]]) -> None:
        await meeting.all_here()
        seconds[what]["ours"] += await timed(calls, together)

    agents = [f"p{number}" for number in range(PEOPLE)]
    await desk.pool.enqueue(desk.works(PEOPLE, prefix="backlog"))
    await timed([partial(desk.sign_in, each) for each in agents], 32)
    for number in range(rounds):
        works = desk.works(PEOPLE, prefix=f"r{number}-")
        await bare("enqueue")
        await ours("enqueue", [partial(desk.pool.enqueue, [work]) for work in works])
        offers = [(each, await desk.offer_of(each)) for each in agents]
        held = [(agent, *offer) for agent, offer in offers if offer]
        assert len(held) == PEOPLE, f"only {len(held)} of {PEOPLE} people have an offer"
        await bare("accept")
        await ours("accept", [partial(desk.accept, *one) for one in held])
        await bare("complete")
        await ours("complete", [partial(desk.complete, *one) for one in held])
    await as_it_comes.aclose()
    await desk.close()
    calls = rounds * PEOPLE
    return {
        what: {which: round(calls / took) for which, took in both.items()}
        for what, both in seconds.items()
    }


if __name__ == "__main__":
    url, name, *numbers = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(url, name, *map(int, numbers)))))
