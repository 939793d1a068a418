"""The table of classes of work, shared by all processes of a desk through Redis.

Who can serve what is decided here by `rules`, once per sign-in and once per new class, and kept as
sets, so that no match ever looks at skills again. A generation (of classes) and a roster (of
people) number make sure that a person and a class that come at the same moment do not miss each
other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from redis.asyncio import Redis

from services.agents.config import Person
from services.agents.rules import Rules, WorkClass
from services.agents.scripts import Scripts
from services.runtime.keys import Keys
from warmline.errors import UnavailableError

ATTEMPTS = 20


class ClassTable:
    """`settings` is ARGV[1] of every script."""

    def __init__(self, client: Redis, keys: Keys, scripts: Scripts, rules: Rules) -> None:
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
        definition = json.dumps([work.queue, work.language, work.skills])
        for _ in range(ATTEMPTS):
            roster = await self._client.hget(self._keys.desk_state(), "roster") or "0"
            signed_in = await self._client.hkeys(self._keys.serves())
            servers = self._rules.servers(work)
            who = [agent_id for agent_id in signed_in if agent_id in servers]
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
        served = [
            class_id
            for class_id, definition in table.items()
            if person.id in self._rules.servers(_from_json(definition))
        ]
        return f",@{person.id},{''.join(f'{class_id},' for class_id in served)}", generation or "0"


def _from_json(definition: str) -> WorkClass:
    queue, language, skills = json.loads(definition)
    return WorkClass(queue, language, tuple((skill, level) for skill, level in skills))
