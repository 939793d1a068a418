"""Semantic 8 for work that is moved: whoever sees a queue later does so whatever has brought work there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.integration.agents.overflow_desks import FRAUD
from warmline.events.work import CloseQueue, NotReached, OpenQueue, Requeue, SignOut

LONG = {"heartbeat_s": 3600}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["general"]},
    "bob": {"queues": [{"queue": "general", "delay_s": 120}]},
    "cem": {"queues": ["fraud"]},
}
HOURS = {
    "closed as it comes": {"id": "hours", "time_zone": "UTC", "open": {"tue": ["08:00-17:00"]}},
    "closes as it waits": {"id": "hours", "time_zone": "UTC", "open": {"mon": ["08:00-14:14"]}},
}
"""The tests' clock begins on a Monday at 14:13:20."""


def make(desk: MakeDesk, fraud: dict[str, Any] | None = None, **settings: Any) -> DeskUnderTest:
    return desk(
        PEOPLE,
        queues={"general": {}, "fraud": fraud or {}},
        filters=(FRAUD,),
        supervisors=("sue",),
        **{"presence": LONG, "reoffer_after_s": 3600, **settings},
    )


async def bob_sees_it_after(d: DeskUnderTest, seconds: float) -> None:
    """And not before."""
    await d.after(seconds - 1)
    assert await d.held("bob") == {}
    await d.after(1)
    assert await d.held("bob") == {"i1": "offered"}
    assert (await d.work("i1")).queue == "general"


async def test_08_what_is_transferred_counts_from_the_transfer(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("bob", "cem")
    await d.inquiry("i1", topic="fraud")
    await d.accept("cem", "i1")
    await d.after(200)
    await d.transfer("cem", "i1", to_queue="general")
    await bob_sees_it_after(d, 120)


async def test_08_who_has_no_delay_is_asked_at_once_by_a_transfer(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("bob", "cem", "ada")
    await d.inquiry("i1", topic="fraud")
    await d.accept("cem", "i1")
    await d.transfer("cem", "i1", to_queue="general")
    assert await d.held("ada") == {"i1": "offered"}


async def test_08_what_nobody_had_counts_from_its_entry_where_it_is_requeued(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.sign_in("bob")
    await d.inquiry("i1", topic="fraud")
    await d.after(50)
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="general", reason="no fraud"))
    await bob_sees_it_after(d, 70)


async def test_08_a_requeue_into_the_same_queue_shortens_no_delay(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("bob")
    await d.inquiry("i1")
    await d.after(50)
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="general", reason="look again"))
    await bob_sees_it_after(d, 70)


async def test_08_what_has_waited_long_enough_is_seen_at_once_where_it_is_requeued(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.sign_in("bob")
    await d.inquiry("i1", topic="fraud")
    await d.after(150)
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="general", reason="no fraud"))
    assert await d.held("bob") == {"i1": "offered"}


async def test_08_what_somebody_had_counts_from_then_where_it_is_requeued(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(200)
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="general", reason="ada is ill"))
    await bob_sees_it_after(d, 120)


@pytest.mark.parametrize("why", ["full", "closed", "closed by order", "unstaffed"])
async def test_08_an_overflow_shortens_no_delay(desk: MakeDesk, why: str) -> None:
    overflow = {"full": "general", "closed": "general", "unstaffed": "general"}
    fraud: dict[str, Any] = {"overflow": overflow}
    settings: dict[str, Any] = {}
    if why == "full":
        fraud["max_waiting"] = 1
    if why == "closed":
        fraud["hours"], settings["calendars"] = "hours", (HOURS["closed as it comes"],)
    d = make(desk, fraud, **settings)
    await d.sign_in("bob", "cem")
    if why == "full":
        await d.set_presence("cem", "break")
        await d.inquiry("i0", topic="fraud")
    if why == "closed by order":
        await d.act("sue", CloseQueue(queue="fraud", reason="fire drill"))
    if why == "unstaffed":
        await d.act("cem", SignOut())
    await d.inquiry("i1", topic="fraud")
    await bob_sees_it_after(d, 120)


@pytest.mark.parametrize("why", ["closed", "closed by order", "unstaffed", "too long"])
async def test_08_an_overflow_of_what_waits_counts_from_its_entry(desk: MakeDesk, why: str) -> None:
    overflow: dict[str, Any] = {"full": "general", "closed": "general", "unstaffed": "general"}
    fraud: dict[str, Any] = {"overflow": overflow}
    settings: dict[str, Any] = {}
    if why == "closed":
        fraud["hours"], settings["calendars"] = "hours", (HOURS["closes as it waits"],)
    if why == "too long":
        overflow |= {"too_long": "general", "too_long_s": 40}
    d = make(desk, fraud, **settings)
    await d.sign_in("bob", "cem")
    await d.set_presence("cem", "break")
    await d.inquiry("i1", topic="fraud")
    if why == "unstaffed":
        await d.act("cem", SignOut())
        await d.pool.find_unstaffed()
    await d.after(40)
    if why == "closed by order":
        await d.act("sue", CloseQueue(queue="fraud", reason="fire drill"))
    await d.after(20)
    assert (await d.work("i1")).queue == "general"
    await bob_sees_it_after(d, 60)


async def test_08_waiting_too_long_for_one_queue_counts_for_the_next(desk: MakeDesk) -> None:
    d = make(desk, {"overflow": {"too_long": "general", "too_long_s": 150}})
    await d.sign_in("bob", "cem")
    await d.set_presence("cem", "break")
    await d.inquiry("i1", topic="fraud")
    await bob_sees_it_after(d, 150)
    assert await d.steps("i1") == ["enqueued", "widened", "offered bob"]


async def test_08_a_more_urgent_order_of_priority_stays_when_more_people_see_it(
    desk: MakeDesk,
) -> None:
    d = make(desk)
    await d.sign_in("bob")
    await d.inquiry("i1", topic="fraud", priority_min=7)
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="general", reason="no fraud"))
    await bob_sees_it_after(d, 120)
    assert (await d.work("i1")).priority_min == 7


def promising(desk: MakeDesk) -> DeskUnderTest:
    return desk(
        PEOPLE,
        queues={"general": {"overflow": {"full": "callback", "unstaffed": "callback"}}},
        supervisors=("sue",),
        callbacks={"after_s": 60, "attempts": 2, "retry_after_s": 60},
        presence=LONG,
    )


async def test_08_a_callback_is_for_everybody_of_its_queue(desk: MakeDesk) -> None:
    """Also where it was promised while only some saw it."""
    d = promising(desk)
    await d.sign_in("ada", "bob")
    await d.set_presence("ada", "break")
    await d.inquiry("i1")
    await d.act("sue", CloseQueue(queue="general", reason="fire drill"))
    assert (await d.work("i1")).state == "promised"
    await d.act("sue", OpenQueue(queue="general", reason="over"))
    await bob_sees_it_after(d, 60)


async def test_08_a_customer_who_was_not_reached_is_called_by_everybody(desk: MakeDesk) -> None:
    d = promising(desk)
    await d.inquiry("i1")
    await d.sign_in("ada", "bob")
    epoch = await d.accept("ada", "i1")
    await d.set_presence("ada", "break")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    await bob_sees_it_after(d, 60)
