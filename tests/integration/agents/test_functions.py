"""The engine's library in Redis, and the engine where it cannot have one."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from services.agents.scripts import function_name
from services.runtime.redis import RedisClients, connect
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
