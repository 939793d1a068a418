"""The table of classes of work, shared by all processes of a desk through Redis.

Who can serve what is decided here by `rules`, once per sign-in and once per new class, and kept as
sets, so that no match ever looks at skills again. A generation (of classes) and a roster (of
people) number make sure that a person and a class that come at the same moment do not miss each
other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from services.agents.config import Person
from services.agents.rings import channel_of
from services.agents.rules import Rules, WorkClass
from services.agents.scripts import Scripts
from services.runtime.coalescing import CoalescingRedis
from services.runtime.keys import Keys
from warmline.errors import UnavailableError

ATTEMPTS = 20


class ClassTable:
    """`settings` is ARGV[1] of every script."""

    def __init__(self, client: CoalescingRedis, keys: Keys, scripts: Scripts, rules: Rules) -> None:
        self._client = client
        self._keys = keys
        self._scripts = scripts
        self._rules = rules
        self._known: set[str] = set()

    async def ensure(self, classes: Iterable[WorkClass], settings: str) -> None:
        """Makes classes known to the desk; cheap for those that this process knows already."""
        for work in classes:
            if work.id not in self._known:
                await self._add(work, settings)
                self._known.add(work.id)

    def forget(self) -> None:
        """After Redis has lost its data: what this process believed to be known has to be added
        again."""
        self._known.clear()

    async def _add(self, work: WorkClass, settings: str) -> None:
        definition = json.dumps(astuple(work))
        for _ in range(ATTEMPTS):
            roster = await self._client.hget(self._keys.desk_state(), "roster") or "0"
            signed_in = await self._client.hkeys(self._keys.serves())
            servers = self._rules.servers(work)
            who = [
                value
                for agent_id in signed_in
                if agent_id in servers
                for value in (agent_id, self._rules.priority(agent_id, work))
            ]
            (code,) = await self._scripts(
                "add_class",
                [self._keys.classes()],
                [settings, work.id, definition, roster, *who],
            )
            if code != "stale_roster":
                return
        raise UnavailableError("people sign in faster than a class of work can be added")

    async def served_by(self, person: Person) -> tuple[str, str]:
        """What goes into `serves` for a person, and the generation that it was made from."""
        async with self._client.pipeline(transaction=True) as pipe:
            pipe.hget(self._keys.desk_state(), "generation")
            pipe.hgetall(self._keys.classes())
            generation, table = await pipe.execute()
        groups = _direct_groups(person.id, self._rules)
        dropped = {channel_of(class_id) for class_id in table} - {"", *self._rules.channels}
        groups[(1, "i", "")] += [f"@{person.id}/{channel}" for channel in sorted(dropped)]
        for class_id, definition in table.items():
            work = from_json(definition)
            if person.id in self._rules.servers(work):
                group = (self._rules.priority(person.id, work), *self._listed_by(class_id))
                groups.setdefault(group, []).append(class_id)
        return _as_text(groups), generation or "0"

    def _listed_by(self, class_id: str) -> tuple[str, str]:
        """The order's letter and the channel; one that the desk no longer tells apart is none."""
        order = class_id.split(".")[2].partition("-")[0]
        return order, self._rules.channel(channel_of(class_id))

    def served_by_nobody_known(self, agent_id: str) -> str:
        """For who is signed in but no longer in the configuration: only what was given to them."""
        return _as_text(_direct_groups(agent_id, self._rules))


Groups = dict[tuple[int, str, str], list[str]]
"""Priority, the order's letter and the channel, to class ids."""


def _direct_groups(agent_id: str, rules: Rules) -> Groups:
    """The classes in which work waits for one person alone."""
    groups: Groups = {(1, "i", ""): [f"@{agent_id}"]}
    for channel in rules.configuration.desk.channels:
        groups[(1, "i", channel)] = [f"@{agent_id}/{channel}"]
    return groups


def limits_of(person: Person) -> str:
    """As `lua/shared/desk.lua` wants them."""
    limits = "".join(f"{channel}={most}," for channel, most in person.limits.items())
    return f",auto,{limits}" if person.auto_accept else f",{limits}"


def _as_text(groups: Groups) -> str:
    """As `lua/shared/desk.lua` wants it."""
    return "".join(
        f"{priority}:{order}{'-' if channel else ''}{channel}:,{','.join(classes)},;"
        for (priority, order, channel), classes in sorted(groups.items())
    )


def from_json(definition: str) -> WorkClass:
    """As the hash of classes has it."""
    queue, language, skills, any_of, language_level, joined, waited_s, order, channel = json.loads(
        definition
    )
    return WorkClass(
        queue=queue,
        language=language,
        skills=_levels(skills),
        any_of=tuple(_levels(each) for each in any_of),
        language_level=language_level,
        joined=tuple(joined),
        waited_s=waited_s,
        order=order,
        channel=channel,
    )


def _levels(pairs: list[list[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((skill, level) for skill, level in pairs)
