"""Queues, order, eligibility, conversations and leaving: what holds for every engine."""

from __future__ import annotations

import time
from typing import Any

import pytest

from services.agents.work import MEMBERS_MAX
from services.runtime.errors import ConflictError
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.unit.agents.build import configuration
from warmline.events.work import Accept

TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
SPECIALISTS: dict[str, dict[str, Any]] = {
    "ada": {"languages": {"de": 5}, "skills": {"refunds": 2}, "queues": ["general"]},
    "bob": {"languages": {"en": 5}, "skills": {"refunds": 4}, "queues": ["general"]},
    "cem": {"languages": {"en": 5, "de": 3}, "queues": ["fraud"]},
}
FRAUD = {"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud", "priority_min": 60}


async def test_the_longest_waiting_is_first(desk: MakeDesk) -> None:
    d = desk()
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name)
        d.clock.advance(1)
    await d.sign_in("ada")
    assert await serve_all(d, "ada", 3) == ["i1", "i2", "i3"]


async def test_the_longest_waiting_is_first_over_different_kinds_of_work(desk: MakeDesk) -> None:
    d = desk()
    for name, language in (("i1", "de"), ("i2", "en"), ("i3", "de"), ("i4", "en")):
        await d.inquiry(name, language=language)
        d.clock.advance(1)
    await d.sign_in("ada")
    assert await serve_all(d, "ada", 4) == ["i1", "i2", "i3", "i4"]


async def test_equals_are_served_in_the_order_in_which_they_came(desk: MakeDesk) -> None:
    d = desk({"ada": {}, "eve": {}})
    for name, language in (("i9", "en"), ("i1", "de"), ("i5", "en"), ("i4", "de")):
        await d.inquiry(name, language=language)
    await d.sign_in("ada")
    assert await serve_all(d, "ada", 4) == ["i9", "i1", "i5", "i4"]


