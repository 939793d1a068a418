"""Queues that close, by their hours or by order: semantic 18 of docs/routing.md, on both engines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.integration.agents.overflow_desks import (
    CLOSES_MS,
    FRAUD,
    HOUR_MS,
    LONG,
    OFFICE,
    OPENS_MS,
    PEOPLE,
    TOO_LONG,
    make,
)
from tests.unit.agents.build import configuration
from warmline.events.work import Requeue


def with_hours(desk: MakeDesk, filter_: dict[str, Any], **general: Any) -> DeskUnderTest:
    """`fraud` has hours; sue orders."""
    return desk(
        PEOPLE,
        queues={"general": general, "fraud": {"hours": "office"}},
        filters=(filter_,),
        calendars=(OFFICE,),
        supervisors=("sue",),
        presence=LONG,
    )


async def test_18_a_queue_closes_when_it_closes_whoever_had_the_work_meanwhile(
    desk: MakeDesk,
) -> None:
    d = with_hours(desk, FRAUD)
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    await d.accept("ada", "i1")
    await d.after(1800)
    await d.set_presence("ada", "break")
    await d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    d.clock.ms = CLOSES_MS - 1
    await d.pool.tick()
    assert (await d.work("i1")).state == "waiting"
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    assert (await d.work("i1")).promised_ms == OPENS_MS


@pytest.mark.parametrize("back_ms", [OPENS_MS - 1, OPENS_MS])
async def test_18_who_has_work_through_the_night_gives_it_back_into_an_open_queue(
    desk: MakeDesk, back_ms: int
) -> None:
    d = with_hours(desk, FRAUD)
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    await d.accept("ada", "i1")
    await d.set_presence("ada", "break")
    d.clock.ms = back_ms
    await d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    assert (await d.work("i1")).state == ("promised" if back_ms < OPENS_MS else "waiting")


async def test_18_rings_go_on_though_their_queue_closes_soon(desk: MakeDesk) -> None:
    nobody = {"count": "available", "below": 1}
    d = with_hours(
        desk, {**FRAUD, "for_s": 7200, "skip_if": nobody, "then": [{"queue": "general"}]}
    )
    await d.inquiry("i1", topic="fraud")
    work = await d.work("i1")
    assert (work.state, work.queue) == ("waiting", "general")
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    assert (await d.work("i1")).state == "waiting"  # `general` has not closed


async def test_18_a_queue_that_overflows_into_a_closed_one_still_promises(desk: MakeDesk) -> None:
    d = desk(
        PEOPLE,
        queues={
            "general": {"hours": "office"},
            "fraud": {"hours": "office", "overflow": {"closed": "general"}},
        },
        filters=(FRAUD,),
        calendars=(OFFICE,),
        presence=LONG,
    )
    await d.inquiry("early", topic="fraud")
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    await d.inquiry("late", topic="fraud")
    for name in ("early", "late"):
        assert (await d.work(name)).promised_ms == OPENS_MS


async def test_18_a_night_queue_takes_over_until_it_closes_itself(desk: MakeDesk) -> None:
    night = {**OFFICE, "id": "night", "open": {"mon": ["17:00-24:00"]}, "closed": []}
    d = desk(
        PEOPLE,
        queues={
            "general": {"hours": "night", "overflow": {"closed": "fraud"}},
            "fraud": {"hours": "office", "overflow": {"closed": "general"}},
        },
        filters=(FRAUD,),
        calendars=(OFFICE, night),
        presence=LONG,
    )
    await d.inquiry("i1", topic="fraud")
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    work = await d.work("i1")
    assert (work.state, work.queue) == ("waiting", "general")
    d.clock.ms = CLOSES_MS + 7 * HOUR_MS
    await d.pool.tick()
    assert (await d.work("i1")).promised_ms == OPENS_MS


@pytest.mark.parametrize("how", ["transfer", "requeue"])
async def test_18_what_is_given_to_a_closed_queue_gets_a_promise(desk: MakeDesk, how: str) -> None:
    d = with_hours(desk, FRAUD)
    d.clock.ms = CLOSES_MS + HOUR_MS
    await d.sign_in("bob")
    await d.inquiry("i1")
    await d.accept("bob", "i1")
    if how == "transfer":
        await d.transfer("bob", "i1", to_queue="fraud")
    else:
        await d.act("sue", Requeue(inquiry_id="i1", to_queue="fraud", reason="theirs"))
    assert (await d.work("i1")).promised_ms == OPENS_MS
    assert (await d.outbox())[-1]["reason"] == "fraud is closed"


async def test_18_nothing_is_promised_for_a_moment_that_is_past(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": TOO_LONG}, callbacks={"after_s": 60}, supervisors=("sue",))
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    await d.accept("ada", "i1")
    await d.after(3600)
    await d.set_presence("ada", "break")
    await d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    await d.after(300)
    promise = next(step for step in await d.outbox() if step["step"] == "promised")
    assert int(promise["promised_ms"]) == d.clock.ms


async def test_18_a_callback_that_nobody_takes_before_closing_time_is_promised_anew(
    desk: MakeDesk,
) -> None:
    d = make(desk, {"hours": "office", "overflow": {"unstaffed": "callback"}})
    await d.inquiry("i1", topic="fraud")
    d.clock.ms = CLOSES_MS - 1
    await d.pool.tick()
    assert (await d.work("i1")).state == "waiting"  # due for some minutes
    assert await d.pool.clear_closed_queues() == 0
    d.clock.ms = CLOSES_MS + 60_000
    await d.pool.tick()
    await d.pool.clear_closed_queues()
    assert (await d.work("i1")).promised_ms == OPENS_MS
    last = (await d.outbox())[-1]
    assert (last["step"], last["reason"]) == ("promised", "fraud has closed")
    assert last["notice"] == "promised"  # not that anybody has tried to reach them
    assert (await d.steps("i1")).count("missed") == 1
    d.clock.ms = OPENS_MS
    await d.pool.tick()
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}


async def test_18_what_waits_past_a_whole_night_and_day_is_promised_at_the_next_closing(
    desk: MakeDesk,
) -> None:
    d = make(desk, {"hours": "office"})
    await d.inquiry("i1", topic="fraud")
    for day in (2, 3, 4):  # Wednesday to Friday; on Tuesday it was promised for Wednesday
        d.clock.ms = CLOSES_MS + day * 24 * HOUR_MS
        await d.pool.tick()
        await d.pool.clear_closed_queues()
        days_closed = 3 if day == 4 else 1
        opens_ms = CLOSES_MS + (24 * (day + days_closed) - 9) * HOUR_MS
        assert (await d.work("i1")).promised_ms == opens_ms
        d.clock.ms = opens_ms
        await d.pool.tick()
        assert (await d.work("i1")).state == "waiting"


async def test_18_a_changed_calendar_reaches_what_waits(desk: MakeDesk) -> None:
    d = make(desk, {})
    await d.inquiry("i1", topic="fraud")
    await d.inquiry("i2", topic="fraud")
    await d.inquiry("i3")
    await d.reconfigure(
        configuration(
            PEOPLE,
            queues={"general": {}, "fraud": {"hours": "office"}},
            filters=(FRAUD,),
            calendars=(OFFICE,),
            presence=LONG,
        )
    )
    assert await d.pool.clear_closed_queues() == 0
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    assert await d.pool.clear_closed_queues() == 2
    promised_ms = [(await d.work(name)).promised_ms for name in ("i1", "i2")]
    assert promised_ms == [OPENS_MS, OPENS_MS + 1]  # in their order
    assert (await d.work("i3")).state == "waiting"
