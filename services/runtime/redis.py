"""Connections to Redis, and the loader of Lua scripts.

Two clients, because redis-py 8 gives every read a time-out of five seconds: a blocking read on that
client would never return its data. Commands keep the short time-out, blocking reads have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.commands.core import AsyncScript

from services.runtime.coalescing import CoalescingRedis, PackingConnection

COMMAND_TIMEOUT_S = 5.0

CONNECTIONS_MAX = 32
"""For each process. Who finds them all in use waits for one, at most COMMAND_TIMEOUT_S."""

PASSING_FAULTS: tuple[type[Exception], ...] = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.ReadOnlyError,
)
"""What a restart or a fail-over of Redis looks like from here: trying again can help."""


@dataclass(frozen=True, slots=True)
class RedisClients:
    """`commands` for everything that answers at once, `blocking` for XREAD BLOCK and its like."""

    commands: Redis
    blocking: Redis

    async def aclose(self) -> None:
        await self.commands.aclose()
        await self.blocking.aclose()


def connect(url: str) -> RedisClients:
    """Opens nothing yet: the first command does. The seam retries, so the client itself does not."""
    once = Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=1)
    commands = CoalescingRedis.from_pool(
        BlockingConnectionPool.from_url(
            url,
            connection_class=PackingConnection,
            max_connections=CONNECTIONS_MAX,
            timeout=COMMAND_TIMEOUT_S,
            decode_responses=True,
            socket_timeout=COMMAND_TIMEOUT_S,
            socket_connect_timeout=COMMAND_TIMEOUT_S,
            retry=once,
        )
    )
    blocking = Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=None,
        socket_connect_timeout=COMMAND_TIMEOUT_S,
        retry=once,
    )
    return RedisClients(commands, blocking)


@cache
def script_text(package: str, name: str) -> str:
    """The source of `<package>/lua/<name>.lua`."""
    return files(package).joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


def load_script(client: Redis, package: str, name: str) -> AsyncScript:
    """The script, callable with `keys` and `args`; it is sent again where Redis has forgotten it."""
    return client.register_script(script_text(package, name))
