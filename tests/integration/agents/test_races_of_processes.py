"""Fifty processes that race for one inquiry: one winner, a thousand times."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents import invariants
from tests.unit.agents.build import configuration, decision, new_work
from warmline.events import AgentCommand
from warmline.events.work import Complete, SignIn

PROCESSES = 50
ROUNDS = 1000
DESK = configuration(presence={"heartbeat_s": 3600})


@pytest.fixture
def racers(redis_url: str, unique_name: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-m", "tests.integration.agents.racer", redis_url, unique_name]
    running = [subprocess.Popen([*command, str(number)]) for number in range(PROCESSES)]
    yield running
    for each in running:
        each.kill()
        each.wait()


@pytest.mark.slow
async def test_of_fifty_processes_one_wins_a_thousand_times(
    redis: RedisClients, unique_name: str, racers: list[subprocess.Popen[bytes]]
) -> None:
    pool = RedisPool(redis.commands, Keys(unique_name), DESK, clock=lambda: datetime.now(UTC))
    rules = Rules(DESK)

    async def results() -> list[str]:
        found: list[str] = []
        async with asyncio.timeout(120):
            while len(found) < PROCESSES:
                taken: Any = await redis.blocking.blpop([f"{unique_name}-results"])
                found.append(taken[1])
        return found

    assert await results() == ["ready"] * PROCESSES
    await pool.act(AgentCommand(command_id="in", agent_id="ada", action=SignIn()))
    for round_ in range(ROUNDS):
        name = f"i{round_}"
        asked: dict[str, Any] = {"inquiry_id": name, "conversation_id": f"c{round_}"}
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        await pool.enqueue([new_work(rules, decision(asked), arrival_ms=now_ms, now_ms=now_ms)])
        work = await pool.work(name)
        assert work is not None
        for number in range(PROCESSES):
            await redis.commands.rpush(f"{unique_name}-{number}", f"{name} {work.epoch}")
        assert Counter(await results()) == {"won": 1, "not_offered": PROCESSES - 1}
        done = Complete(inquiry_id=name, epoch=work.epoch)
        await pool.act(AgentCommand(command_id=f"{name}-done", agent_id="ada", action=done))
    await invariants.check(redis, Keys(unique_name), DESK)
    for number in range(PROCESSES):
        await redis.commands.rpush(f"{unique_name}-{number}", "")
    for each in racers:
        assert await asyncio.to_thread(each.wait, 30) == 0
