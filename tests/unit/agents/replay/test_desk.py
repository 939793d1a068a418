"""The engine of the replay gives the same steps as the plain one, whatever happens."""

from __future__ import annotations

import random
from typing import Any

import pytest

from services.agents.memory import MemoryPool
from services.agents.memory_records import WorkRecord
from services.agents.replay.desk import ReplayPool
from services.agents.rules import Rules
from services.runtime.errors import RefusedError
from tests.unit.agents.build import START_MS, configuration, decision, new_work
from warmline.events.work import (
    Accept,
    AgentCommand,
    Complete,
    Decline,
    SetPresence,
    SignIn,
    SignOut,
)

LANGUAGES = ("en", "de")


def desk_of_many_ways(**desk: Any) -> Any:
    """Languages, skills, rings, a bound and orders: whatever the index could get wrong."""
    return configuration(
        {
            f"p{number}": {
                "capacity": 1 + number % 3,
                "auto_accept": number == 4,
                "languages": {LANGUAGES[number % 2]: 5} if number % 3 else {"en": 5, "de": 4},
                "skills": {"cards": 1 + number % 5},
            }
            for number in range(7)
        },
        queues={
            "general": {"order": "most_spare"},
            "fraud": {"max_waiting": 3, "wrap_up_s": 20, "overflow": {"unstaffed": "general"}},
        },
        filters=(
            {
                "name": "cards",
                "when": {"topics": ["cards"]},
                "queue": "fraud",
                "skills": {"cards": 4},
                "for_s": 40,
                "then": [{"lower": {"cards": 2}, "for_s": 60}, {"relax": ["cards"]}],
            },
        ),
        **desk,
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("desk", [{}, {"release_silent_after_s": 60}])
async def test_both_engines_take_the_same_steps(seed: int, desk: dict[str, Any]) -> None:
    chance, built = random.Random(seed), desk_of_many_ways(**desk)
    clock = [START_MS]
    quick_steps: list[tuple[str, str, str | None]] = []

    def hears(inquiry_id: str, _: WorkRecord, name: str, agent_id: str | None) -> None:
        quick_steps.append((inquiry_id, name, agent_id))

    plain = MemoryPool(built, lambda: clock[0])
    quick = ReplayPool(built, lambda: clock[0], hears)
    rules = Rules(built)
    for number in range(400):
        clock[0] += chance.choice([0, 50, 1000, 9000])
        act = _something(chance, plain, number)
        for pool in (plain, quick):
            await pool.tick()
            await pool.clear_closed_queues()
            await pool.find_unstaffed()
            if act is None:
                made = decision(
                    {"inquiry_id": f"i{number}", "conversation_id": f"c{number // 3}"},
                    topic="cards" if number % 2 else "other",
                    language=LANGUAGES[number % 5 % 2],
                    priority_min=number % 4,
                )
                await pool.enqueue([new_work(rules, made, arrival_ms=clock[0] - number)])
                continue
            try:
                await pool.act(
                    AgentCommand(command_id=f"k{number}", agent_id=act[0], action=act[1])
                )
            except RefusedError:
                if pool is quick:
                    quick_steps.append(("", "refused", ""))
                else:
                    plain.desk.outbox.append({"refused": "yes"})
    assert quick_steps == [_as_step(each) for each in plain.desk.outbox if "person" not in each]
    assert len(quick_steps) > 300


def _as_step(entry: dict[str, str]) -> tuple[str, str, str | None]:
    if "refused" in entry:
        return "", "refused", ""
    return entry["inquiry_id"], entry["step"], entry["agent_id"] or None


def _something(chance: random.Random, pool: MemoryPool, number: int) -> tuple[str, Any] | None:
    """What somebody does, in the state that the plain engine is in; None: an inquiry comes in."""
    agent_id = f"p{chance.randrange(7)}"
    if number < 14:
        return f"p{number % 7}", SignIn()
    person = pool.desk.people.get(agent_id)
    kind = chance.choice(["inquiry", "work", "work", "work", "presence", "sign"])
    if kind == "inquiry" or person is None:
        return None if person is not None or kind == "inquiry" else (agent_id, SignIn())
    if kind == "presence":
        presence: Any = chance.choice(["available", "available", "break"])
        return agent_id, SetPresence(presence=presence)
    if kind == "sign" and not person.held:
        return agent_id, SignOut()
    if not person.held:
        return None
    inquiry_id = sorted(person.held)[chance.randrange(len(person.held))]
    epoch = pool.desk.works[inquiry_id].epoch
    if person.held[inquiry_id] == "offered":
        takes = chance.random() < 0.8
        return agent_id, (Accept if takes else Decline)(inquiry_id=inquiry_id, epoch=epoch)
    return agent_id, Complete(inquiry_id=inquiry_id, epoch=epoch)
