"""What waits when the last person goes: its customer has a date a little later, as whoever comes then has."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.agents import unstaffed
from services.agents.sweeping import sweep_again_and_again
from services.agents.unstaffed import GRACE_MS
from services.runtime.redis import RedisClients
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.integration.agents.overflow_desks import CLOSES_MS, OPENS_MS
from tests.integration.agents.unstaffed_desks import (
    CALLBACK,
    LONG,
    NOBODY,
    RINGS,
    make,
    promises,
)
from tests.servers import eventually_async
from tests.unit.agents.build import configuration
from warmline.events.work import SignOut

GRACE_S = GRACE_MS // 1000


async def left_alone(d: DeskUnderTest, *names: str, last: str = "ada") -> None:
    """These wait while the last person has a break, who then goes home."""
    await d.sign_in(last)
    await d.set_presence(last, "break")
    for name in names:
        await d.inquiry(name, f"c-{name}", topic="fraud")
    await d.act(last, SignOut())


async def minute(d: DeskUnderTest) -> None:
    """A worker looks, and the time of grace passes."""
    await d.pool.clear_closed_queues()
    await d.pool.find_unstaffed()
    await d.after(GRACE_S)


async def test_who_waits_when_the_last_person_signs_out_is_told_a_moment(desk: MakeDesk) -> None:
    d = make(desk)
    await left_alone(d, "i1", "i2")
    assert await promises(d) == []
    assert await d.pool.find_unstaffed() == 2
    assert await d.pool.find_unstaffed() == 0  # they are looked at already
    await d.after(GRACE_S - 1)
    assert await promises(d) == []
    await d.after(1)
    told = [each for each in await d.outbox() if each["step"] == "promised"]
    assert [each["inquiry_id"] for each in told] == ["i1", "i2"]
    assert {int(each["promised_ms"]) for each in told} == {d.clock.ms + 600_000}
    assert (told[0]["notice"], told[0]["waits"], told[0]["reason"]) == ("promised", "1", NOBODY)
    assert (await d.work("i1")).state == "waiting"
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    assert (await promises(d))[-1][2] == "kept"


async def test_who_is_back_within_the_time_of_grace_has_the_work_and_nobody_a_promise(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await left_alone(d, "i1")
    assert await d.pool.find_unstaffed() == 1
    await d.after(GRACE_S - 1)
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
    await minute(d)
    assert await promises(d) == []


async def test_somebody_who_is_there_but_not_free_is_enough(desk: MakeDesk) -> None:
    d = make(desk)
    await left_alone(d, "i1")
    await d.pool.find_unstaffed()
    await d.after(GRACE_S - 1)
    await d.sign_in("ada")
    await d.decline("ada", "i1")
    await d.set_presence("ada", "break")
    await d.after(1)
    await minute(d)
    assert await promises(d) == []


async def test_a_lost_heartbeat_counts_once_its_person_is_given_up(desk: MakeDesk) -> None:
    d = make(desk, presence={"heartbeat_s": 30, "grace_s": 30})
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    await d.inquiry("i1", topic="fraud")
    await d.after(30)
    assert await d.pool.find_unstaffed() == 0  # silent, and not given up
    await d.after(30)
    assert await d.pool.find_unstaffed() == 1
    await d.after(GRACE_S)
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_people_of_a_ring_to_come_are_enough_but_not_those_of_one_that_is_over(
    desk: MakeDesk,
) -> None:
    d = make(desk, filter_={**RINGS, "for_s": 300, "then": [{"skills": {}, "queue": "general"}]})
    await d.sign_in("bob")  # of the ring to come
    await d.set_presence("bob", "break")
    await d.inquiry("i1", topic="fraud")
    await minute(d)
    assert await promises(d) == []
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    await d.after(300)
    assert (await d.work("i1")).queue == "general"
    await d.act("bob", SignOut())
    await minute(d)
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_whoever_has_a_date_is_told_no_other_even_where_it_was_missed(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.inquiry("i1", topic="fraud")
    await left_alone(d)
    assert await d.pool.find_unstaffed() == 0
    await d.after(900)
    await minute(d)
    assert [each[0] for each in await promises(d)] == ["promised", "missed"]


async def test_wait_switches_it_off(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"unstaffed": "wait"}})
    await left_alone(d, "i1")
    assert await d.pool.find_unstaffed() == 0
    await d.after(GRACE_S)
    assert await promises(d) == []


async def test_the_people_of_another_queue_are_asked_where_they_are_there(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"unstaffed": "general"}})
    await d.sign_in("bob")
    await left_alone(d, "i1")
    await minute(d)
    assert await d.held("bob") == {"i1": "offered"}
    assert (await d.work("i1")).queue == "general"
    assert (await d.steps("i1"))[-2:] == ["requeued", "offered bob"]
    assert [each["reason"] for each in await d.outbox() if each["step"] == "requeued"] == [NOBODY]


async def test_where_another_queue_has_nobody_either_whoever_comes_first_has_it(
    desk: MakeDesk,
) -> None:
    d = make(desk, {"overflow": {"unstaffed": "general"}})
    await left_alone(d, "i1", "i2")
    await minute(d)
    assert [each[0] for each in await promises(d)] == ["promised", "promised"]
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
    await d.act("ada", SignOut())
    await d.sign_in("bob")
    assert await d.held("bob") == {}
    await minute(d)
    assert await d.held("bob") == {"i1": "offered"}
    await d.accept("bob", "i1")
    assert (await promises(d))[-1][2] == "kept"


async def test_another_queue_that_is_closed_is_not_asked(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"unstaffed": "general"}}, general={"hours": "office"})
    d.clock.ms = CLOSES_MS
    await d.sign_in("bob")
    await left_alone(d, "i1")
    await minute(d)
    assert (await d.work("i1")).queue == "fraud"
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_what_was_given_to_a_queue_where_nobody_is_has_a_date_as_well(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.sign_in("bob")
    await d.inquiry("i1")
    await d.accept("bob", "i1")
    await d.transfer("bob", "i1", to_queue="fraud")
    await minute(d)
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_what_waits_in_a_removed_queue_goes_by_the_rule_of_the_default_queue(
    desk: MakeDesk,
) -> None:
    d = make(desk, {"overflow": {"unstaffed": "wait"}})
    await left_alone(d, "i1")
    await d.sign_in("bob")  # of the default queue
    await d.set_presence("bob", "break")
    general = configuration({"bob": {}}, queues={"general": CALLBACK}, presence=LONG)
    await d.reconfigure(general)
    await minute(d)
    assert await promises(d) == []
    await d.act("bob", SignOut())
    await minute(d)
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_a_closed_queue_is_cleared_instead(desk: MakeDesk) -> None:
    d = make(desk, {**CALLBACK, "hours": "office"})
    d.clock.ms = CLOSES_MS - 60_000
    await left_alone(d, "i1")
    d.clock.ms = CLOSES_MS
    assert await d.pool.find_unstaffed() == 0
    await minute(d)
    told = [each for each in await d.outbox() if each["step"] == "promised"]
    assert [int(each["promised_ms"]) for each in told] == [OPENS_MS]


async def test_what_ends_or_is_taken_meanwhile_is_left_alone(desk: MakeDesk) -> None:
    d = make(desk)
    await left_alone(d, "i1", "i2")
    assert await d.pool.find_unstaffed() == 2
    assert await d.leave("c-i1") == "abandoned"
    await d.sign_in("ada")
    await d.accept("ada", "i2")
    await d.after(GRACE_S)
    assert await promises(d) == []


async def test_a_long_line_is_read_some_at_a_time(
    redis: RedisClients, unique_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unstaffed, "AT_ONCE", 2)
    d = redis_desk(configuration(queues={"general": CALLBACK}), redis, unique_name)
    await d.inquiry("dated")
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    for number in range(5):
        await d.inquiry(f"i{number}")
    await d.act("ada", SignOut())
    assert await d.pool.find_unstaffed() == 5
    await d.after(GRACE_S)
    assert len(await promises(d)) == 6


async def test_workers_look_and_their_timers_promise(redis: RedisClients, unique_name: str) -> None:
    d = redis_desk(configuration(queues={"general": CALLBACK}), redis, unique_name)
    pool: Any = d.pool
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    await d.inquiry("i1")
    await d.act("ada", SignOut())
    working = asyncio.create_task(sweep_again_and_again(pool, every_s=0.01))

    async def is_found() -> bool:
        assert d.keys is not None
        return await redis.commands.zscore(d.keys.due(), "unstaffed|i1") is not None

    await eventually_async(is_found)
    working.cancel()
    await d.after(GRACE_S)
    assert [each[0] for each in await promises(d)] == ["promised"]
    assert (await pool.sweep(mend=False)).faults == ()
