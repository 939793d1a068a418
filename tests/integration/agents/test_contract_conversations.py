"""What customers do meanwhile: they leave, or write something more urgent. What holds for every engine."""

from __future__ import annotations

import pytest

from tests.integration.agents.conftest import MakeDesk
from warmline.events.work import Accept, Complete

FRAUD = {"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud", "priority_min": 60}


async def test_who_has_left_before_their_inquiry_came_through_is_offered_to_nobody(
    desk: MakeDesk,
) -> None:
    d = desk()
    await d.sign_in("ada")
    asked_ms = d.clock.ms
    d.clock.advance(5)
    assert await d.leave("c") == "nothing_waits"
    d.clock.advance(60)
    assert (await d.inquiry("i1", "c", arrival_ms=asked_ms)).outcome == "enqueued"
    assert await d.steps("i1") == ["enqueued", "abandoned"]
    assert (await d.work("i1")).state == "abandoned"
    assert (await d.owner("c"))[0] == "closed"
    assert await d.held("ada") == {}
    again = await d.inquiry("i1", "c", arrival_ms=asked_ms)
    assert (again.outcome, await d.steps("i1")) == ("repeated", ["enqueued", "abandoned"])


@pytest.mark.parametrize("how", ["another message", "an earlier one, brought here since"])
async def test_who_left_before_people_were_to_get_it_may_be_back(desk: MakeDesk, how: str) -> None:
    d = desk()
    await d.sign_in("ada")
    asked_ms = d.clock.ms
    d.clock.advance(5)
    await d.leave("c")
    d.clock.advance(5)
    arrival_ms = d.clock.ms if how == "another message" else asked_ms
    await d.inquiry("i1", "c", arrival_ms=arrival_ms, decided_ms=d.clock.ms)
    assert await d.held("ada") == {"i1": "offered"}


async def test_who_has_left_is_called_back_all_the_same_where_nobody_could_answer(
    desk: MakeDesk,
) -> None:
    d = desk(queues={"general": {"overflow": {"unstaffed": "callback"}}, "fraud": {}})
    asked_ms = d.clock.ms
    d.clock.advance(5)
    await d.leave("c")
    await d.inquiry("i1", "c", arrival_ms=asked_ms)
    assert await d.steps("i1") == ["enqueued", "promised"]


async def test_something_more_urgent_takes_an_offer_to_those_who_can(desk: MakeDesk) -> None:
    d = desk({"ada": {"queues": ["general"]}, "cem": {"queues": ["fraud"]}}, filters=(FRAUD,))
    await d.sign_in("ada", "cem")
    await d.inquiry("i1", "c")
    assert await d.held("ada") == {"i1": "offered"}
    epoch = (await d.work("i1")).epoch
    await d.inquiry("i2", "c", topic="fraud")
    assert await d.held("cem") == {"i1": "offered"}
    assert (await d.work("i1")).queue == "fraud"
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=epoch)) == "stale"
    await d.after(20)
    assert (await d.work("i1")).priority_min == 60
    assert await d.steps("i1") == [
        "enqueued",
        "offered ada",
        "rescinded ada",
        "joined",
        "offered cem",
        "lapsed cem",
    ]


async def test_an_offer_to_the_right_people_stands_and_comes_back_more_urgent(
    desk: MakeDesk,
) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.inquiry("i2", "c", priority_min=30)
    assert await d.held("ada") == {"i1": "offered"}
    await d.inquiry("older", arrival_ms=d.clock.ms - 600_000)
    await d.set_presence("ada", "break")
    await d.set_presence("ada", "available")
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.work("i1")).priority_min == 30


async def test_what_is_in_wrap_up_is_in_one_place_also_when_it_comes_again_beside_a_newer_matter(
    desk: MakeDesk,
) -> None:
    d = desk(queues={"general": {"wrap_up_s": 60}})
    asked_ms = d.clock.ms
    await d.inquiry("i1", "c")
    await d.sign_in("ada")
    await d.act("ada", Accept(inquiry_id="i1", epoch=(await d.work("i1")).epoch))
    await d.act("ada", Complete(inquiry_id="i1", epoch=(await d.work("i1")).epoch))
    d.clock.advance(5)
    await d.inquiry("i2", "c")
    delivered_twice = await d.inquiry("i1", "c", arrival_ms=asked_ms)
    assert (delivered_twice.outcome, (await d.work("i1")).state) == ("repeated", "wrapping")
    asked_again = await d.inquiry("i1", "c", arrival_ms=asked_ms, cause_id="a button")
    assert (asked_again.outcome, asked_again.inquiry_id) == ("joined", "i2")
    assert (await d.steps("i1"))[-1] == "wrapped_up ada"
    assert (await d.work("i1")).members == ("i2", "i1")
    assert await d.held("ada") == {"i2": "offered"}
