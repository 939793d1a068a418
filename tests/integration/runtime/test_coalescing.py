"""Commands that are asked at the same moment travel together, and nobody notices but the clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from services.runtime.coalescing import TOGETHER_MAX
from services.runtime.redis import CONNECTIONS_MAX, RedisClients, connect


async def test_each_caller_gets_its_own_answer_in_the_order_asked(
    redis: RedisClients, unique_name: str
) -> None:
    count = 2 * TOGETHER_MAX + 7
    numbers = await asyncio.gather(*(redis.commands.incr(unique_name) for _ in range(count)))
    assert numbers == list(range(1, count + 1))


async def test_a_command_that_fails_fails_alone(redis: RedisClients, unique_name: str) -> None:
    await redis.commands.set(unique_name, "text")
    answers: Any = await asyncio.gather(
        redis.commands.get(unique_name),
        redis.commands.incr(unique_name),
        redis.commands.get(unique_name),
        return_exceptions=True,
    )
    assert answers[0] == answers[2] == "text"
    assert isinstance(answers[1], ResponseError)


async def test_a_cancelled_caller_does_not_disturb_the_others(
    redis: RedisClients, unique_name: str
) -> None:
    await redis.commands.set(unique_name, "text")
    gone = asyncio.ensure_future(redis.commands.get(unique_name))
    stays = asyncio.ensure_future(redis.commands.get(unique_name))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "text"


async def test_what_the_packer_cannot_take_is_packed_as_before(
    redis: RedisClients, unique_name: str
) -> None:
    await redis.commands.set(unique_name, memoryview(b"bytes"))
    assert await redis.commands.get(unique_name) == "bytes"
    assert len(await redis.commands.script_load("return 1")) == 40


async def test_more_pipelines_than_connections_wait_instead_of_failing(
    redis: RedisClients, unique_name: str
) -> None:
    async def pipeline() -> list[Any]:
        async with redis.commands.pipeline(transaction=True) as pipe:
            pipe.incr(unique_name)
            return list(await pipe.execute())

    count = 4 * CONNECTIONS_MAX
    answers = await asyncio.gather(*(pipeline() for _ in range(count)))
    assert sorted(number for (number,) in answers) == list(range(1, count + 1))


async def test_every_caller_hears_that_redis_is_away() -> None:
    clients = connect("redis://127.0.0.1:1/0")
    answers = await asyncio.gather(
        *(clients.commands.get("any") for _ in range(3)), return_exceptions=True
    )
    assert [type(answer).__name__ for answer in answers] == ["ConnectionError"] * 3
    await clients.aclose()


async def test_scripts_that_are_asked_together_fail_alone(redis: RedisClients) -> None:
    good = await redis.commands.script_load("return ARGV[1]")
    bad = await redis.commands.script_load("return redis.error_reply('ERR no')")
    answers: Any = await asyncio.gather(
        redis.commands.evalsha(good, 0, "one"),
        redis.commands.evalsha(bad, 0),
        redis.commands.evalsha(good, 0, "two"),
        return_exceptions=True,
    )
    assert (answers[0], answers[2]) == ("one", "two")
    assert isinstance(answers[1], ResponseError)


async def test_scripts_are_asked_again_where_the_connection_was_lost(redis: RedisClients) -> None:
    script = await redis.commands.script_load("return ARGV[1]")
    await redis.commands.evalsha(script, 0, "warm")
    await redis.blocking.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")  # type: ignore[no-untyped-call]
    assert await redis.commands.evalsha(script, 0, "again") == "again"


async def test_a_script_that_hangs_times_out_and_its_answer_goes_to_nobody_else(
    redis_url: str,
) -> None:
    clients = connect(redis_url)
    script = await clients.commands.script_load("return ARGV[1]")
    pool: Any = clients.commands.connection_pool
    pool.connection_kwargs["socket_timeout"] = 0.2
    await pool.disconnect()
    pool.reset()
    await clients.blocking.execute_command("CLIENT", "PAUSE", 700, "ALL")  # type: ignore[no-untyped-call]
    with pytest.raises(RedisTimeoutError):
        await clients.commands.evalsha(script, 0, "late")
    await clients.blocking.ping()
    assert await clients.commands.evalsha(script, 0, "next") == "next"
    await clients.aclose()


async def test_every_caller_of_a_script_hears_that_redis_is_away() -> None:
    clients = connect("redis://127.0.0.1:1/0")
    answers = await asyncio.gather(
        *(clients.commands.evalsha("0" * 40, 0) for _ in range(3)), return_exceptions=True
    )
    assert [type(answer).__name__ for answer in answers] == ["ConnectionError"] * 3
    await clients.aclose()


async def test_the_first_callers_go_on_while_redis_carries_out_the_rest(
    redis: RedisClients,
) -> None:
    quick = await redis.commands.script_load("return '1'")
    slow = await redis.commands.script_load("local n = 0 while n < 3e7 do n = n + 1 end return '2'")
    long = "x" * 1000
    first, *_, last = [
        *(asyncio.ensure_future(redis.commands.evalsha(quick, 0, long)) for _ in range(100)),
        asyncio.ensure_future(redis.commands.evalsha(slow, 0)),
    ]
    assert await first == "1"
    assert not last.done()
    assert await last == "2"
