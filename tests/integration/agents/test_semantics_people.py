"""Offers, capacity and presence: the semantics 9 to 15 and 17 of docs/routing.md, by number.

Each is that of the system named in the docstring; both engines keep it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk
from tests.unit.agents.build import configuration
from warmline.events.work import Accept, SignOut, WrapUpDone

LONG = {"heartbeat_s": 3600}
TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
PHONE = {"phone": {"units": 4, "interrupts": ["email"]}, "email": {}, "chat": {}}


async def test_09_an_offer_goes_through_every_state_of_a_lease(desk: MakeDesk) -> None:
    """Twilio's reservation: pending, accepted, rejected, timeout, canceled, rescinded, wrapping,
    completed."""
    d = desk({"ada": {}}, queues={"general": {"wrap_up_s": 60}}, reoffer_after_s=1, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.decline("ada", "i1")
    await d.after(1)
    await d.after(20)  # the second offer lapses
    await d.after(1)
    await d.set_presence("ada", "busy")
    await d.set_presence("ada", "available")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.act("ada", WrapUpDone(inquiry_id="i1"))
    await d.inquiry("i2", "c")
    await d.leave("c")
    assert [step.split()[0] for step in await d.steps("i1")] == [
        "enqueued",
        "offered",
        "declined",
        "offered",
        "lapsed",
        "offered",
        "rescinded",
        "offered",
        "accepted",
        "completed",
        "wrapped_up",
    ]
    assert [step.split()[0] for step in await d.steps("i2")] == [
        "enqueued",
        "offered",
        "cancelled",
        "abandoned",
    ]


async def test_09_only_a_pending_offer_can_be_accepted_and_a_late_accept_says_so(
    desk: MakeDesk,
) -> None:
    d = desk(TWO, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    offer = Accept(inquiry_id="i1", epoch=(await d.work("i1")).epoch)
    d.clock.advance(20)
    assert await d.refused("ada", offer) == "lapsed"
    await d.pool.tick()
    assert await d.refused("ada", offer) == "stale"
    await d.sign_in("bob")
    await d.accept("bob", "i1")
    again = Accept(inquiry_id="i1", epoch=(await d.work("i1")).epoch)
    assert await d.refused("bob", again) == "not_offered"


@pytest.mark.parametrize("how", ["decline", "lapse"])
async def test_10_an_inquiry_that_comes_back_keeps_its_age(desk: MakeDesk, how: str) -> None:
    """Salesforce: back with its first timestamp, not to the tail."""
    d = desk(TWO, presence={**LONG, "lapses_until_away": 1})
    await d.sign_in("ada")
    await d.inquiry("old")
    d.clock.advance(5)
    await d.inquiry("new")
    if how == "decline":
        await d.set_presence("ada", "available")
        await d.decline("ada", "old")
        assert await d.held("ada") == {"new": "offered"}  # not the same person at once
    else:
        await d.after(15)
        assert (await d.person("ada")).presence == "away"  # and the person is set away
    await d.sign_in("bob")
    assert await d.held("bob") == {"old": "offered"}


async def test_11_capacity_is_counted_in_units_and_limited_by_channel(desk: MakeDesk) -> None:
    """Twilio's channel capacity and Salesforce's weighted units in one: 4 units, one call takes all."""
    d = desk({"ada": {"capacity": 4, "limits": {"chat": 2}}}, channels=PHONE, presence=LONG)
    await d.sign_in("ada")
    for name, channel in (("c1", "chat"), ("c2", "chat"), ("c3", "chat"), ("call", "phone")):
        await d.inquiry(name, channel=channel)
    await d.inquiry("mail", channel="email")
    assert await d.held("ada") == {"c1": "offered", "c2": "offered", "mail": "offered"}
    for name in ("c1", "c2", "mail"):
        await d.accept("ada", name)
    await d.complete("ada", "c1")
    assert "c3" in await d.held("ada")
    for name in ("c2", "mail"):
        await d.complete("ada", name)
    assert "call" not in await d.held("ada")
    await d.accept("ada", "c3")
    await d.complete("ada", "c3")
    assert await d.held("ada") == {"call": "offered"}


async def test_11_a_channel_that_a_person_does_not_take_is_never_offered_to_them(
    desk: MakeDesk,
) -> None:
    d = desk(
        {"ada": {"capacity": 4, "limits": {"phone": 0}}, "bob": {"capacity": 4}}, channels=PHONE
    )
    await d.sign_in("ada")
    await d.inquiry("call", channel="phone")
    assert (await d.work("call")).state == "waiting"
    await d.sign_in("bob")
    assert await d.held("bob") == {"call": "offered"}


async def test_12_capacity_follows_the_work_and_not_the_screen(desk: MakeDesk) -> None:
    """Salesforce's status-based capacity: logging out frees nothing, completing does."""
    d = desk(presence={"heartbeat_s": 60, "grace_s": 60})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.inquiry("i2")
    assert await d.refused("ada", SignOut()) == "open_work"
    await d.after(60)  # the tab is closed
    await d.sign_in("ada")  # and opened again
    assert await d.held("ada") == {"i1": "accepted"}
    await d.complete("ada", "i1")
    assert await d.held("ada") == {"i2": "offered"}


