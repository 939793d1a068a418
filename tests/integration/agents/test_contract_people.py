"""Presence, capacity and heartbeats: what holds for every engine."""

from __future__ import annotations

from typing import Any

import pytest

from services.runtime.errors import NotFoundError
from tests.integration.agents.conftest import MakeDesk
from tests.unit.agents.build import configuration
from warmline.events.work import Heartbeat, SendReply, SignIn, SignOut, Transfer

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
LONG = {"heartbeat_s": 3600}


async def test_nobody_holds_more_than_their_capacity(desk: MakeDesk) -> None:
    d = desk({"ada": {"capacity": 2}})
    await d.sign_in("ada")
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name)
    assert await d.held("ada") == {"i1": "offered", "i2": "offered"}
    await d.accept("ada", "i1")
    await d.accept("ada", "i2")
    assert await d.held("ada") == {"i1": "accepted", "i2": "accepted"}
    await d.complete("ada", "i2")
    assert await d.held("ada") == {"i1": "accepted", "i3": "offered"}


async def test_the_longest_idle_person_is_first(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}, "cem": {}})
    for agent in ("bob", "cem", "ada"):
        await d.sign_in(agent)
        d.clock.advance(1)
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name)
    assert [list(await d.held(agent)) for agent in ("bob", "cem", "ada")] == [
        ["i1"],
        ["i2"],
        ["i3"],
    ]


async def test_who_has_fewer_conversations_is_first(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {"capacity": 3}, "bob": {"capacity": 3}},
        queues={"general": {"order": "least_active"}},
    )
    await d.sign_in("ada")
    await d.inquiry("i1")
    d.clock.advance(10)
    await d.sign_in("bob")
    await d.inquiry("i2")
    await d.inquiry("i3")
    assert list(await d.held("ada")) == ["i1", "i3"]
    assert list(await d.held("bob")) == ["i2"]


async def test_who_signed_in_at_the_same_moment_goes_by_name(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("bob", "ada")
    await d.inquiry("i1")
    assert list(await d.held("ada")) == ["i1"]


@pytest.mark.parametrize("presence", ["busy", "break", "away"])
async def test_who_is_not_available_gets_no_offers_and_loses_pending_ones(
    desk: MakeDesk, presence: str
) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.sign_in("bob")
    await d.set_presence("ada", presence, "lunch")
    assert await d.steps("i1") == ["enqueued", "offered ada", "rescinded ada", "offered bob"]
    person = await d.person("ada")
    assert (person.presence, person.reason) == (presence, "lunch")
    await d.inquiry("i2")
    assert await d.held("ada") == {}
    await d.set_presence("ada", "available")
    assert await d.held("ada") == {"i2": "offered"}


async def test_a_break_does_not_take_accepted_work_away(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.sign_in("bob")
    await d.accept("ada", "i1")
    await d.set_presence("ada", "break")
    await d.reply("ada", "i1")
    assert await d.held("ada") == {"i1": "accepted"}


async def test_a_presence_with_codes_is_set_with_one_of_them_only(desk: MakeDesk) -> None:
    d = desk(presence={"reasons": {"break": ["lunch", "screen_break"]}})
    await d.sign_in("ada")
    for reason in ("golf", None):
        with pytest.raises(NotFoundError, match="lists for break: lunch, screen_break"):
            await d.set_presence("ada", "break", reason)
    assert (await d.person("ada")).presence == "available"
    await d.set_presence("ada", "break", "lunch")
    assert (await d.person("ada")).reason == "lunch"
    await d.set_presence("ada", "away", "anything goes where no codes are listed")
    await d.set_presence("ada", "available")


async def test_signing_in_twice_changes_nothing(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.set_presence("ada", "break")
    await d.act("ada", SignIn())
    assert await d.held("ada") == {"i1": "accepted"}
    assert (await d.person("ada")).presence == "break"


async def test_signing_out_with_open_work_is_refused(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    assert await d.refused("ada", SignOut()) == "open_work"
    await d.complete("ada", "i1")
    await d.act("ada", SignOut())
    assert await d.pool.person("ada") is None


async def test_signing_out_gives_offers_back_and_ends_wrap_ups(desk: MakeDesk) -> None:
    d = desk({"ada": {"capacity": 2}, "bob": {}}, queues={"general": {"wrap_up_s": 60}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.inquiry("i2")
    await d.sign_in("bob")
    await d.act("ada", SignOut())
    assert (await d.steps("i1"))[-1] == "wrapped_up ada"
    assert await d.steps("i2") == ["enqueued", "offered ada", "rescinded ada", "offered bob"]


async def test_without_a_heartbeat_offers_stop(desk: MakeDesk) -> None:
    d = desk(TWO, offer_timeout_s=300)
    await d.sign_in("ada")
    await d.inquiry("i1")
    d.clock.advance(20)
    await d.sign_in("bob")
    await d.after(10)
    assert (await d.person("ada")).silent
    assert (await d.steps("i1"))[-2:] == ["rescinded ada", "offered bob"]


async def test_a_heartbeat_brings_a_silent_person_back(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.after(30)
    await d.inquiry("i1")
    assert await d.held("ada") == {}
    await d.act("ada", Heartbeat())
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.person("ada")).presence == "available"


async def test_heartbeats_keep_a_person_at_work(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    for _ in range(5):
        await d.after(25)
        await d.act("ada", Heartbeat())
    assert not (await d.person("ada")).silent


async def test_a_lost_heartbeat_gives_open_work_to_others_after_the_grace_time(
    desk: MakeDesk,
) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    epoch = await d.accept("ada", "i1")
    await d.after(30)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.sign_in("bob")
    await d.after(29)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.act("bob", Heartbeat())
    await d.after(1)
    assert await d.pool.person("ada") is None
    assert (await d.steps("i1"))[-2:] == ["requeued ada", "offered bob"]
    assert (await d.owner("c-i1")) == ("queue", epoch + 1)
    late = SendReply(inquiry_id="i1", epoch=epoch, text="I am back")
    assert await d.refused("ada", late) == "stale"
    assert (await d.outbox())[-1]["waited_ms"] == "60000"


async def test_a_heartbeat_within_the_grace_time_keeps_the_work(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(45)
    await d.act("ada", Heartbeat())
    await d.after(20)
    assert await d.held("ada") == {"i1": "accepted"}


async def test_a_silent_person_in_wrap_up_leaves_nothing_behind(desk: MakeDesk) -> None:
    d = desk(queues={"general": {"wrap_up_s": 600}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.after(30)
    await d.after(30)
    assert await d.pool.person("ada") is None
    assert (await d.steps("i1"))[-1] == "wrapped_up ada"


async def test_a_desk_that_stood_still_takes_nobodys_work_before_the_grace_time(
    desk: MakeDesk,
) -> None:
    """No heartbeat is heard while Redis is away: everybody seems to be gone when it is back."""
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(600)
    assert (await d.person("ada")).silent
    await d.after(29)
    await d.act("ada", Heartbeat())
    await d.after(29)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.after(1)
    await d.after(30)
    assert await d.pool.person("ada") is None
    assert (await d.steps("i1"))[-1] == "requeued ada"


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
