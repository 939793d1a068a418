"""Offers are leases: what holds for every engine. Names of the states follow Twilio TaskRouter."""

from __future__ import annotations

from typing import Any

from tests.integration.agents.conftest import MakeDesk
from warmline.events.work import (
    Accept,
    Complete,
    Decline,
    SendReply,
    SetPresence,
    SignIn,
    SignOut,
    WrapUpDone,
)

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
LONG = {"heartbeat_s": 3600}


async def test_an_inquiry_is_offered_to_who_is_free(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    assert await d.steps("i1") == ["enqueued", "offered ada"]
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.work("i1")).until_ms == d.clock.ms + 20_000


async def test_a_waiting_inquiry_is_offered_when_somebody_signs_in(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1")
    assert (await d.work("i1")).state == "waiting"
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}


async def test_a_person_accepts_answers_and_completes(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    assert await d.owner("c-i1") == ("person", 2)
    await d.reply("ada", "i1", "Your money is on its way.")
    await d.complete("ada", "i1")
    assert await d.steps("i1") == [
        "enqueued",
        "offered ada",
        "accepted ada",
        "replied ada",
        "completed ada",
    ]
    assert await d.owner("c-i1") == ("closed", 3)
    assert await d.held("ada") == {}
    assert (await d.work("i1")).state == "completed"
    replied = (await d.outbox())[-2]
    assert replied["text"] == "Your money is on its way."
    assert replied["customer_id"] == "k1"


async def test_only_who_it_is_offered_to_may_accept(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.sign_in("bob")
    assert await d.refused("bob", Accept(inquiry_id="i1", epoch=2)) == "elsewhere"
    assert await d.held("ada") == {"i1": "offered"}


async def test_a_late_accept_is_refused(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    d.clock.advance(20)
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=2)) == "lapsed"
    await d.pool.tick()
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=2)) == "stale"


