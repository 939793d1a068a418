"""Who is asked alone first: semantic 16 of docs/routing.md, on both engines."""

from __future__ import annotations

from tests.integration.agents.conftest import MakeDesk
from warmline.events.work import Drain, Transfer

LONG = {"heartbeat_s": 3600}


async def test_16_a_preferred_person_is_asked_first_for_a_while(desk: MakeDesk) -> None:
    """Twilio's known worker, Amazon Connect's step that names a user; here their capacity counts."""
    d = desk(
        {"ada": {}, "bob": {"queues": ["fraud"]}},
        default={"queue": "general", "prefer": {"who": ["attribute", "previous"], "for_s": 60}},
        presence=LONG,
    )
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", attributes={"preferred_agent": "bob"})
    assert await d.held("bob") == {"i1": "offered"}
    assert (await d.outbox())[0]["reason"] == "bob is asked first"
    await d.accept("bob", "i1")
    await d.inquiry("i2", attributes={"preferred_agent": "bob"})
    assert await d.held("ada") == {}
    await d.after(60)
    assert "i2" in await d.held("ada")


async def test_16_a_customer_who_comes_back_meets_the_same_person(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {}, "bob": {}},
        default={"queue": "general", "prefer": {"for_s": 60}},
        presence=LONG,
    )
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    d.clock.advance(5)
    await d.complete("ada", "i1")
    await d.inquiry("i2", "c")  # bob has been idle for longer
    assert await d.held("ada") == {"i2": "offered"}


async def test_16_who_returns_after_closing_waits_for_that_person_where_the_filter_names_nobody(
    desk: MakeDesk,
) -> None:
    d = desk({"ada": {}, "bob": {}}, presence=LONG)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    d.clock.advance(5)
    await d.complete("ada", "i1")
    await d.inquiry("i2", "c", preferred_agent_id="ada")  # bob has been idle for longer
    assert await d.held("ada") == {"i2": "offered"}
    await d.accept("ada", "i2")
    await d.inquiry("i3", preferred_agent_id="ada")
    await d.after(59)
    assert await d.held("bob") == {}
    await d.after(1)
    assert "i3" in await d.held("bob")


async def test_16_nobody_waits_for_who_gets_no_more_offers(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}}, presence=LONG, supervisors=("sue",))
    await d.sign_in("ada", "bob")
    await d.act("sue", Drain(of_agent="ada", reason="her shift ends"))
    await d.inquiry("i1", preferred_agent_id="ada")
    assert await d.held("bob") == {"i1": "offered"}


async def test_16_what_waits_for_one_person_is_everybodys_once_they_get_no_more(
    desk: MakeDesk,
) -> None:
    d = desk({"ada": {}, "bob": {}}, presence=LONG, supervisors=("sue",))
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.inquiry("i2", preferred_agent_id="ada")
    await d.sign_in("bob")
    assert await d.held("bob") == {}
    await d.act("sue", Drain(of_agent="ada", reason="her shift ends"))
    assert await d.held("bob") == {"i2": "offered"}
    epoch = await d.accept("bob", "i2")
    given = Transfer(inquiry_id="i2", epoch=epoch, to_agent="ada")
    assert await d.refused("bob", given) == "target_absent"


async def test_16_a_risk_waits_for_nobody_who_may_not_take_it(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {}, "bob": {"skills": {"fraud": 3}}},
        filters=(
            {
                "name": "fraud",
                "when": {"risk_tiers": ["fraud"]},
                "queue": "fraud",
                "skills": {"fraud": 3},
            },
        ),
    )
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", preferred_agent_id="ada", risk_tier="fraud")
    assert await d.held("bob") == {"i1": "offered"}


async def test_16_a_desk_may_let_nobody_wait_for_the_same_person(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "bob": {}}, returning_for_s=0)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1", preferred_agent_id="bob")
    assert await d.held("ada") == {"i1": "offered"}


async def test_16_who_is_not_there_is_not_waited_for(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {}, "bob": {}},
        default={"queue": "general", "prefer": {"who": ["attribute"], "for_s": 60}},
    )
    await d.sign_in("ada", "bob")
    await d.set_presence("bob", "break")
    await d.inquiry("i1", attributes={"preferred_agent": "bob"})
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.inquiry("i2", attributes={"preferred_agent": "nobody at all!"})
    assert await d.held("ada") == {"i2": "offered"}
