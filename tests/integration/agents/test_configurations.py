"""Which configuration people are served by, where several processes of a desk have different ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.reload import hold_configuration
from services.agents.rules import Rules
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents import invariants
from tests.integration.agents.desks import Clock, redis_desk
from tests.servers import eventually_async
from tests.unit.agents.build import START_MS, configuration, decision, new_work
from warmline.events import AgentCommand
from warmline.events.work import SignIn

LONG = {"heartbeat_s": 3600}
BEFORE = configuration({"ada": {"queues": ["general"]}, "bob": {}}, presence=LONG)
AFTER = configuration(
    {"ada": {"queues": ["general", "fraud"], "capacity": 2}, "bob": {}}, presence=LONG
)


MakeProcess = Callable[[Configuration], RedisPool]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def process(redis: RedisClients, unique_name: str, clock: Clock) -> MakeProcess:
    """Makes the engine of another process of the same desk."""

    def make(desk: Configuration) -> RedisPool:
        made = redis_desk(desk, redis, unique_name, clock).pool
        assert isinstance(made, RedisPool)
        return made

    return make


async def waiting_in_fraud(old: RedisPool) -> None:
    """Two inquiries, which ada may take by the new configuration alone."""
    await old.act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
    filters = configuration(filters=({"name": "f", "when": {}, "queue": "fraud"},))
    for n in range(2):
        asked = {"inquiry_id": f"i{n}", "conversation_id": f"c{n}"}
        await old.enqueue([new_work(Rules(filters), decision(asked))])


async def held_by_ada(pool: RedisPool) -> list[str]:
    ada = await pool.person("ada")
    assert ada is not None
    return sorted(ada.held)


async def refused_for(seconds: int, pool: RedisPool, clock: Clock) -> set[str | None]:
    """What it is told, second by second."""
    told = set()
    for _ in range(seconds):
        clock.advance(1)
        told.add(await pool.configure())
    return told


async def test_a_restarted_desk_gives_people_the_new_configuration(
    process: MakeProcess, clock: Clock, redis: RedisClients, unique_name: str
) -> None:
    old = process(BEFORE)
    assert await old.configure() is None
    await waiting_in_fraud(old)
    new = process(AFTER)
    assert await new.configure() == BEFORE.version  # the old process may still be at work
    assert await refused_for(14, new, clock) == {BEFORE.version}
    assert await held_by_ada(new) == []
    clock.advance(1)
    assert await new.configure() is None
    assert await held_by_ada(new) == ["i0", "i1"]
    await invariants.check(redis, Keys(unique_name), AFTER)


async def test_a_process_that_starts_with_old_files_takes_nothing_from_the_others(
    process: MakeProcess, clock: Clock, redis: RedisClients, unique_name: str
) -> None:
    new = process(BEFORE)
    assert await new.configure() is None
    await waiting_in_fraud(new)
    await new.reconfigure(AFTER)  # its files have changed: that counts at once
    assert await held_by_ada(new) == ["i0", "i1"]
    old = process(BEFORE)
    for _ in range(3):
        assert await old.configure() == AFTER.version
        clock.advance(10)
        assert await new.configure() is None
    await invariants.check(redis, Keys(unique_name), AFTER)
    await old.reconfigure(AFTER)  # it gets the new files
    assert await old.configure() is None


async def test_who_is_heard_first_after_redis_was_away_takes_nothing_with_old_files(
    process: MakeProcess, clock: Clock
) -> None:
    new, old = process(AFTER), process(BEFORE)
    assert await new.configure() is None
    for _ in range(20):
        assert await refused_for(1, old, clock) == {AFTER.version}
        assert await new.configure() is None
    clock.advance(20)  # nobody can reach Redis
    assert await old.configure() == AFTER.version
    assert await refused_for(10, old, clock) == {AFTER.version}
    assert await new.configure() is None
    assert await refused_for(14, old, clock) == {AFTER.version}  # `new` has ended
    clock.advance(1)
    assert await old.configure() is None


async def test_of_two_other_configurations_the_one_that_was_asked_for_first_follows(
    process: MakeProcess, clock: Clock
) -> None:
    third = configuration({"ada": {"capacity": 3}, "bob": {}}, presence=LONG)
    ended, first, second = process(BEFORE), process(AFTER), process(third)
    assert await ended.configure() is None
    for _ in range(15):
        assert await first.configure() == BEFORE.version
        assert await second.configure() == BEFORE.version
        clock.advance(1)
    assert await second.configure() == BEFORE.version
    assert await first.configure() is None
    assert await second.configure() == AFTER.version


async def test_a_configuration_that_somebody_was_killed_with_is_given_to_everybody_by_the_next(
    process: MakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = process(BEFORE)
    await killed.configure()
    await waiting_in_fraud(killed)

    async def dies(agent_id: str) -> None:
        raise ConnectionError(agent_id)

    monkeypatch.setattr(killed, "_serve_again", dies)
    with pytest.raises(ConnectionError):
        await killed.reconfigure(AFTER)
    other = process(AFTER)
    assert await held_by_ada(other) == []
    assert await other.configure() is None
    assert await held_by_ada(other) == ["i0", "i1"]


async def test_workers_say_again_and_again_which_files_are_in_use(
    process: MakeProcess, redis: RedisClients, unique_name: str
) -> None:
    pool, state = process(BEFORE), Keys(unique_name).desk_state()
    looking = asyncio.create_task(hold_configuration(pool, look_every_s=0.01))

    async def in_use() -> bool:
        known = await redis.commands.hmget(state, ["config_version", "config_held"])
        return known == [BEFORE.version, f"{BEFORE.version}|{START_MS + 15_000}"]

    await eventually_async(in_use)
    looking.cancel()
