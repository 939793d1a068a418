"""The engine's Lua scripts: which keys each one gets, and how Redis gets to know them.

`-- include: NAME` says that a script needs `lua/shared/NAME.lua`. All of them together are one library of
Redis Functions, so that the shared parts are read once and not for every call. Where Redis is older than
7, or its user may not call functions, each script travels with its shared parts instead. Every script
declares all of its keys.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from services.runtime.coalescing import CoalescingRedis
from services.runtime.keys import Keys

DESK_KEYS = ("work", "people", "serves", "waiting", "heads", "free", "due", "outbox", "desk")

SCRIPT_KEYS: dict[str, tuple[str, ...]] = {
    "enqueue": (*DESK_KEYS, "conversation", "ended", "details", "classes", "applied"),
    "accept": (*DESK_KEYS, "command", "conversation"),
    "decline": (*DESK_KEYS, "command"),
    "reply": (*DESK_KEYS, "command", "conversation", "turns"),
    "judge_draft": (*DESK_KEYS, "command", "conversation", "turns", "judged"),
    "complete": (*DESK_KEYS, "command", "conversation", "ended", "details"),
    "wrap_up_done": (*DESK_KEYS, "command", "ended", "details"),
    "transfer": (*DESK_KEYS, "command", "conversation", "classes"),
    "abandon": (*DESK_KEYS, "seen", "conversation", "ended", "details"),
    "sign_in": (*DESK_KEYS, "command"),
    "sign_out": (*DESK_KEYS, "command", "*held"),
    "presence": (*DESK_KEYS, "command"),
    "heartbeat": DESK_KEYS,
    "lapse": DESK_KEYS,
    "silence": (*DESK_KEYS, "*held"),
    "look": DESK_KEYS,
    "open_direct": DESK_KEYS,
    "ring": DESK_KEYS,
    "pause": DESK_KEYS,
    "callback": DESK_KEYS,
    "missed": DESK_KEYS,
    "not_reached": (*DESK_KEYS, "command", "conversation", "ended", "details"),
    "add_class": (*DESK_KEYS, "classes"),
    "serve": DESK_KEYS,
    "desk_of": DESK_KEYS,
    "push": (*DESK_KEYS, "command"),
    "pull": (*DESK_KEYS, "command", "conversation"),
    "reprioritise": (*DESK_KEYS, "command"),
    "requeue": (*DESK_KEYS, "command", "conversation", "classes"),
    "drain": (*DESK_KEYS, "command"),
    "mark_queue": (*DESK_KEYS, "command"),
    "divert": (*DESK_KEYS, "classes"),
    "find_unstaffed": DESK_KEYS,
    "unstaffed": (*DESK_KEYS, "classes"),
    "restore": (*DESK_KEYS, "conversation", "ended", "details", "classes"),
    "use_configuration": DESK_KEYS,
    "raise_epochs": (*DESK_KEYS, "*conversations"),
    "sweep": (*DESK_KEYS, "*held"),
    "due": ("due",),
}
"""What stands in KEYS, in this order; `*held` is conversation, ended and details of each inquiry
held, `*conversations` one of each."""

SHARED = ("desk", "commands", "capacity", "matching", "moves")
"""In this order: each needs some of those before it."""

_FOLDER = files("services.agents").joinpath("lua")
_INCLUDE = re.compile(r"^-- include: (\w+)\n", re.MULTILINE)


def _own_text(name: str) -> str:
    return _FOLDER.joinpath(f"{name}.lua").read_text(encoding="utf-8")


def _shared_text(name: str) -> str:
    return _FOLDER.joinpath("shared", f"{name}.lua").read_text(encoding="utf-8")


@cache
def script_text(name: str) -> str:
    """The script with its shared parts, for EVALSHA."""
    included = _INCLUDE.findall(_own_text(name))
    shared = "\n".join(map(_shared_text, included))
    return f"{shared}\n{_transition(name)}\n{_call(name)}\n"


def _transition(name: str) -> str:
    return f"local function transition()\n{_INCLUDE.sub('', _own_text(name))}\nend"


def _call(name: str) -> str:
    """What needs the desk begins and ends as `lua/shared/desk.lua` says."""
    if "desk" not in _INCLUDE.findall(_own_text(name)):
        return "return transition()"
    return f"begin('{name}') return finish(transition())"


@cache
def library_text() -> str:
    """All scripts as functions. Their names carry the digest of the whole: other versions of Warmline may use
    the same Redis."""
    digest = _library_digest()
    return (
        f"#!lua name=warmline_agents_{digest}\n"
        f"local function register(name, run) redis.register_function(name .. '_{digest}', run) end\n"
        f"{_library_body()}\n"
    )


@cache
def _library_body() -> str:
    functions = [
        f"do\n{_transition(name)}\n"
        f"register('{name}', function(keys, arguments) KEYS, ARGV = keys, arguments {_call(name)} end)\nend"
        for name in SCRIPT_KEYS
    ]
    return "\n".join(["local KEYS, ARGV", *map(_shared_text, SHARED), *functions])


@cache
def _library_digest() -> str:
    return _digest(_library_body())[:16]


@cache
def function_name(name: str) -> str:
    """What Redis knows a script by, as a function of the library."""
    return f"{name}_{_library_digest()}"


class Scripts:
    """The scripts of one desk, callable by name."""

    def __init__(self, client: CoalescingRedis, keys: Keys) -> None:
        self._desk = [
            keys.work(),
            keys.people(),
            keys.serves(),
            keys.waiting(),
            keys.heads(),
            keys.free(),
            keys.due(),
            keys.outbox(),
            keys.desk_state(),
        ]
        self._client = client
        self._functions = True
        self._loading: dict[str, asyncio.Future[Any]] = {}

    def __call__(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Awaitable[Any]:
        """Runs a script on the desk's keys and `keys`."""
        return self._run(name, [*self._desk, *keys], args)

    async def many(
        self, name: str, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]
    ) -> list[Any]:
        """Runs a script for each of some keys and arguments, in this order, all asked at once."""
        asked = [self._call(name, [*self._desk, *keys], args) for keys, args in calls]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for number, answer in enumerate(answers):
            if isinstance(answer, ResponseError):  # it may want the library
                answers[number] = await self(name, *calls[number])
            elif isinstance(answer, BaseException):
                raise answer
        return answers

    async def due(self, now: str, at_most: int) -> list[str]:
        """`due.lua`: now, when the next entry is due, and the entries that are due."""
        due: list[str] = await self._run("due", [self._desk[6]], [now, at_most])
        return due

    async def _run(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        try:
            return await self._call(name, keys, args)
        except ResponseError as error:
            if not await self._made_known(name, error):
                raise
        return await self._call(name, keys, args)

    def _call(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> asyncio.Future[Any]:
        if self._functions:
            return self._client.ask("FCALL", function_name(name), len(keys), *keys, *args)
        return self._client.ask("EVALSHA", _sha(name), len(keys), *keys, *args)

    async def _made_known(self, name: str, error: ResponseError) -> bool:
        """Whether it was for want of the library or the script that a call failed, which is there now."""
        if "Function not found" in str(error):
            try:
                await self._load("", lambda: self._client.function_load(library_text(), True))
                return True
            except ResponseError as refused:
                if not _no_functions(refused):
                    raise
                error = refused
        if _no_functions(error):
            self._functions = False
        elif not isinstance(error, NoScriptError):
            return False
        await self._load(name, lambda: self._client.script_load(script_text(name)))
        return True

    async def _load(self, what: str, load: Callable[[], Awaitable[Any]]) -> None:
        """Once for all who need it now: hundreds may find it missing in the same moment."""
        if what not in self._loading:
            task = asyncio.ensure_future(load())
            self._loading[what] = task
            task.add_done_callback(lambda _: self._loading.pop(what))
        await asyncio.shield(self._loading[what])


def _no_functions(error: ResponseError) -> bool:
    """Whether it means that this Redis, or its user, has scripts only."""
    return isinstance(error, NoPermissionError) or "unknown command" in str(error)


@cache
def _sha(name: str) -> str:
    """What Redis knows a script by, outside the library."""
    return _digest(script_text(name))


def _digest(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
