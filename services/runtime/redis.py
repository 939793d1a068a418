"""Connections to Redis, and the loader of Lua scripts.

Two clients, because redis-py 8 gives every read a time-out of five seconds: a blocking read on that
client would never return its data. Commands keep the short time-out, blocking reads have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.commands.core import AsyncScript

from services.runtime.coalescing import CoalescingRedis, PackingConnection
from services.runtime.shard import (
    SCHEME,
    SLOT_ELSEWHERE,
    BlockingShardConnection,
    ShardConnection,
    shard_of,
)
from warmline.errors import ConfigurationError

COMMAND_TIMEOUT_S = 5.0

CONNECTIONS_MAX = 32
"""For each process."""

CONNECTION_WAIT_S = 30.0
"""For whoever finds all of them in use. Those who have one give it back within COMMAND_TIMEOUT_S, whatever
Redis does, so that a longer wait only means that many ask at once, on a busy machine."""

PASSING_FAULTS: tuple[type[Exception], ...] = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    *SLOT_ELSEWHERE,
)
"""What a restart or a fail-over of Redis looks like from here: trying again can help."""


@dataclass(frozen=True, slots=True)
class RedisClients:
    """`commands` for everything that answers at once, `blocking` for XREAD BLOCK and its like."""

    commands: CoalescingRedis
    blocking: Redis

    async def aclose(self) -> None:
        await self.commands.aclose()
        await self.blocking.aclose()


def connect(url: str, desk: str = "main") -> RedisClients:
    """Opens nothing yet: the first command does. The seam retries, so the client itself does not.

    `redis-cluster://host:port,host:port` is the shard of a Redis Cluster that holds `desk`. Raises
    ConfigurationError for what is no address, without it: it may hold a password.
    """
    settings: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": COMMAND_TIMEOUT_S,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.01, cap=0.1), retries=1),
    }
    short: dict[str, Any] = {
        "max_connections": CONNECTIONS_MAX,
        "timeout": CONNECTION_WAIT_S,
        "socket_timeout": COMMAND_TIMEOUT_S,
    }
    if url.startswith(f"{SCHEME}://"):
        shard = shard_of(url, desk)
        settings |= {"shard": shard, **shard.credentials}
        return RedisClients(
            _together(
                BlockingConnectionPool(connection_class=ShardConnection, **short, **settings)
            ),
            Redis.from_pool(
                ConnectionPool(
                    connection_class=BlockingShardConnection, socket_timeout=None, **settings
                )
            ),
        )
    try:
        return RedisClients(
            _together(
                BlockingConnectionPool.from_url(
                    url, connection_class=PackingConnection, **short, **settings
                )
            ),
            Redis.from_url(url, socket_timeout=None, **settings),
        )
    except ValueError:
        raise ConfigurationError(
            "WARMLINE_REDIS_URL is no address of Redis: write redis://HOST:PORT/0, rediss:// with TLS, or "
            f"{SCHEME}://HOST:PORT,HOST:PORT"
        ) from None


def _together(pool: BlockingConnectionPool) -> CoalescingRedis:
    return cast(CoalescingRedis, CoalescingRedis.from_pool(pool))


@cache
def script_text(package: str, name: str) -> str:
    """The source of `<package>/lua/<name>.lua`."""
    return files(package).joinpath("lua", f"{name}.lua").read_text(encoding="utf-8")


def load_script(client: Redis, package: str, name: str) -> AsyncScript:
    """The script, callable with `keys` and `args`; it is sent again where Redis has forgotten it."""
    return client.register_script(script_text(package, name))
