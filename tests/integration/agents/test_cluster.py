"""Desks on a real Redis Cluster: each on its own shard, several engines on one desk, and a master that dies
in the middle of work."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

import pytest

from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.agents.wake import Wake
from services.runtime.errors import RefusedError
from services.runtime.keys import Keys
from services.runtime.processing import is_passing
from services.runtime.redis import RedisClients, connect
from tests.cluster import Cluster, running_cluster
from tests.servers import eventually_async
from tests.unit.agents.build import configuration, decision, new_work
from warmline.errors import ConfigurationError
from warmline.events.work import Accept, AgentCommand, Complete, SignIn

T = TypeVar("T")

PEOPLE: dict[str, dict[str, Any]] = {f"p{number}": {} for number in range(8)}
LONG = {"heartbeat_s": 3600, "grace_s": 3600, "lapses_until_away": 100}
DESKS = ("berlin", "lyon", "porto", "turin")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


class Engine:
    """One process's view of a desk."""

    def __init__(self, clients: RedisClients, desk: str) -> None:
        self.clients, self.keys = clients, Keys(desk)
        self.configuration = configuration(PEOPLE, presence=LONG, offer_timeout_s=3600)
        self.pool = RedisPool(
            clients.commands, self.keys, self.configuration, clock=lambda: datetime.now(UTC)
        )
        self._commands = count()

    async def enqueue(self, *names: str) -> None:
        rules = Rules(self.configuration)
        made = [decision({"inquiry_id": each, "conversation_id": f"c-{each}"}) for each in names]
        await patiently(lambda: self.pool.enqueue([new_work(rules, each) for each in made]))

    async def act(self, agent_id: str, action: Any) -> None:
        command = AgentCommand(
            command_id=f"{id(self)}-{next(self._commands)}", agent_id=agent_id, action=action
        )
        await patiently(lambda: self.pool.act(command))

    async def work_off(
        self, agent_id: str, done: list[tuple[str, str]], pause_s: float = 0
    ) -> None:
        """Accepts and completes whatever the person is offered, until there is nothing more."""
        await self.act(agent_id, SignIn())
        while True:
            picture = await patiently(lambda: self.pool.records.desk_of(agent_id))
            works = picture[1] if picture else []
            if not works:
                return
            for work in works:
                try:
                    if work.state == "offered":
                        await self.act(
                            agent_id, Accept(inquiry_id=work.inquiry_id, epoch=work.epoch)
                        )
                    await asyncio.sleep(pause_s)
                    await self.act(agent_id, Complete(inquiry_id=work.inquiry_id, epoch=work.epoch))
                except RefusedError:
                    continue  # a fail-over has taken it back: look again
                done.append((work.inquiry_id, agent_id))


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """As the services do: what passes is tried again."""
    for _ in range(200):
        try:
            return await call()
        except Exception as error:
            if not is_passing(error):
                raise
            await asyncio.sleep(0.1)
    raise AssertionError("the cluster does not come back")


@pytest.fixture
async def engines(cluster: Cluster) -> AsyncIterator[Callable[[str], Engine]]:
    clients: list[RedisClients] = []

    def make(desk: str) -> Engine:
        clients.append(connect(cluster.url, desk))
        return Engine(clients[-1], desk)

    yield make
    for each in clients:
        await each.aclose()


async def test_each_desk_lives_whole_on_its_own_shard(
    cluster: Cluster, engines: Callable[[str], Engine]
) -> None:
    assert len({cluster.master_of(desk) for desk in DESKS}) > 1, (
        "the names must fall on several shards"
    )
    for desk in DESKS:
        engine, done = engines(desk), list[tuple[str, str]]()
        await engine.enqueue("one", "two")
        await engine.work_off("p0", done)
        assert [name for name, _ in done] == ["one", "two"]


async def test_many_engines_share_a_desk_and_nobody_gets_the_same_work(
    engines: Callable[[str], Engine],
) -> None:
    some = [engines("shared") for _ in range(4)]
    names = [f"i{number}" for number in range(80)]
    await some[0].enqueue(*names)
    done: list[tuple[str, str]] = []
    people = list(PEOPLE)
    await asyncio.gather(*(some[n % 4].work_off(people[n], done) for n in range(8)))
    assert sorted(name for name, _ in done) == sorted(names)


async def test_channels_and_timers_work_on_a_shard(engines: Callable[[str], Engine]) -> None:
    engine = engines("wakeful")
    wake = Wake(engine.clients, engine.keys)
    listening = asyncio.create_task(wake.listen())
    await engine.act("p0", SignIn())
    change = asyncio.create_task(wake.change_of("p0", 10))
    await asyncio.sleep(0)
    await engine.enqueue("one")
    await asyncio.wait_for(change, 10)
    assert (await engine.pool.tick()).done == 0
    listening.cancel()


async def test_a_master_that_dies_leaves_no_work_with_two_people_and_none_behind(
    cluster: Cluster, engines: Callable[[str], Engine]
) -> None:
    desk = "failing"
    first, second = engines(desk), engines(desk)
    names = [f"i{number}" for number in range(120)]
    await first.enqueue(*names)
    await first.clients.commands.execute_command("WAIT", 1, 5000)
    done: list[tuple[str, str]] = []
    people = list(PEOPLE)
    working = asyncio.gather(
        *((first, second)[n % 2].work_off(people[n], done, pause_s=0.02) for n in range(8))
    )

    async def twenty_are_done() -> bool:
        return len(done) >= 20

    await eventually_async(twenty_are_done, 30)
    master = cluster.master_of(desk)
    cluster.kill(master)
    await asyncio.wait_for(working, 60)
    assert cluster.master_of(desk) != master
    verdict = await patiently(lambda: first.pool.sweep(mend=False))
    assert verdict.faults == ()
    assert verdict.work == 0, "work was left behind"
    finished = Counter(name for name, _ in done)
    assert set(finished) == set(names), "work has vanished"
    again = {name: times for name, times in finished.items() if times > 1}
    assert len(again) <= 8, f"more than what was under way is done twice: {again}"


def test_an_address_that_names_no_node_is_refused_without_repeating_it() -> None:
    with pytest.raises(ConfigurationError, match="needs nodes as host:port") as error:
        connect("redis-cluster://user:secret@nowhere", "main")
    assert "secret" not in str(error.value)
