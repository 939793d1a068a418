"""The engine's Lua scripts: which keys each one gets, and how their shared parts come together.

`-- include: NAME` stands for the text of `lua/shared/NAME.lua`. Every script declares all of its
keys.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from services.runtime.keys import Keys

DESK_KEYS = ("work", "people", "serves", "waiting", "heads", "free", "due", "outbox", "desk")

SCRIPT_KEYS: dict[str, tuple[str, ...]] = {
    "enqueue": (*DESK_KEYS, "conversation", "ended", "details", "classes"),
    "accept": (*DESK_KEYS, "command", "conversation", "details"),
    "decline": (*DESK_KEYS, "command"),
    "reply": (*DESK_KEYS, "command", "conversation", "turns"),
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
    "restore": (*DESK_KEYS, "conversation", "ended", "details", "classes"),
    "raise_epochs": (*DESK_KEYS, "*conversations"),
    "sweep": (*DESK_KEYS, "*held"),
    "due": ("due",),
}
"""What stands in KEYS, in this order; `*held` is conversation, ended and details of each inquiry
held, `*conversations` one of each."""

_INCLUDE = re.compile(r"^-- include: (\w+)$", re.MULTILINE)


@cache
def script_text(name: str) -> str:
    """The script with its shared parts."""
    folder = files("services.agents").joinpath("lua")
    text = folder.joinpath(f"{name}.lua").read_text(encoding="utf-8")
    return _INCLUDE.sub(
        lambda match: folder.joinpath("shared", f"{match[1]}.lua").read_text(encoding="utf-8"), text
    )


class Scripts:
    """The scripts of one desk, callable by name."""

    def __init__(self, client: Redis, keys: Keys) -> None:
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
        self._loading: dict[str, asyncio.Task[str]] = {}

    async def __call__(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Runs a script on the desk's keys and `keys`."""
        return await self._run(name, [*self._desk, *keys], args)

    async def due(self, now: str, at_most: int) -> list[str]:
        """`due.lua`: now, when the next entry is due, and the entries that are due."""
        due: list[str] = await self._run("due", [self._desk[6]], [now, at_most])
        return due

    async def _run(self, name: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        sha = _sha(name)
        try:
            return await self._client.evalsha(sha, len(keys), *keys, *args)
        except NoScriptError:  # Redis has started anew
            await self._load(name)
            return await self._client.evalsha(sha, len(keys), *keys, *args)

    async def _load(self, name: str) -> None:
        """Once for all who need it now: hundreds may find it missing in the same moment."""
        if name not in self._loading:
            task = asyncio.ensure_future(self._client.script_load(script_text(name)))
            self._loading[name] = task
            task.add_done_callback(lambda _: self._loading.pop(name))
        await asyncio.shield(self._loading[name])


@cache
def _sha(name: str) -> str:
    """What Redis knows the script by."""
    return hashlib.sha1(script_text(name).encode(), usedforsecurity=False).hexdigest()