async def test_12_signing_out_gives_open_work_to_others_where_the_desk_says_so(
    desk: MakeDesk,
) -> None:
    d = desk(TWO, presence={**LONG, "sign_out": "transfer"})
    await d.sign_in("ada")
    await d.inquiry("i1")
    epoch = await d.accept("ada", "i1")
    await d.sign_in("bob")
    d.clock.advance(30)
    await d.act("ada", SignOut())
    assert await d.held("bob") == {"i1": "offered"}
    assert (await d.outbox())[-1]["waited_ms"] == "30000"
    assert await d.owner("c-i1") == ("queue", epoch + 1)


async def test_13_a_channel_interrupts_others_and_not_the_other_way_round(desk: MakeDesk) -> None:
    """Genesys Cloud's and Salesforce's interruptible work: full of e-mail, and still free for a call."""
    d = desk({"ada": {"capacity": 4}}, channels=PHONE, presence=LONG)
    await d.sign_in("ada")
    for number in range(5):
        await d.inquiry(f"mail{number}", channel="email")
    assert len(await d.held("ada")) == 4
    await d.inquiry("call", channel="phone")
    assert (await d.held("ada"))["call"] == "offered"
    await d.inquiry("second", channel="phone")
    await d.inquiry("chat", channel="chat")
    assert len(await d.held("ada")) == 5
    for number in range(4):
        await d.accept("ada", f"mail{number}")
        await d.complete("ada", f"mail{number}")
    assert await d.held("ada") == {"call": "offered"}  # a call leaves no room for e-mail