async def test_an_offer_can_be_accepted_until_its_last_moment(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.after(19.999)
    await d.accept("ada", "i1")


async def test_a_lapsed_offer_goes_to_somebody_else(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.sign_in("bob")
    await d.after(20)
    assert await d.steps("i1") == ["enqueued", "offered ada", "lapsed ada", "offered bob"]


async def test_a_declined_offer_goes_to_somebody_else_at_once(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.decline("ada", "i1")
    assert await d.steps("i1") == ["enqueued", "offered ada", "declined ada", "offered bob"]


async def test_a_declined_inquiry_keeps_its_age(desk: MakeDesk) -> None:
    d = desk(presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    d.clock.advance(5)
    await d.inquiry("i2")
    await d.decline("ada", "i1")
    assert await d.held("ada") == {"i2": "offered"}
    await d.accept("ada", "i2")
    await d.after(30)
    d.clock.advance(1)
    await d.inquiry("i3")
    await d.complete("ada", "i2")
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.outbox())[-1]["waited_ms"] == "36000"


async def test_a_declined_inquiry_comes_back_after_a_while_if_nobody_took_it(
    desk: MakeDesk,
) -> None:
    d = desk(reoffer_after_s=30, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.decline("ada", "i1")
    await d.after(29)
    assert await d.held("ada") == {}
    await d.after(1)
    assert await d.held("ada") == {"i1": "offered"}


async def test_who_lets_two_offers_lapse_is_set_away(desk: MakeDesk) -> None:
    d = desk(reoffer_after_s=1)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.after(20)
    assert (await d.person("ada")).presence == "available"
    await d.act("ada", SignIn())  # a heartbeat
    await d.after(1)
    await d.after(20)
    person = await d.person("ada")
    assert (person.presence, person.reason) == ("away", "let 2 offers lapse")
    await d.after(5)
    assert await d.held("ada") == {}


async def test_an_accept_between_two_lapses_starts_the_count_anew(desk: MakeDesk) -> None:
    d = desk(presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.after(20)
    await d.inquiry("i2")
    await d.accept("ada", "i2")
    await d.complete("ada", "i2")
    await d.after(30)
    await d.after(20)
    assert (await d.person("ada")).presence == "available"


async def test_the_other_offers_of_who_is_set_away_are_rescinded(desk: MakeDesk) -> None:
    d = desk({"ada": {"capacity": 3}, "bob": {}}, presence={"lapses_until_away": 1})
    await d.sign_in("ada")
    await d.inquiry("i1")
    d.clock.advance(5)
    await d.inquiry("i2")
    await d.after(15)
    assert await d.steps("i2") == ["enqueued", "offered ada", "rescinded ada"]
    await d.sign_in("bob")
    assert await d.held("bob") == {"i1": "offered"}


async def test_every_new_holder_has_a_higher_epoch(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.decline("ada", "i1")
    await d.accept("bob", "i1")
    await d.complete("bob", "i1")
    epochs = [int(entry["epoch"]) for entry in await d.outbox()]
    assert epochs == [1, 2, 3, 4, 4, 5]
    assert await d.owner("c-i1") == ("closed", 5)


async def test_a_stale_epoch_can_do_nothing(desk: MakeDesk) -> None:
    d = desk(TWO)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    old = await d.accept("ada", "i1")
    await d.transfer("ada", "i1", to_agent="bob")
    for action in (
        SendReply(inquiry_id="i1", epoch=old, text="I am still here"),
        Complete(inquiry_id="i1", epoch=old),
        Decline(inquiry_id="i1", epoch=old),
        Accept(inquiry_id="i1", epoch=old),
    ):
        assert await d.refused("ada", action) == "stale"
    assert "replied ada" not in await d.steps("i1")


async def test_another_command_under_the_same_id_is_refused_and_not_taken_for_done(
    desk: MakeDesk,
) -> None:
    d = desk(TWO, presence=LONG)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.inquiry("i2")
    epoch = (await d.work("i1")).epoch
    await d.act("ada", Accept(inquiry_id="i1", epoch=epoch), "k")
    for agent_id, other in (
        ("ada", Complete(inquiry_id="i1", epoch=epoch)),
        ("bob", Accept(inquiry_id="i2", epoch=epoch)),
        ("ada", Accept(inquiry_id="i2", epoch=epoch)),
        ("ada", SignOut()),
    ):
        assert await d.refused(agent_id, other, "k") == "other_command"
    assert await d.held("ada") == {"i1": "accepted"}
    assert (await d.act("ada", Accept(inquiry_id="i1", epoch=epoch), "k")).epoch == epoch
    await d.set_presence("ada", "break")
    await d.act("ada", SetPresence(presence="busy"), "presence")
    available = SetPresence(presence="available")
    assert await d.refused("ada", available, "presence") == "other_command"


async def test_a_command_sent_twice_is_carried_out_once(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    say = SendReply(inquiry_id="i1", epoch=2, text="Hello")
    assert await d.act("ada", say, "k-1") == await d.act("ada", say, "k-1")
    done = Complete(inquiry_id="i1", epoch=2)
    assert await d.act("ada", done, "k-2") == await d.act("ada", done, "k-2")
    assert await d.steps("i1") == [
        "enqueued",
        "offered ada",
        "accepted ada",
        "replied ada",
        "completed ada",
    ]


async def test_a_refused_command_stays_refused(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    take = Accept(inquiry_id="i1", epoch=2)
    assert await d.refused("ada", take, "k-1") == "no_inquiry"
    await d.inquiry("i1")
    assert await d.refused("ada", take, "k-1") == "no_inquiry"
    await d.act("ada", take, "k-2")


async def test_ended_work_says_so(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert await d.refused("ada", Complete(inquiry_id="i1", epoch=2)) == "ended"


async def test_a_person_not_in_the_configuration_is_unknown(desk: MakeDesk) -> None:
    assert await desk().refused("eve", SignIn()) == "no_agent"


async def test_who_is_not_signed_in_can_only_sign_in(desk: MakeDesk) -> None:
    d = desk()
    assert await d.refused("ada", SignOut()) == "not_signed_in"
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=1)) == "no_inquiry"


async def test_a_wrap_up_holds_the_slot_until_it_is_done(desk: MakeDesk) -> None:
    d = desk(queues={"general": {"wrap_up_s": 60}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert await d.held("ada") == {"i1": "wrapping"}
    assert (await d.owner("c-i1"))[0] == "closed"
    await d.act("ada", WrapUpDone(inquiry_id="i1"))
    assert await d.held("ada") == {"i2": "offered"}
    assert (await d.steps("i1"))[-2:] == ["completed ada", "wrapped_up ada"]
    assert await d.refused("ada", WrapUpDone(inquiry_id="i1")) == "ended"


async def test_a_wrap_up_ends_by_itself(desk: MakeDesk) -> None:
    d = desk(queues={"general": {"wrap_up_s": 15}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.after(14)
    assert await d.held("ada") == {"i1": "wrapping"}
    ticked = await d.after(1)
    assert ticked.done == 1
    assert await d.held("ada") == {}
    assert (await d.steps("i1"))[-1] == "wrapped_up ada"


async def test_the_timers_know_when_something_is_due_next(desk: MakeDesk) -> None:
    d = desk(presence=LONG)
    assert (await d.pool.tick()).next_in_ms is None
    await d.sign_in("ada")
    await d.inquiry("i1")
    assert (await d.after(5)).next_in_ms == 15_000
