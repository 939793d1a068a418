"""Overflow and callbacks: semantic 18 of docs/routing.md, on both engines.

As in Dynamics 365, Amazon Connect and Salesforce: before queueing (closed, full, nobody there) and while
waiting (too long), to another queue or to a dated callback that is itself work.
"""

from __future__ import annotations

from typing import Any

import pytest

from services.agents.refusals import TABLE
from services.runtime.redis import RedisClients
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.integration.agents.overflow_desks import (
    CLOSES_MS,
    FRAUD,
    HOUR_MS,
    LONG,
    OFFICE,
    OPENS_MS,
    TOO_LONG,
    make,
)
from tests.unit.agents.build import configuration
from warmline.events.work import NotReached


async def test_18_an_inquiry_in_closed_hours_gets_a_dated_callback(desk: MakeDesk) -> None:
    d = make(desk, {"hours": "office"})
    d.clock.ms = CLOSES_MS + HOUR_MS
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    work = await d.work("i1")
    assert (work.state, work.promised_ms) == ("promised", OPENS_MS)
    last = (await d.outbox())[-1]
    assert (last["step"], last["reason"]) == ("promised", "fraud is closed")
    assert int(last["promised_ms"]) == OPENS_MS
    assert await d.owner("c-i1") == ("queue", 1)


async def test_18_the_promise_is_kept_at_the_original_age(desk: MakeDesk) -> None:
    d = make(desk, {"hours": "office"})
    d.clock.ms = CLOSES_MS + HOUR_MS
    await d.inquiry("i1", topic="fraud")
    d.clock.ms = OPENS_MS
    await d.inquiry("new", topic="fraud")
    await d.pool.tick()
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.outbox())[-1]["waited_ms"] == str(38 * HOUR_MS)
    assert await d.steps("i1") == ["enqueued", "promised", "requeued", "offered ada"]


async def test_18_closed_hours_can_lead_to_another_queue(desk: MakeDesk) -> None:
    d = make(desk, {"hours": "office", "overflow": {"closed": "general"}})
    d.clock.ms = CLOSES_MS
    await d.inquiry("i1", topic="fraud")
    assert (await d.work("i1")).queue == "general"
    assert (await d.outbox())[-1]["reason"] == "fraud is closed"


async def test_18_what_still_waits_when_the_queue_closes_gets_a_promise_too(desk: MakeDesk) -> None:
    d = make(desk, {"hours": "office"})
    await d.inquiry("i1", topic="fraud")
    d.clock.ms = CLOSES_MS - 1
    await d.pool.tick()
    assert (await d.work("i1")).state == "waiting"
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    assert (await d.work("i1")).promised_ms == OPENS_MS
    assert (await d.outbox())[-1]["reason"] == "fraud has closed"


async def test_18_a_full_queue_can_promise_a_callback(desk: MakeDesk) -> None:
    d = make(desk, {"max_waiting": 1, "overflow": {"full": "callback"}}, callbacks={"after_s": 600})
    await d.inquiry("i1", topic="fraud")
    await d.inquiry("i2", topic="fraud")
    assert (await d.work("i1")).state == "waiting"
    assert (await d.work("i2")).promised_ms == d.clock.ms + 600_000


async def test_18_a_queue_with_nobody_signed_in_overflows(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"unstaffed": "general"}})
    await d.sign_in("bob")
    await d.inquiry("i1", topic="fraud")
    assert await d.held("bob") == {"i1": "offered"}
    assert (await d.outbox())[0]["reason"] == "nobody is signed in who could take it"
    await d.sign_in("ada")
    await d.set_presence("ada", "break")  # there, though not now
    await d.inquiry("i2", topic="fraud")
    assert (await d.work("i2")).queue == "fraud"


@pytest.mark.parametrize("to", ["general", "callback"])
async def test_18_who_waits_too_long_overflows(desk: MakeDesk, to: str) -> None:
    d = make(desk, {"overflow": {"too_long": to, "too_long_s": 300}}, callbacks={"after_s": 600})
    await d.inquiry("i1", topic="fraud")
    await d.after(299)
    assert (await d.work("i1")).queue == "fraud"
    await d.after(1)
    work = await d.work("i1")
    if to == "general":
        assert (work.state, work.queue) == ("waiting", "general")
    else:
        assert (work.state, work.promised_ms) == ("promised", d.clock.ms + 600_000)
    assert (await d.outbox())[-1]["reason"] == "waited too long"


