"""The one shard of a Redis Cluster that holds a desk.

All keys of a desk have one hash tag, so a process needs only the master of that slot: a plain connection to
it can do everything, pipelines and channels included. Each new connection asks the nodes who that is now;
after a fail-over the old connections break or are told that the slot has moved, and the caller tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from redis import exceptions
from redis.asyncio import Connection, Redis
from redis.crc import key_slot

from services.runtime.coalescing import PackingConnection
from warmline.errors import ConfigurationError

SCHEME = "redis-cluster"
ASK_TIMEOUT_S = 1.0

SLOT_ELSEWHERE: tuple[type[Exception], ...] = (
    exceptions.ReadOnlyError,
    exceptions.MovedError,
    exceptions.AskError,
    exceptions.TryAgainError,
    exceptions.ClusterDownError,
)
"""What a fail-over looks like to somebody who is connected: trying again can help."""

Address = tuple[str, int]


class Shard:
    """Who the master of a desk's slot is. `nodes` are where to begin asking."""

    def __init__(self, nodes: list[Address], desk: str, credentials: dict[str, Any]) -> None:
        self._nodes = nodes
        self._slot = key_slot(f"{{{desk}}}".encode())
        self._master: Address | None = None
        self.credentials = credentials

    async def master(self) -> Address:
        """Raises redis' ConnectionError where no node knows."""
        if self._master is None:
            self._master = await self._ask()
        return self._master

    def forget(self) -> None:
        """It may be another one by now."""
        self._master = None

    async def _ask(self) -> Address:
        for host, port in list(self._nodes):
            client = Redis(
                host=host,
                port=port,
                decode_responses=True,
                socket_timeout=ASK_TIMEOUT_S,
                socket_connect_timeout=ASK_TIMEOUT_S,
                **self.credentials,
            )
            try:
                slots: list[Any] = await client.execute_command("CLUSTER SLOTS")  # type: ignore[no-untyped-call]
            except (exceptions.RedisError, OSError):
                continue
            finally:
                await client.aclose()
            found = self._read(slots, host)
            if found is not None:
                return found
        raise exceptions.ConnectionError(
            "no node of the cluster knows the master of the desk's slot"
        )

    def _read(self, slots: list[Any], asked: str) -> Address | None:
        """From `CLUSTER SLOTS`: first, last, master, replicas. Also remembers every node that is named: the
        one asked may be the next to go."""
        found = None
        for first, last, *nodes in slots:
            addresses = [(str(name or asked), int(port)) for name, port, *_ in nodes]
            self._nodes += [each for each in addresses if each not in self._nodes]
            if first <= self._slot <= last:
                found = addresses[0]
        return found


class _ShardMixin(Connection):
    """Connects to whoever is the shard's master at that moment."""

    def __init__(self, *, shard: Shard, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._shard = shard
        self._moved = False

    async def _connect(self) -> None:
        try:
            self.host, self.port = await self._shard.master()
            await super()._connect()  # type: ignore[no-untyped-call]
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):
            self._shard.forget()
            raise
        self._moved = False

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        if self._moved:
            await self.disconnect()
        await super().send_packed_command(*args, **kwargs)

    async def read_response(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super().read_response(*args, **kwargs)
        except SLOT_ELSEWHERE:
            self._shard.forget()
            self._moved = True
            raise
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            self._shard.forget()
            raise


class ShardConnection(_ShardMixin, PackingConnection):
    """For commands."""

    async def ask(self, commands: Sequence[Sequence[Any]], give: Callable[[Any], None]) -> None:
        def look_and_give(answer: Any) -> None:
            if isinstance(answer, SLOT_ELSEWHERE):
                self._shard.forget()
                self._moved = True
            give(answer)

        try:
            await super().ask(commands, look_and_give)
        except (exceptions.ConnectionError, exceptions.TimeoutError):
            self._shard.forget()
            raise


class BlockingShardConnection(_ShardMixin):
    """For blocking reads and channels."""


def shard_of(url: str, desk: str) -> Shard:
    """From `redis-cluster://user:password@host:port,host:port`. Raises ConfigurationError where it names no
    node."""
    place = urlsplit(url)
    names = place.netloc.rpartition("@")[2]
    nodes: list[Address] = []
    for name in names.split(","):
        host, _, port = name.rpartition(":")
        if not host or not port.isdigit():
            raise ConfigurationError(
                f"{SCHEME}:// needs nodes as host:port, separated by commas; {len(nodes)} could be read"
            )
        nodes.append((host, int(port)))
    credentials: dict[str, Any] = {}
    if place.username:
        credentials["username"] = unquote(place.username)
    if place.password:
        credentials["password"] = unquote(place.password)
    return Shard(nodes, desk, credentials)
