"""Many clients at once: one winner, and nobody is offered what another has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.runtime.errors import RefusedError
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from tests.integration.agents import invariants
from tests.unit.agents.build import configuration, decision, new_work
from warmline.events import AgentCommand
from warmline.events.work import Accept, Complete, SignIn

CLIENTS = 50
ROUNDS = 10


@pytest.fixture
async def clients(redis_url: str) -> AsyncIterator[list[RedisClients]]:
    """Each with connections of its own, as processes have."""
    connected = [connect(redis_url) for _ in range(CLIENTS)]
    yield connected
    for each in connected:
        await each.aclose()


def pool(client: RedisClients, name: str, desk: Configuration) -> RedisPool:
    return RedisPool(client.commands, Keys(name), desk, clock=lambda: datetime.now(UTC))


async def accepts(pool: RedisPool, command_id: str, agent_id: str, action: Accept) -> bool:
    command = AgentCommand(command_id=command_id, agent_id=agent_id, action=action)
    try:
        await pool.act(command)
    except RefusedError:
        return False
    return True


async def test_of_fifty_accepts_of_one_offer_one_wins(
    clients: list[RedisClients], unique_name: str
) -> None:
    desk = configuration()
    pools = [pool(client, unique_name, desk) for client in clients]
    await pools[0].act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
    for round_ in range(ROUNDS):
        name = f"i{round_}"
        asked = {"inquiry_id": name, "conversation_id": f"c{round_}"}
        await pools[0].enqueue([new_work(Rules(desk), decision(asked))])
        work = await pools[0].work(name)
        assert work is not None
        assert work.state == "offered"
        take = Accept(inquiry_id=name, epoch=work.epoch)
        won = await asyncio.gather(
            *(accepts(each, f"{name}-{n}", "ada", take) for n, each in enumerate(pools))
        )
        assert sum(won) == 1
        done = Complete(inquiry_id=name, epoch=work.epoch)
        await pools[0].act(AgentCommand(command_id=f"{name}-d", agent_id="ada", action=done))


async def test_of_fifty_people_who_come_for_one_inquiry_one_is_offered_it(
    clients: list[RedisClients], unique_name: str
) -> None:
    people: dict[str, dict[str, Any]] = {f"p{n}": {} for n in range(CLIENTS)}
    desk = configuration(people)
    pools = [pool(client, unique_name, desk) for client in clients]
    await pools[0].enqueue([new_work(Rules(desk), decision())])
    await asyncio.gather(
        *(
            each.act(AgentCommand(command_id=f"in-{n}", agent_id=f"p{n}", action=SignIn()))
            for n, each in enumerate(pools)
        )
    )
    signed_in = [await pools[0].person(f"p{n}") for n in range(CLIENTS)]
    assert [dict(each.held) for each in signed_in if each and each.held] == [{"i1": "offered"}]
    await invariants.check(clients[0], Keys(unique_name), desk)


async def test_people_and_new_classes_of_work_that_come_together_do_not_miss_each_other(
    clients: list[RedisClients], unique_name: str
) -> None:
    people = {f"p{n}": {"skills": {"s": 5}} for n in range(25)}
    desk = configuration(people)
    pools = [pool(client, unique_name, desk) for client in clients]
    rules = Rules(desk)
    coming = [
        pools[n].act(AgentCommand(command_id=f"in-{n}", agent_id=f"p{n}", action=SignIn()))
        for n in range(25)
    ]
    asked = [
        pools[25 + n].enqueue(
            [
                new_work(
                    rules,
                    decision(
                        {"inquiry_id": f"i{n}", "conversation_id": f"c{n}"},
                        skills={"s": 1 + n % 5},
                        language=["en", "de"][n % 2],
                    ),
                )
            ]
        )
        for n in range(25)
    ]
    await asyncio.gather(*(each for pair in zip(coming, asked, strict=True) for each in pair))
    works = [await pools[0].work(f"i{n}") for n in range(25)]
    assert {work.state for work in works if work} == {"offered"}
    assert len({work.agent_id for work in works if work}) == 25
    await invariants.check(clients[0], Keys(unique_name), desk)


async def test_who_signs_in_while_a_class_is_being_added_can_serve_it(
    clients: list[RedisClients], unique_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = configuration()
    adding, other = (pool(client, unique_name, desk) for client in clients[:2])
    read_people = clients[0].commands.hkeys

    async def and_then_somebody_signs_in(key: str) -> Any:
        people = await read_people(key)
        await other.act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
        return people

    monkeypatch.setattr(clients[0].commands, "hkeys", and_then_somebody_signs_in)
    await adding.enqueue([new_work(Rules(desk), decision())])
    work = await other.work("i1")
    assert work is not None
    assert work.agent_id == "ada"


async def test_a_class_that_is_added_while_somebody_signs_in_is_theirs(
    clients: list[RedisClients], unique_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = configuration()
    signing_in, other = (pool(client, unique_name, desk) for client in clients[:2])
    read_classes = signing_in._classes.served_by

    async def and_then_a_class_is_added(person: Any) -> tuple[str, str]:
        served = await read_classes(person)
        await other.enqueue([new_work(Rules(desk), decision())])
        return served

    monkeypatch.setattr(signing_in._classes, "served_by", and_then_a_class_is_added)
    await signing_in.act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
    work = await other.work("i1")
    assert work is not None
    assert work.agent_id == "ada"


async def test_redis_that_has_lost_everything_takes_work_again(
    redis_url: str, unique_name: str
) -> None:
    clients = connect(redis_url.rsplit("/", 1)[0] + "/8")
    desk = configuration()
    engine = pool(clients, unique_name, desk)
    await engine.enqueue([new_work(Rules(desk), decision())])
    await clients.commands.flushdb()
    await clients.commands.script_flush()
    (placed,) = await engine.enqueue([new_work(Rules(desk), decision())])
    assert placed.outcome == "enqueued"
    await engine.act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
    await invariants.check(clients, Keys(unique_name), desk)
    await clients.aclose()
