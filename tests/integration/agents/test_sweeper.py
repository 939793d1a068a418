"""Whatever happens to the data in Redis, no inquiry is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis as sync_redis

from services.agents import clearing
from services.agents.sweeping import sweep_again_and_again
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents import invariants
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.servers import eventually_async
from tests.unit.agents.build import configuration
from warmline.cli.app import run

PEOPLE: dict[str, dict[str, Any]] = {"ada": {"capacity": 2}, "bob": {"queues": ["fraud"]}}
DESK = configuration(
    PEOPLE,
    queues={
        "general": {"wrap_up_s": 600},
        "fraud": {"hours": "tuesdays"},
    },
    calendars=({"id": "tuesdays", "time_zone": "UTC", "open": {"tue": ["08:00-17:00"]}},),
    filters=({"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud"},),
    default={"queue": "general", "for_s": 60, "then": [{"priority_min": 1}]},
    presence={"heartbeat_s": 3600},
)


@pytest.fixture
async def desk(redis: RedisClients, unique_name: str) -> DeskUnderTest:
    """`taken`, `wrapping` with ada, `waiting`, `promised`; all well."""
    d = redis_desk(DESK, redis, unique_name)
    await d.inquiry("promised", topic="fraud")
    await d.sign_in("ada")
    for name in ("taken", "wrapping"):
        await d.inquiry(name)
        await d.accept("ada", name)
    await d.inquiry("waiting")
    await d.complete("ada", "wrapping")
    assert d.keys is not None
    await invariants.check(redis, d.keys, DESK)
    return d


async def test_a_desk_at_work_has_no_orphans(desk: DeskUnderTest) -> None:
    verdict = await desk.pool.sweep(mend=False)  # type: ignore[union-attr]
    assert (verdict.work, verdict.people, verdict.waiting, verdict.faults) == (4, 1, 1, ())


async def _lose_the_entry(d: DeskUnderTest) -> None:
    assert d.redis is not None
    assert d.keys is not None
    entry: Any
    (entry,) = await d.redis.commands.zrange(d.keys.waiting(), 0, -1)
    await d.redis.commands.zrem(d.keys.waiting(), entry)
    await d.redis.commands.delete(d.keys.heads())


async def _lose_the_person(d: DeskUnderTest) -> None:
    assert d.redis is not None
    assert d.keys is not None
    await d.redis.commands.hdel(d.keys.people(), "ada")
    await d.redis.commands.hdel(d.keys.serves(), "ada")
    await d.redis.commands.zrem(d.keys.due(), "presence|ada", "wrap|ada|wrapping")
    listed: Any = await d.redis.commands.zrange(d.keys.free(), 0, -1)
    await d.redis.commands.zrem(d.keys.free(), *listed)


async def _lose_the_timers(d: DeskUnderTest) -> None:
    assert d.redis is not None
    assert d.keys is not None
    await d.redis.commands.delete(d.keys.due())


async def _lose_the_work(d: DeskUnderTest) -> None:
    assert d.redis is not None
    assert d.keys is not None
    await d.redis.commands.hdel(d.keys.work(), "taken", "waiting")


LOSSES = [
    (_lose_the_entry, {"waiting": "waits in no queue"}),
    (_lose_the_person, {"taken": "is in nobody's hands", "wrapping": "is in nobody's hands"}),
    (_lose_the_timers, dict.fromkeys(("ada", "promised", "waiting", "wrapping"), "has no timer")),
    (
        _lose_the_work,
        {
            "ada": "holds taken, which is not theirs",
            "waiting": "stands in a queue where it does not belong",
        },
    ),
]


@pytest.mark.parametrize(("lose", "told"), LOSSES)
async def test_what_is_not_where_it_belongs_is_told_and_put_back(
    desk: DeskUnderTest,
    lose: Callable[[DeskUnderTest], Awaitable[None]],
    told: dict[str, str],
) -> None:
    pool: Any = desk.pool
    await lose(desk)
    assert dict((await pool.sweep(mend=False)).faults) == told
    assert dict((await pool.sweep(mend=True)).faults) == told
    assert (await pool.sweep(mend=False)).faults == ()
    assert desk.redis is not None
    assert desk.keys is not None
    await invariants.check(desk.redis, desk.keys, DESK)


async def test_an_orphan_of_a_lost_person_is_offered_again(desk: DeskUnderTest) -> None:
    pool: Any = desk.pool
    await _lose_the_person(desk)
    await pool.sweep(mend=True)
    assert (await desk.work("taken")).state == "waiting"
    assert (await desk.outbox())[-1]["reason"] == "was in no place"
    assert (await desk.work("wrapping")).state == "completed"
    await desk.sign_in("ada")
    assert await desk.held("ada") == {"taken": "offered", "waiting": "offered"}


async def test_work_for_one_person_alone_is_not_theirs_for_ever_where_its_timer_is_lost(
    desk: DeskUnderTest,
) -> None:
    pool: Any = desk.pool
    await desk.inquiry("hers", preferred_agent_id="ada")
    assert (await desk.work("hers")).direct == "ada"
    await _lose_the_timers(desk)
    assert ("hers", "has no timer") in (await pool.sweep(mend=True)).faults
    await pool.tick()
    assert (await desk.work("hers")).direct is None


async def test_workers_clear_closed_queues_some_at_a_time(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool: Any = desk.pool
    monkeypatch.setattr(clearing, "MOST", 2)
    for name in ("f1", "f2", "f3"):
        await desk.inquiry(name, topic="fraud")
    desk.clock.ms = (await desk.work("f1")).promised_ms or 0  # their callbacks are due
    await pool.tick()
    assert desk.redis is not None
    assert desk.keys is not None
    state = desk.keys.desk_state()
    await desk.redis.commands.hset(state, "closed|fraud", "sue")
    assert await pool.clear_closed_queues() == 2
    working = asyncio.create_task(sweep_again_and_again(pool, every_s=0.01))

    async def all_have_left() -> bool:
        return {(await desk.work(name)).queue for name in ("f1", "f2", "f3")} == {"general"}

    await eventually_async(all_have_left)
    working.cancel()
    assert (await pool.sweep(mend=False)).faults == ()


async def test_a_conversation_whose_work_is_open_for_weeks_stays_its_persons(
    desk: DeskUnderTest,
) -> None:
    assert desk.redis is not None
    assert desk.keys is not None
    client, keys = desk.redis.commands, desk.keys
    await desk.inquiry("more", "c-taken")
    await desk.reply("ada", "taken")
    expiring = (keys.conversation("c-taken"), keys.turns("c-taken"), keys.ended("more"))
    for key in expiring:
        assert await client.pexpire(key, 60_000)
    desk.clock.advance(2 * 86_400)
    working = asyncio.create_task(sweep_again_and_again(desk.pool, every_s=0.01))  # type: ignore[arg-type]

    async def all_are_kept() -> bool:
        return min([await client.pttl(key) for key in expiring]) > 86_400_000

    await eventually_async(all_are_kept)
    working.cancel()


def test_verify_says_how_many_and_exits_with_one_for_an_orphan(
    redis_url: str,
    unique_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = unique_name[-32:].lstrip("-")
    monkeypatch.setenv("WARMLINE_REDIS_URL", redis_url)
    monkeypatch.setenv("WARMLINE_DESK", name)
    assert run(["queues", "verify"]) == 0
    assert "0 open inquiries (0 waiting), 0 people, 0 orphans" in capsys.readouterr().out
    client = sync_redis.Redis.from_url(redis_url)
    client.zadd(Keys(name).waiting(), {"general.en.i|1|1|ghost": 0})
    assert run(["queues", "verify"]) == 1
    assert "ghost: stands in a queue where it does not belong" in capsys.readouterr().out
    assert run(["queues", "verify", "--mend"]) == 1
    assert run(["queues", "verify"]) == 0
    client.close()
