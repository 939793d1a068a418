"""Where nobody is signed in who could take it the customer has a date, and whoever comes earlier the work."""

from __future__ import annotations

from services.runtime.redis import RedisClients
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import redis_desk
from tests.integration.agents.overflow_desks import CLOSES_MS, OPENS_MS
from tests.integration.agents.unstaffed_desks import (
    CALLBACK,
    LONG,
    NOBODY,
    RINGS,
    make,
    promises,
)
from tests.unit.agents.build import configuration
from warmline.events.work import NotReached


async def test_where_nobody_is_signed_in_the_customer_is_told_a_moment(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("bob")  # not for fraud
    await d.inquiry("i1", "c", topic="fraud")
    told = next(each for each in await d.outbox() if each["step"] == "promised")
    assert int(told["promised_ms"]) == d.clock.ms + 600_000
    assert (told["notice"], told["waits"], told["reason"]) == ("promised", "1", NOBODY)
    assert (await d.work("i1")).state == "waiting"


async def test_whoever_signs_in_earlier_has_the_work_and_the_promise_is_kept(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.inquiry("i1", "c", topic="fraud")
    await d.after(60)
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
    epoch = await d.accept("ada", "i1")
    await d.after(900)
    assert [each[0] for each in await promises(d)] == ["promised", "accepted"]
    assert (await promises(d))[-1][2] == "kept"
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))  # they may have gone meanwhile
    assert (await d.work("i1")).promised_ms == d.clock.ms + 900_000


async def test_a_promise_that_nobody_keeps_is_missed_and_still_waits_for_people(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.inquiry("i1", "c", topic="fraud")
    await d.after(899)
    assert [each[0] for each in await promises(d)] == ["promised"]
    await d.after(1)
    assert [each[0] for each in await promises(d)] == ["promised", "missed"]
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    assert (await promises(d))[-1][2] == "late"


async def test_rings_go_on_meanwhile(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1", topic="fraud")
    await d.sign_in("cem")
    assert await d.held("cem") == {}
    await d.after(60)
    assert await d.held("cem") == {"i1": "offered"}


async def test_somebody_signed_in_for_any_ring_is_enough(desk: MakeDesk) -> None:
    narrow = {**RINGS, "skills": {}, "then": [{"skills": {"refunds": 4}}]}
    d = make(desk, filter_=narrow)
    await d.sign_in("cem")
    await d.set_presence("cem", "break")
    await d.inquiry("i1", topic="fraud")
    assert await promises(d) == []


async def test_a_queue_can_do_without_the_promise(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"unstaffed": "wait"}})
    await d.inquiry("i1", topic="fraud")
    await d.after(3600)
    assert (await d.steps("i1")) == ["enqueued", "widened"]


async def test_where_another_queue_has_nobody_either_there_is_a_moment_as_well(
    desk: MakeDesk,
) -> None:
    d = make(desk, {"overflow": {"unstaffed": "general"}})
    await d.inquiry("i1", topic="fraud")
    assert [each[0] for each in await promises(d)] == ["promised"]
    await d.sign_in("bob")
    assert await d.held("bob") == {"i1": "offered"}
    await d.inquiry("i2", topic="fraud")
    assert [each["inquiry_id"] for each in await d.outbox() if each["step"] == "promised"] == ["i1"]


async def test_the_moment_is_in_the_queues_hours_and_told_once(desk: MakeDesk) -> None:
    d = make(desk, {**CALLBACK, "hours": "office"})
    d.clock.ms = CLOSES_MS - 300_000
    await d.inquiry("i1", "c", topic="fraud")
    told = next(each for each in await d.outbox() if each["step"] == "promised")
    assert int(told["promised_ms"]) == OPENS_MS
    await d.after(600)  # it has closed: the moment stands
    assert [each[0] for each in await promises(d)] == ["promised"]
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}


async def test_closing_gives_a_new_moment_where_the_first_was_not_kept(desk: MakeDesk) -> None:
    d = make(desk, {**CALLBACK, "hours": "office"})
    d.clock.ms = CLOSES_MS - 1_200_000
    await d.inquiry("i1", "c", topic="fraud")
    await d.after(1200)
    moments = [each["promised_ms"] for each in await d.outbox() if each["step"] == "promised"]
    assert moments == [str(CLOSES_MS - 600_000), str(OPENS_MS)]


async def test_a_customer_who_leaves_keeps_the_promise_until_its_moment(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1", "c", topic="fraud")
    assert await d.leave("c") == "promised"
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}


async def test_a_person_who_knows_the_customer_is_asked_all_the_same(desk: MakeDesk) -> None:
    prefer = {**RINGS, "prefer": {"who": ["attribute"], "for_s": 30}}
    d = make(desk, filter_=prefer)
    await d.sign_in("bob")
    await d.inquiry("i1", topic="fraud", attributes={"preferred_agent": "bob"})
    assert await d.held("bob") == {"i1": "offered"}
    assert [each[0] for each in await promises(d)] == ["promised"]


async def test_the_sweep_gives_its_lost_timers_back(redis: RedisClients, unique_name: str) -> None:
    d = redis_desk(configuration(queues={"general": CALLBACK}, presence=LONG), redis, unique_name)
    assert d.keys is not None
    await d.inquiry("i1")
    await redis.commands.delete(d.keys.due())
    verdict = await d.pool.sweep(mend=True)  # type: ignore[union-attr]
    assert verdict.faults == (("i1", "has no timer"),)
    await d.after(2700)
    assert [each[0] for each in await promises(d)] == ["promised", "missed"]


async def test_whoever_has_a_date_is_told_no_other_when_the_queue_closes(desk: MakeDesk) -> None:
    d = make(desk, {**CALLBACK, "hours": "office"})
    d.clock.ms = CLOSES_MS - 60_000
    await d.inquiry("i1", "c", topic="fraud")
    d.clock.ms = CLOSES_MS + 60_000
    await d.pool.tick()
    assert await d.pool.clear_closed_queues() == 0
    told = [each for each in await d.outbox() if each["step"] == "promised"]
    assert [int(each["promised_ms"]) for each in told] == [OPENS_MS]
    d.clock.ms = OPENS_MS
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
