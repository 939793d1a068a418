"""What is published of the machine's desk tells who was there and held what, as well as Redis knows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.agents.classes import from_json
from services.agents.config import Configuration
from services.agents.explain import Asked, candidates
from services.agents.past import Past, Told
from services.agents.records import Records
from services.agents.rings import WorkClass
from services.agents.rules import Rules
from services.agents.steps import outputs_of
from services.agents.there import There, told_within_ms
from services.runtime.clock import millis
from warmline.events.desk import PersonState
from warmline.events.work import Assignment


class PublishedPast:
    """Follows the outbox as a reader of the topics does."""

    def __init__(self, configurations: Sequence[Configuration]) -> None:
        self.past = Past({each.version: Rules(each) for each in configurations})
        self.newest: dict[str, Assignment] = {}
        self._classes: dict[str, WorkClass] = {}
        self._told = 0

    async def follow(
        self, entries: Sequence[Mapping[str, str]], configuration: Configuration, records: Records
    ) -> None:
        for entry in entries:
            if "step" not in entry and "person" not in entry:
                continue
            self._told += 1
            event = outputs_of(entry, configuration, f"{self._told}-0-0")[0].event
            what: Any = event.data
            if isinstance(what, Assignment):
                await self._look_at_offer(what, millis(event.time), records)
                self.newest[what.inquiry_id] = what
            assert isinstance(what, Assignment | PersonState)
            self.past.tell(Told((self._told,), millis(event.time), what))

    async def _look_at_offer(self, step: Assignment, now_ms: int, records: Records) -> None:
        """Who is offered work could take it by what was told before, unless a supervisor says so."""
        if step.step == "offered" and step.by is None:
            rules = self.past.rules[step.config_version or ""]
            found = await self._judged(step, rules, now_ms, records)
            assert found[step.agent_id or ""] == ("could take it",), (step, found)

    async def _judged(
        self, step: Assignment, rules: Rules, now_ms: int, records: Records
    ) -> dict[str, tuple[str, ...]]:
        class_id = step.work_class or ""
        if class_id not in self._classes:
            self._classes[class_id] = from_json(str(await records.class_definition(class_id)))
        wanted = rules.served_as(self._classes[class_id])
        asked = Asked(step.inquiry_id, wanted, "waiting", direct=step.direct)
        there = self.past.signed_in(now_ms, told_within_ms(rules.configuration))
        found = candidates(asked, there, rules, now_ms)
        return {each.agent_id: ("could take it",) if each.could else each.why for each in found}

    async def check(
        self,
        waiting: Sequence[str],
        now_ms: int,
        configuration: Configuration,
        records: Records,
    ) -> None:
        """Fails where it differs from what Redis has, or where work waits for somebody who could take it."""
        there = {each.agent_id: each for each in await records.everybody_there()}
        told = self.past.signed_in(now_ms, told_within_ms(configuration))
        assert _comparable(told, configuration, now_ms) == _comparable(there, configuration, now_ms)
        for inquiry_id in waiting:
            rules = self.past.rules[configuration.version]
            found = await self._judged(self.newest[inquiry_id], rules, now_ms, records)
            assert ("could take it",) not in found.values(), (inquiry_id, found)


def _comparable(
    people: Mapping[str, There], configuration: Configuration, now_ms: int
) -> dict[str, There]:
    """Without what counts for nothing any more."""
    limited = configuration.desk.offer_limit is not None
    return {
        agent_id: replace(
            there,
            avoids={each: at for each, at in there.avoids.items() if at > now_ms},
            recent=there.recent if limited else [],
            told_ms=0,
        )
        for agent_id, there in people.items()
    }
