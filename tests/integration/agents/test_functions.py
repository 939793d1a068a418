"""The engine's library in Redis, and the engine where it cannot have one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from services.agents.rules import WorkClass
from services.agents.scripts import function_name
from services.runtime.redis import RedisClients, connect
from tests.integration.agents import invariants
from tests.integration.agents.desks import redis_desk
from tests.unit.agents.build import configuration


async def calls_of(redis: RedisClients, command: str) -> int:
    counted = (await redis.commands.info("commandstats")).get(f"cmdstat_{command}")
    return int(counted["calls"]) if counted else 0


async def test_a_library_that_redis_has_lost_is_loaded_again(
    redis: RedisClients, unique_name: str
) -> None:
    desk = redis_desk(configuration(), redis, unique_name)
    await desk.inquiry("first")
    await redis.commands.function_flush()
    await desk.inquiry("second")
    (library,) = await redis.commands.function_list()
    assert function_name("enqueue") in str(library)


@pytest.mark.parametrize("forbidden", ["-fcall -function", "-function", "-fcall"])
async def test_who_may_not_call_functions_gets_the_same_from_scripts(
    redis: RedisClients, redis_url: str, unique_name: str, forbidden: str
) -> None:
    await redis.commands.function_flush()
    rights = ["on", "nopass", "~*", "&*", "+@all", *forbidden.split()]
    await redis.commands.execute_command("ACL", "SETUSER", unique_name, *rights)
    address = urlsplit(redis_url)
    restricted = connect(f"redis://{unique_name}:any@{address.hostname}:{address.port}/0")
    evaluated = await calls_of(redis, "evalsha")
    desk = redis_desk(configuration(), restricted, unique_name)
    await desk.inquiry("i")
    await desk.sign_in("ada")
    await desk.accept("ada", "i")
    await desk.complete("ada", "i")
    assert await desk.steps("i") == ["enqueued", "offered ada", "accepted ada", "completed ada"]
    assert await calls_of(redis, "evalsha") > evaluated + 4
    await restricted.aclose()
    await redis.commands.acl_deluser(unique_name)


async def test_a_new_class_costs_nothing_for_those_that_people_serve_already(
    redis: RedisClients, unique_name: str
) -> None:
    built = configuration(
        {f"p{number}": {"skills": {"cards": 5}} for number in range(5)},
        presence={"heartbeat_s": 3600},
    )
    desk = redis_desk(built, redis, unique_name)
    assert desk.keys is not None
    await desk.sign_in(*built.people)
    pool: Any = desk.pool
    *known, new = [WorkClass("fraud", "de", skills=(("cards", level),)) for level in range(1, 6)]
    await pool._classes.ensure(known, pool._settings())
    before = await calls_of(redis, "zadd") + await calls_of(redis, "zrem")
    await pool._classes.ensure([new], pool._settings())
    changed = await calls_of(redis, "zadd") + await calls_of(redis, "zrem") - before
    assert changed == 10  # each person once as free and once as counted
    await invariants.check(redis, desk.keys, built)
