"""Presence, capacity and heartbeats: what holds for every engine."""

from __future__ import annotations

from typing import Any

import pytest

from services.runtime.errors import NotFoundError
from tests.integration.agents.conftest import MakeDesk
from warmline.events.work import Heartbeat, SendReply, SignIn, SignOut

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}


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