async def test_14_a_silent_conversation_gives_its_slot_back_and_takes_it_again(
    desk: MakeDesk,
) -> None:
    """Zendesk and Genesys Cloud: no longer counted after N minutes, counted again on the reply."""
    d = desk(release_silent_after_s=600, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    epoch = await d.accept("ada", "i1")
    await d.inquiry("i2")
    await d.after(599)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.after(1)
    assert await d.held("ada") == {"i1": "paused", "i2": "offered"}
    await d.inquiry("more", "c")
    assert await d.held("ada") == {"i1": "accepted", "i2": "offered"}
    assert await d.owner("c") == ("person", epoch)
    assert (await d.steps("i1"))[-3:] == ["paused ada", "joined ada", "resumed ada"]
    await d.decline("ada", "i2")
    assert await d.held("ada") == {"i1": "accepted"}


@pytest.mark.parametrize("who", ["person", "customer"])
async def test_14_whoever_speaks_starts_the_silence_anew(desk: MakeDesk, who: str) -> None:
    d = desk(release_silent_after_s=600, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    await d.after(400)
    if who == "person":
        await d.reply("ada", "i1")
    else:
        await d.inquiry("more", "c")
    await d.after(599)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.after(1)
    assert await d.held("ada") == {"i1": "paused"}


async def test_14_the_person_may_go_on_with_a_paused_conversation(desk: MakeDesk) -> None:
    d = desk(release_silent_after_s=600, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    await d.after(600)
    await d.reply("ada", "i1", "Are you still there?")
    assert await d.held("ada") == {"i1": "accepted"}
    await d.after(600)
    await d.complete("ada", "i1")
    assert await d.held("ada") == {}


async def test_14_a_desk_that_begins_to_release_releases_what_is_silent_already(
    desk: MakeDesk,
) -> None:
    d = desk(presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(500)
    await d.reconfigure(configuration(presence=LONG, release_silent_after_s=600))
    await d.after(99)
    assert await d.held("ada") == {"i1": "accepted"}
    await d.after(1)
    assert await d.held("ada") == {"i1": "paused"}


async def test_14_the_customers_reply_goes_to_somebody_else_where_their_person_is_gone(
    desk: MakeDesk,
) -> None:
    d = desk(TWO, release_silent_after_s=600, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    epoch = await d.accept("ada", "i1")
    await d.after(600)
    await d.sign_in("bob")
    await d.set_presence("ada", "break")
    await d.inquiry("more", "c")
    assert await d.held("bob") == {"i1": "offered"}
    assert await d.owner("c") == ("queue", epoch + 1)
    assert (await d.outbox())[-2][
        "reason"
    ] == "the customer has written again, and ada is not there"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("longest_idle", ["bob", "cem", "ada"]),
        ("most_spare", ["cem", "cem", "bob"]),
        ("least_active", ["bob", "cem", "ada"]),
        ("round_robin", ["ada", "bob", "cem"]),
    ],
)
async def test_15_the_order_among_the_able_is_the_queues_and_ties_are_settled(
    desk: MakeDesk, order: str, expected: list[str]
) -> None:
    """Twilio's order_by, Zendesk's and Salesforce's most available: deterministic to the last."""
    people = {"ada": {"capacity": 2}, "bob": {"capacity": 2}, "cem": {"capacity": 4}}
    d = desk(people, queues={"general": {"order": order}}, presence=LONG)
    for who in ("bob", "cem", "ada"):
        await d.sign_in(who)
        d.clock.advance(1)
    got = []
    for number in range(3):
        await d.inquiry(f"i{number}")
        got.append((await d.work(f"i{number}")).agent_id)
        d.clock.advance(1)
    assert got == expected


async def test_15_round_robin_goes_round_however_long_each_is_busy(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {}, "bob": {}, "cem": {}},
        queues={"general": {"order": "round_robin"}},
        presence=LONG,
    )
    await d.sign_in("ada", "bob", "cem")
    got = []
    for number in range(6):
        await d.inquiry(f"i{number}")
        who = (await d.work(f"i{number}")).agent_id or ""
        got.append(who)
        await d.accept(who, f"i{number}")
        d.clock.advance(number)
        await d.complete(who, f"i{number}")
    assert got == ["ada", "bob", "cem"] * 2


async def test_17_a_person_gets_so_many_offers_in_a_time_and_the_rest_is_not_forgotten(
    desk: MakeDesk,
) -> None:
    """Chatwoot's fair distribution: a limit for each person and window."""
    d = desk({"ada": {"capacity": 9}}, offer_limit={"offers": 2, "within_s": 600}, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(100)
    for name in ("i2", "i3", "i4"):
        await d.inquiry(name)
    await d.accept("ada", "i2")
    await d.after(499)
    assert await d.held("ada") == {"i1": "accepted", "i2": "accepted"}
    await d.after(1)  # the first offer is no longer in the window
    await d.accept("ada", "i3")
    await d.after(99)
    assert "i4" not in await d.held("ada")
    await d.after(1)
    assert (await d.held("ada"))["i4"] == "offered"


async def test_17_a_longer_and_lower_limit_counts_the_offers_that_were_made_before(
    desk: MakeDesk,
) -> None:
    """Work that waits for the limit to end is offered when it does, by the limit of then."""
    many: dict[str, Any] = {"ada": {"capacity": 9}}
    d = desk(many, offer_limit={"offers": 3, "within_s": 60}, presence=LONG)
    await d.sign_in("ada")
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name)
        await d.accept("ada", name)
        d.clock.advance(10)
    await d.inquiry("i4")
    longer = {"offers": 2, "within_s": 120}
    await d.reconfigure(configuration(many, offer_limit=longer, presence=LONG))
    await d.after(99)  # 129 s after the first, 119 s after the second
    assert "i4" not in await d.held("ada")
    await d.after(1)
    assert (await d.held("ada"))["i4"] == "offered"


async def test_17_who_had_as_many_offers_as_they_may_is_in_no_line_until_looked_at_again(
    desk: MakeDesk,
) -> None:
    """However late the desk comes to it: here so late that their heartbeat is lost by then."""
    d = desk(
        {"ada": {"capacity": 9}},
        default={"queue": "general", "for_s": 25, "then": [{"any_language": True}]},
        offer_limit={"offers": 1, "within_s": 50},
        offer_timeout_s=20,
        presence={"heartbeat_s": 30, "grace_s": 30},
    )
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.inquiry("i2")
    await d.after(50)
    assert await d.steps("i2") == ["enqueued", "widened"]
