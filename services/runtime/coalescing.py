"""A Redis client whose concurrent commands travel together.

Each await of redis-py's own client takes a connection and two system calls. Here everything that is
asked within one turn of the event loop goes out as one pipeline, in the order in which it was asked;
a command that is alone goes out as before. Callers see no difference, errors of a command included.
While LANES_MAX pipelines are under way the rest waits and then travels together: the more is asked
at once, the longer the pipelines, and never are more connections wanted than there are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import hiredis
from redis import exceptions
from redis.asyncio import Connection, Redis

TOGETHER_MAX = 256
"""Commands in one pipeline: enough to hide the round trip, few enough to keep their answers coming."""

LANES_MAX = 4
"""Pipelines under way at once. Redis carries out one command at a time, so more would only wait there."""

SCRIPTS = frozenset({"FCALL", "EVALSHA"})
"""Commands whose answers redis-py gives as they are."""

_Command = tuple[tuple[Any, ...], dict[str, Any], "asyncio.Future[Any]"]


class PackingConnection(Connection):
    """Commands are packed in C: redis-py's own loop over the arguments costs as much as all else."""

    def pack_command(self, *args: Any) -> list[bytes]:
        if (
            isinstance(args[0], str) and " " in args[0]
        ):  # such as 'SCRIPT LOAD': two words for Redis
            args = (*args[0].split(), *args[1:])
        try:
            return [hiredis.pack_command(args)]
        except TypeError:  # a value that has to be encoded first
            packed: list[bytes] = super().pack_command(*args)
            return packed

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        return [b"".join(part for command in commands for part in self.pack_command(*command))]

    async def ask(self, commands: Sequence[Sequence[Any]], give: Callable[[Any], None]) -> None:
        """Sends commands together and gives the answer of each as soon as it is there, so that its caller
        goes on while Redis carries out the rest; a command's own error is its answer. One time-out for
        all: redis-py sets one for each, and looks twice at every command."""
        await self.send_packed_command(self.pack_commands(commands))
        parser: Any = self._parser
        try:
            async with asyncio.timeout(self.socket_timeout):
                for _ in commands:
                    give(await parser.read_response())
        except TimeoutError as error:
            await self.disconnect(nowait=True)
            raise exceptions.TimeoutError("Redis does not answer in time") from error
        except OSError as error:
            await self.disconnect(nowait=True)
            raise exceptions.ConnectionError(f"Redis has gone: {error}") from error
        except BaseException:  # else the next command would get the rest of these answers
            await self.disconnect(nowait=True)
            raise


class CoalescingRedis(Redis):
    """Not for blocking commands: those that travel with one would wait for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked: list[_Command] = []
        self._sending: set[asyncio.Task[None]] = set()

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Raises what the command alone would raise. When the caller is cancelled it is sent all
        the same."""
        return await self.ask(*args, **options)

    def ask(self, *args: Any, **options: Any) -> asyncio.Future[Any]:
        """As `execute_command`, for whoever asks much at once and needs no task for each."""
        loop = asyncio.get_running_loop()
        if not self._asked:
            loop.call_soon(self._send)
        answer: asyncio.Future[Any] = loop.create_future()
        self._asked.append((args, options, answer))
        return answer

    def _send(self) -> None:
        if not self._asked or len(self._sending) == LANES_MAX:
            return
        asked, self._asked = self._asked, []
        task = asyncio.create_task(self._run_all(asked))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._send()

    async def _run_all(self, asked: list[_Command]) -> None:
        """One pipeline after the other: two at once could overtake each other."""
        for start in range(0, len(asked), TOGETHER_MAX):
            await self._run(asked[start : start + TOGETHER_MAX])

    async def _run(self, commands: list[_Command]) -> None:
        unanswered = deque(commands)
        try:
            if all(args[0] in SCRIPTS and not options for args, options, _ in commands):
                await self._ask_scripts(unanswered)
            else:
                for answer in await self._answers(commands):
                    _give(unanswered, answer)
        except BaseException as error:
            for _, _, answer in unanswered:
                if not answer.done():
                    answer.set_exception(error)
            if not isinstance(error, Exception):
                raise

    async def _answers(self, commands: list[_Command]) -> list[Any]:
        if len(commands) == 1:
            ((args, options, _),) = commands
            return [await super().execute_command(*args, **options)]  # type: ignore[no-untyped-call]
        async with self.pipeline(transaction=False) as pipe:
            for args, options, _ in commands:
                pipe.execute_command(*args, **options)
            return await pipe.execute(raise_on_error=False)

    async def _ask_scripts(self, unanswered: deque[_Command]) -> None:
        """The short way: nothing in the answers has to be made into something else. Where the connection
        is lost, those without an answer are asked again."""
        pool: Any = self.connection_pool
        connection = await pool.get_connection()
        try:
            await connection.retry.call_with_retry(
                lambda: connection.ask(
                    [args for args, _, _ in unanswered], partial(_give, unanswered)
                ),
                lambda _: connection.disconnect(),
            )
        finally:
            await pool.release(connection)


def _give(unanswered: deque[_Command], given: Any) -> None:
    """To the first of those who wait."""
    _, _, answer = unanswered.popleft()
    if answer.done():  # its caller was cancelled
        return
    if isinstance(given, Exception):
        answer.set_exception(given)
    else:
        answer.set_result(given)
