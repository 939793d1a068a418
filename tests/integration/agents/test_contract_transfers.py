"""Work that is given on, or waits for one person alone: what holds for every engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.overflow_desks import CLOSES_MS, OFFICE
from tests.unit.agents.build import configuration
from warmline.events.work import Heartbeat, Requeue, SignOut, Transfer

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
LONG = {"heartbeat_s": 3600}


async def test_work_transferred_to_a_queue_waits_there_at_its_age(desk: MakeDesk) -> None:
    d = desk({"ada": {"queues": ["general"]}, "bob": {"queues": ["fraud"]}}, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    epoch = await d.accept("ada", "i1")
    d.clock.advance(60)
    await d.transfer("ada", "i1", to_queue="fraud", note="looks like fraud")
    assert (await d.work("i1")).queue == "fraud"
    assert (await d.work("i1")).note == "looks like fraud"
    assert await d.owner("c-i1") == ("queue", epoch + 1)
    await d.sign_in("bob")
    offered = (await d.outbox())[-1]
    assert (offered["step"], offered["queue"], offered["waited_ms"]) == (
        "offered",
        "fraud",
        "60000",
    )


async def test_work_transferred_to_a_person_is_theirs_to_accept(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}, "cem": {"queues": ["fraud"]}})
    await d.sign_in("ada", "bob", "cem")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_agent="cem")
    assert await d.held("cem") == {"i1": "offered"}


async def test_work_that_a_person_declines_was_for_them_alone_no_longer(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}, "cem": {"queues": ["fraud"]}})
    await d.sign_in("ada", "bob", "cem")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_agent="cem")
    await d.decline("cem", "i1")
    assert await d.held("bob") == {"i1": "offered"}


async def test_work_for_a_busy_person_waits_for_them_then_for_everybody(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}, "cem": {}}, direct_s=100, presence=LONG)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.inquiry("i2")
    await d.accept("ada", "i1")
    await d.accept("bob", "i2")
    await d.transfer("ada", "i1", to_agent="bob")
    await d.set_presence("ada", "break")
    await d.sign_in("cem")
    assert (await d.work("i1")).state == "waiting"
    await d.after(99)
    assert (await d.work("i1")).direct == "bob"
    await d.after(1)
    assert await d.held("cem") == {"i1": "offered"}


async def test_work_for_a_person_who_signs_out_is_for_everybody(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}, "cem": {}})
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.set_presence("bob", "break")
    await d.transfer("ada", "i1", to_agent="bob")
    await d.act("bob", SignOut())
    await d.sign_in("cem")
    assert await d.held("cem") == {"i1": "offered"}


@pytest.mark.parametrize("goes", ["signs out", "is lost"])
async def test_work_of_every_channel_for_a_person_who_goes_is_for_everybody_in_its_order(
    desk: MakeDesk, goes: str
) -> None:
    d = desk(
        {"ada": {"capacity": 3}, "bob": {}, "cem": {"capacity": 2}},
        channels={"phone": {}, "email": {}},
        presence={"heartbeat_s": 10, "grace_s": 5},
    )
    await d.sign_in("ada", "bob")
    await d.set_presence("bob", "break")
    for name, channel in (("i1", "phone"), ("i2", "chat"), ("i3", "email")):
        await d.inquiry(name, channel=channel)
        await d.accept("ada", name)
        d.clock.advance(1)
    for name in ("i3", "i2", "i1"):
        await d.transfer("ada", name, to_agent="bob")
    await d.set_presence("ada", "break")
    await d.sign_in("cem")
    assert await d.held("cem") == {}
    if goes == "signs out":
        await d.act("bob", SignOut())
    else:
        for seconds in (7, 5):  # 3 have passed already
            d.clock.advance(seconds)
            await d.act("cem", Heartbeat())
            await d.after(0)
    assert await d.held("cem") == {"i1": "offered", "i2": "offered"}
    opened = [each["inquiry_id"] for each in await d.outbox() if each["step"] == "requeued"]
    assert opened == ["i1", "i2", "i3"]


async def test_what_waits_by_a_channel_that_the_desk_no_longer_tells_apart_is_not_forgotten(
    desk: MakeDesk,
) -> None:
    people: dict[str, dict[str, Any]] = {"ada": {"capacity": 4}, "bob": {"capacity": 4}}
    d = desk(people, channels={"phone": {"units": 2}}, presence=LONG)
    await d.inquiry("i1", channel="phone")
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    await d.sign_in("bob")
    await d.set_presence("bob", "break")
    await d.transfer("ada", "i1", to_agent="bob")
    await d.set_presence("ada", "break")
    await d.inquiry("i2", channel="phone")
    await d.reconfigure(configuration(people, presence=LONG))
    await d.set_presence("bob", "available")
    assert await d.held("bob") == {"i1": "offered", "i2": "offered"}
    await d.inquiry("i3", channel="phone")
    await d.inquiry("i4", channel="chat")
    assert len(await d.held("bob")) == 4  # one unit each


async def test_what_waits_for_somebody_who_no_longer_works_here_is_not_forgotten(
    desk: MakeDesk,
) -> None:
    with_bob = {"ada": {"capacity": 4}, "bob": {"languages": {"fi": 5}, "skills": {"law": 3}}}
    d = desk(with_bob, default={"queue": "general", "skills": {"law": 2}}, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", language="fi")
    assert await d.held("ada") == {}
    without = {"ada": {"capacity": 4}}
    await d.reconfigure(
        configuration(without, default={"queue": "general", "skills": {"law": 2}}, presence=LONG)
    )
    assert await d.held("ada") == {"i1": "offered"}


async def test_transferred_work_does_not_come_back_at_once(desk: MakeDesk) -> None:
    d = desk(reoffer_after_s=30, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_queue="general")
    assert await d.held("ada") == {}
    await d.after(30)
    assert await d.held("ada") == {"i1": "offered"}


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({}, "no_target"),
        ({"to_queue": "fraud", "to_agent": "bob"}, "no_target"),
        ({"to_agent": "ada"}, "no_target"),
        ({"to_agent": "eve"}, "no_agent"),
        ({"to_queue": "nowhere"}, "no_queue"),
        ({"to_agent": "bob"}, "target_absent"),
    ],
)
async def test_a_transfer_to_nobody_is_refused(
    desk: MakeDesk, to: dict[str, str], code: str
) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    epoch = await d.accept("ada", "i1")
    assert await d.refused("ada", Transfer(inquiry_id="i1", epoch=epoch, **to)) == code
    assert await d.held("ada") == {"i1": "accepted"}


@pytest.mark.parametrize("how", ["transfer", "requeue"])
async def test_the_inquirys_own_skills_go_with_it_to_another_queue_but_not_the_filters(
    desk: MakeDesk, how: str
) -> None:
    people: dict[str, dict[str, Any]] = {
        "ada": {"queues": ["general"], "skills": {"law": 2, "refunds": 3}},
        "bob": {"queues": ["fraud"], "skills": {"refunds": 3}},
        "cem": {"queues": ["fraud"], "skills": {"law": 2}},
    }
    default = {"queue": "general", "skills": {"refunds": 3}}
    d = desk(people, default=default, supervisors=("sue",), presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", "c1", skills={"law": 1})
    await d.inquiry("i2", "c1", skills={"law": 2})  # joins it
    await d.accept("ada", "i1")
    if how == "transfer":
        await d.transfer("ada", "i1", to_queue="fraud")
    else:
        await d.act("sue", Requeue(inquiry_id="i1", to_queue="fraud", reason="theirs"))
    await d.sign_in("bob")
    assert await d.held("bob") == {}
    await d.sign_in("cem")
    assert await d.held("cem") == {"i1": "offered"}


async def test_skills_that_nobody_of_the_other_queue_has_keep_no_work_waiting(
    desk: MakeDesk,
) -> None:
    people = {"ada": {"queues": ["general"], "skills": {"law": 2}}, "bob": {"queues": ["fraud"]}}
    d = desk(people, presence=LONG)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", skills={"law": 2})
    await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_queue="fraud")
    assert await d.held("bob") == {"i1": "offered"}


async def test_its_own_skills_stay_with_what_was_given_on_when_that_queue_closes(
    desk: MakeDesk,
) -> None:
    d = desk(
        {
            "ada": {"queues": ["general"], "skills": {"law": 2}},
            "bob": {"queues": ["general"]},
            "cem": {"queues": ["fraud"], "skills": {"law": 2}},
        },
        queues={
            "general": {},
            "fraud": {"hours": "office", "overflow": {"closed": "general"}},
        },
        calendars=(OFFICE,),
        presence=LONG,
    )
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", skills={"law": 2})
    await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_queue="fraud")
    assert (await d.work("i1")).state == "waiting"
    await d.set_presence("ada", "break")
    d.clock.ms = CLOSES_MS
    await d.pool.tick()
    assert (await d.work("i1")).queue == "general"
    assert await d.held("bob") == {}
    await d.set_presence("ada", "available")
    assert await d.held("ada") == {"i1": "offered"}