async def test_priority_counts_as_minutes_waited(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("old")
    d.clock.advance(9 * 60)
    await d.inquiry("urgent", priority_min=10)
    await d.inquiry("new")
    d.clock.advance(2 * 60)
    await d.inquiry("later", priority_min=10)
    await d.sign_in("ada")
    assert await serve_all(d, "ada", 4) == ["urgent", "old", "later", "new"]


async def test_age_counts_from_the_arrival_not_from_the_queue(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1")
    await d.inquiry("handed_over", arrival_ms=d.clock.ms - 30_000)
    await d.sign_in("ada")
    assert await serve_all(d, "ada", 2) == ["handed_over", "i1"]


async def test_an_arrival_in_the_future_counts_as_now(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", arrival_ms=d.clock.ms + 3_600_000)
    assert (await d.work("i1")).arrival_ms == d.clock.ms


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ({"language": "de"}, "ada"),
        ({"language": "en"}, "bob"),
        ({"language": "en", "skills": {"refunds": 3}}, "bob"),
        ({"language": "de", "skills": {"refunds": 2}}, "ada"),
        ({"language": "de", "skills": {"refunds": 3}}, "bob"),  # nobody speaks German that well
        ({"language": "de", "topic": "fraud"}, "cem"),
        ({"language": "fi", "topic": "fraud"}, "cem"),
        ({"language": "fi"}, "ada"),
    ],
)
async def test_only_who_can_serve_it_gets_it(
    desk: MakeDesk, asked: dict[str, Any], who: str
) -> None:
    d = desk(SPECIALISTS, filters=(FRAUD,))
    await d.sign_in("ada", "bob", "cem")
    await d.inquiry("i1", **asked)
    assert await d.held(who) == {"i1": "offered"}


async def test_work_that_nobody_present_can_serve_waits_for_who_can(desk: MakeDesk) -> None:
    d = desk(SPECIALISTS)
    await d.sign_in("ada", "cem")
    await d.inquiry("i1", language="en")
    assert (await d.work("i1")).state == "waiting"
    await d.sign_in("bob")
    assert await d.held("bob") == {"i1": "offered"}


async def test_a_person_takes_the_first_over_all_that_they_can_serve(desk: MakeDesk) -> None:
    d = desk(SPECIALISTS, filters=(FRAUD,))
    await d.inquiry("fraud", topic="fraud")
    await d.inquiry("german", language="de")
    await d.inquiry("english", language="en")
    await d.inquiry("refund", language="en", skills={"refunds": 4}, priority_min=1)
    await d.sign_in("bob")
    assert await serve_all(d, "bob", 2) == ["refund", "english"]
    assert await d.held("bob") == {}


async def test_a_full_queue_flows_over_into_the_default_queue(desk: MakeDesk) -> None:
    d = desk(queues={"general": {}, "fraud": {"max_waiting": 2}}, filters=(FRAUD,))
    for name in ("i1", "i2", "i3"):
        await d.inquiry(name, topic="fraud")
    assert [(await d.work(name)).queue for name in ("i1", "i2", "i3")] == [
        "fraud",
        "fraud",
        "general",
    ]
    assert (await d.outbox())[-1]["reason"] == "fraud is full"
    assert [(state.queue, state.waiting) for state in await d.pool.queues()] == [
        ("general", 1),
        ("fraud", 2),
    ]


async def test_queues_tell_how_long_the_first_has_waited(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", arrival_ms=d.clock.ms - 5000)
    (general, fraud) = await d.pool.queues()
    assert general.waiting == 1
    assert general.oldest_ms is not None
    assert general.oldest_ms >= 5000
    assert (fraud.waiting, fraud.oldest_ms) == (0, None)


async def test_a_queue_that_was_removed_is_shown_until_nothing_waits_there(desk: MakeDesk) -> None:
    d = desk(filters=(FRAUD,))
    await d.inquiry("i1", topic="fraud")
    await d.inquiry("i2")
    await d.reconfigure(configuration(queues={"general": {}}))
    general, fraud = await d.pool.queues()
    assert (general.queue, general.waiting, general.removed) == ("general", 1, False)
    assert (fraud.queue, fraud.waiting, fraud.removed) == ("fraud", 1, True)
    await d.sign_in("ada")  # of the default queue: she has the older one
    assert await d.held("ada") == {"i1": "offered"}
    assert [state.queue for state in await d.pool.queues()] == ["general"]


async def test_the_first_in_line_is_the_most_urgent_and_not_who_waits_for_one_person(
    desk: MakeDesk,
) -> None:
    d = desk({"ada": {}, "bob": {}})
    d.clock.ms = int(
        time.time() * 1000
    )  # as the server's, which tells how long somebody has waited
    await d.sign_in("ada", "bob")
    await d.set_presence("bob", "break")
    await d.inquiry("direct", arrival_ms=d.clock.ms - 900_000)
    await d.accept("ada", "direct")
    await d.transfer("ada", "direct", to_agent="bob")
    await d.set_presence("ada", "break")
    await d.inquiry("old", language="de", arrival_ms=d.clock.ms - 300_000)
    await d.inquiry("urgent", priority_min=60, arrival_ms=d.clock.ms - 1000)
    (general, _) = await d.pool.queues()
    assert general.waiting == 2
    assert general.oldest_ms is not None
    assert 1000 <= general.oldest_ms < 60_000


async def test_an_event_delivered_twice_is_taken_in_once(desk: MakeDesk) -> None:
    d = desk()
    assert (await d.inquiry("i1", cause_id="e1")).outcome == "enqueued"
    assert (await d.inquiry("i1", cause_id="e1")).outcome == "repeated"
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert (await d.inquiry("i1", cause_id="e1")).outcome == "repeated"
    assert await d.held("ada") == {}


async def test_an_inquiry_that_comes_by_two_ways_is_one_piece_of_work(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", cause_id="routed")
    assert (await d.inquiry("i1", cause_id="handed over")).outcome == "repeated"
    assert await d.steps("i1") == ["enqueued"]


async def test_a_further_inquiry_joins_the_open_work_of_its_conversation(desk: MakeDesk) -> None:
    d = desk({"ada": {"capacity": 2}})
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    placed = await d.inquiry("i2", "c")
    assert (placed.outcome, placed.inquiry_id) == ("joined", "i1")
    assert await d.held("ada") == {"i1": "accepted"}
    assert (await d.work("i2")).inquiry_id == "i1"
    assert (await d.work("i1")).members == ("i1", "i2")
    assert await d.refused("ada", Accept(inquiry_id="i2", epoch=2)) == "part_of_other"
    await d.complete("ada", "i1")
    assert (await d.outbox())[-1]["members"] == '["i1","i2"]'
    assert (await d.inquiry("i2", "c")).outcome == "repeated"


async def test_what_joins_makes_waiting_work_as_urgent_as_itself(desk: MakeDesk) -> None:
    d = desk({"ada": {"queues": ["general"]}, "cem": {"queues": ["fraud"]}}, filters=(FRAUD,))
    await d.inquiry("other", "o")
    await d.inquiry("i1", "c")
    await d.inquiry("i2", "c", topic="fraud")
    work = await d.work("i1")
    assert (work.queue, work.topic, work.priority_min) == ("fraud", "fraud", 60)
    await d.sign_in("cem")
    assert await d.held("cem") == {"i1": "offered"}


async def test_a_flood_from_one_conversation_is_refused(desk: MakeDesk) -> None:
    d = desk()
    for number in range(MEMBERS_MAX):
        await d.inquiry(f"i{number}", "c")
    with pytest.raises(ConflictError, match="too many"):
        await d.inquiry("one-too-many", "c")
    assert len((await d.work("i0")).members) == MEMBERS_MAX


async def test_a_closed_conversation_begins_anew(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert (await d.inquiry("i2", "c")).outcome == "enqueued"
    assert await d.owner("c") == ("queue", 4)
    assert (await d.work("i2")).epoch == 5  # the offer; accepted, it is the conversation's


async def test_an_inquiry_that_the_router_gave_to_the_queue_keeps_its_epoch(desk: MakeDesk) -> None:
    d = desk()
    await d.owned("c", "queue", 7, "i1")
    await d.inquiry("i1", "c")
    assert await d.owner("c") == ("queue", 7)


async def test_an_inquiry_that_the_bot_hands_over_takes_the_next_epoch(desk: MakeDesk) -> None:
    d = desk()
    await d.owned("c", "bot", 7, "i1")
    await d.inquiry("i1", "c")
    assert await d.owner("c") == ("queue", 8)


async def test_an_epoch_grows_even_where_the_conversation_was_forgotten(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c", cause_id="routed")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.forgotten("c")
    await d.inquiry("i1", "c", cause_id="not helped")
    epochs = [int(entry["epoch"]) for entry in await d.outbox()]
    assert epochs == [1, 2, 2, 3, 4, 5]


async def test_work_whose_conversation_was_forgotten_can_be_finished(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.forgotten("c")
    assert (await d.inquiry("i1", "c", cause_id="again")).outcome == "repeated"
    await d.accept("ada", "i1")
    assert await d.owner("c") == ("person", 2)
    await d.complete("ada", "i1")
    assert await d.owner("c") == ("closed", 3)


async def test_an_inquiry_that_comes_again_for_a_new_reason_goes_on_counting(
    desk: MakeDesk,
) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c", cause_id="routed")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    assert (await d.inquiry("i1", "c", cause_id="not helped")).outcome == "enqueued"
    assert await d.steps("i1") == [
        "enqueued",
        "offered ada",
        "accepted ada",
        "completed ada",
        "enqueued",
        "offered ada",
    ]
    epochs = [int(entry["epoch"]) for entry in await d.outbox()]
    assert epochs == sorted(epochs)


async def test_an_inquiry_that_comes_again_during_its_wrap_up_ends_that_first(
    desk: MakeDesk,
) -> None:
    d = desk(queues={"general": {"wrap_up_s": 600}})
    await d.sign_in("ada")
    await d.inquiry("i1", "c", cause_id="routed")
    await d.accept("ada", "i1")
    await d.complete("ada", "i1")
    await d.inquiry("i1", "c", cause_id="not helped")
    assert (await d.steps("i1"))[-3:] == ["wrapped_up ada", "enqueued", "offered ada"]


async def test_a_customer_who_leaves_is_no_longer_in_line(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", "c")
    assert await d.leave("c") == "abandoned"
    assert await d.steps("i1") == ["enqueued", "abandoned"]
    assert (await d.owner("c"))[0] == "closed"
    assert (await d.work("i1")).state == "abandoned"
    await d.sign_in("ada")
    assert await d.held("ada") == {}


async def test_leaving_cancels_an_offer_and_frees_the_person(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.inquiry("i2")
    assert await d.leave("c") == "abandoned"
    assert (await d.steps("i1"))[-2:] == ["cancelled ada", "abandoned"]
    assert await d.held("ada") == {"i2": "offered"}
    assert await d.refused("ada", Accept(inquiry_id="i1", epoch=2)) == "ended"


async def test_leaving_does_not_end_what_a_person_has_accepted(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.accept("ada", "i1")
    assert await d.leave("c") == "held"
    assert await d.held("ada") == {"i1": "accepted"}


async def test_leaving_ends_no_later_inquiry(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", "c")
    assert await d.leave("c", "left-1") == "abandoned"
    d.clock.advance(60)
    await d.inquiry("i2", "c")
    assert await d.leave("c", "left-1") == "repeated"
    late = await d.pool.abandon("left-2", "c", d.clock.ms - 1000)
    assert late == "nothing_waits"
    assert (await d.work("i2")).state == "waiting"


async def test_leaving_where_nothing_waits_is_harmless(desk: MakeDesk) -> None:
    d = desk()
    assert await d.leave("nowhere") == "nothing_waits"
    assert await d.outbox() == []


async def test_every_step_carries_what_readers_need(desk: MakeDesk) -> None:
    d = desk()
    await d.inquiry("i1", "c", topic="refund", language="de", priority_min=7)
    (entry,) = await d.outbox()
    assert entry == {
        "inquiry_id": "i1",
        "conversation_id": "c",
        "step": "enqueued",
        "seq": "1",
        "epoch": "1",
        "queue": "general",
        "agent_id": "",
        "topic": "refund",
        "language": "de",
        "priority_min": "7",
        "waited_ms": "0",
        "reason": "",
        "members": '["i1"]',
        "config_version": d.configuration.version,
        "at_ms": str(d.clock.ms),
        "taken_ms": "",
        "work_class": "general.de.i",
        "direct": "",
    }


async def serve_all(d: DeskUnderTest, agent_id: str, number: int) -> list[str]:
    """Accepts and completes; returns the inquiries in the order in which they were offered."""
    served = []
    for _ in range(number):
        (inquiry_id,) = await d.held(agent_id)
        await d.accept(agent_id, inquiry_id)
        await d.complete(agent_id, inquiry_id)
        served.append(inquiry_id)
    return served