@pytest.mark.parametrize("fraud", [{"hours": "office"}, {"overflow": TOO_LONG}])
async def test_18_a_lapsed_offer_brings_no_overflow_forward(
    desk: MakeDesk, fraud: dict[str, Any]
) -> None:
    d = make(desk, fraud)
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    await d.after(20)
    assert (await d.work("i1")).state == "waiting"
    assert await d.steps("i1") == ["enqueued", "offered ada", "lapsed ada"]
    await d.after(30)
    assert await d.held("ada") == {"i1": "offered"}


@pytest.mark.parametrize("why", ["closed", "full", "unstaffed", "too_long"])
async def test_18_what_the_inquiry_itself_requires_counts_wherever_it_overflows(
    desk: MakeDesk, why: str
) -> None:
    rule = {why: "general"} | ({"too_long_s": 60} if why == "too_long" else {})
    people = {
        "ada": {"queues": ["fraud"], "skills": {"legal": 3}},
        "bob": {"queues": ["general"]},
        "cem": {"queues": ["general"], "skills": {"legal": 3}},
    }
    fraud = {"overflow": rule, "max_waiting": 1} | ({"hours": "office"} if why == "closed" else {})
    d = desk(
        people,
        queues={"general": {}, "fraud": fraud},
        filters=(FRAUD,),
        calendars=(OFFICE,),
        presence=LONG,
    )
    if why == "closed":
        d.clock.ms = CLOSES_MS
    await d.sign_in("bob", *(["ada"] if why != "unstaffed" else []))
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name, topic="fraud", skills={"legal": 3})
    await d.after(59)
    await d.sign_in("cem")
    await d.after(1)
    offered = {step["agent_id"] for step in await d.outbox() if step["step"] == "offered"}
    assert "bob" not in offered
    assert "cem" in offered


async def promised(desk: MakeDesk) -> DeskUnderTest:
    """`i1` of conversation `c` is promised for in ten minutes."""
    d = make(
        desk,
        {"overflow": {"too_long": "callback", "too_long_s": 1}},
        callbacks={"after_s": 600, "attempts": 2, "retry_after_s": 900},
    )
    await d.inquiry("i1", "c", topic="fraud")
    await d.after(1)
    assert (await d.work("i1")).state == "promised"
    return d


async def test_18_a_customer_who_is_not_reached_is_tried_again_and_then_let_go(
    desk: MakeDesk,
) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    assert (await d.work("i1")).promised_ms == d.clock.ms + 900_000
    assert await d.held("ada") == {}
    await d.after(900)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    assert (await d.work("i1")).state == "abandoned"
    assert (await d.outbox())[-1]["reason"] == "not reached in 2 attempts"
    assert (await d.owner("c"))[0] == "closed"
    assert await d.held("ada") == {}


async def test_18_only_a_callback_can_be_reported_as_not_reached(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    epoch = await d.accept("ada", "i1")
    assert await d.refused("ada", NotReached(inquiry_id="i1", epoch=epoch)) == "no_callback"
    assert "no callback" in TABLE["no_callback"].message


async def test_18_who_was_promised_a_callback_may_leave(desk: MakeDesk) -> None:
    d = await promised(desk)
    assert await d.leave("c") == "promised"
    await d.after(600)
    assert (await d.work("i1")).state == "waiting"


async def test_18_a_further_message_joins_the_promise_and_an_urgent_one_ends_it(
    desk: MakeDesk,
) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    assert (await d.inquiry("i2", "c", topic="fraud")).outcome == "joined"
    assert (await d.work("i1")).state == "promised"
    await d.inquiry("i3", "c", topic="fraud", priority_min=180)
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.pool.tick()).next_in_ms == 20_000  # the offer's end: no callback is left


async def test_a_plan_that_an_earlier_version_wrote_stops_no_timers(
    redis: RedisClients, unique_name: str
) -> None:
    """Its entries did not say when an overflow begins."""
    rings = {"queue": "general", "for_s": 60, "then": [{"any_language": True}]}
    d = redis_desk(configuration(default=rings, presence=LONG), redis, unique_name)
    assert d.keys is not None
    await d.inquiry("i1")
    record = str(await redis.commands.hget(d.keys.work(), "i1"))
    before, plan, after = record.partition("general.und.i\x1d")
    assert plan
    old = f"{before}{plan}0\x1d\x1dfraud has closed\x1d{OPENS_MS}\x1d\x1e{after.partition(chr(0x1E))[2]}"
    await redis.commands.hset(d.keys.work(), "i1", old)
    await d.after(60)
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
