"""What supervisors order: each carried out at once, each on the record with who and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from warmline.events.work import (
    Accept,
    CloseQueue,
    Drain,
    OpenQueue,
    Pull,
    Push,
    Reprioritise,
    Requeue,
    SendReply,
    SetPresence,
    SignIn,
)

LONG = {"heartbeat_s": 3600}
TWO: dict[str, dict[str, Any]] = {"ada": {}, "bob": {}}
FRAUD = {"name": "fraud", "when": {"topics": ["fraud"]}, "queue": "fraud"}


def make(desk: MakeDesk, people: dict[str, Any] = TWO, **settings: Any) -> DeskUnderTest:
    return desk(people, supervisors=("sue", "bob"), presence=LONG, filters=(FRAUD,), **settings)


async def last(d: DeskUnderTest) -> dict[str, str]:
    return (await d.outbox())[-1]


async def test_work_is_pushed_to_one_person_whatever_they_have_in_hand(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.inquiry("i2")
    await d.act("sue", Push(inquiry_id="i2", to_agent="ada", reason="same customer"))
    assert await d.held("ada") == {"i1": "accepted", "i2": "offered"}
    entry = await last(d)
    assert (entry["step"], entry["by"], entry["reason"]) == ("offered", "sue", "same customer")
    await d.accept("ada", "i2")


async def test_no_ring_undoes_the_order_of_a_supervisor(desk: MakeDesk) -> None:
    rings = [{"any_language": True, "for_s": 60}, {"join": ["fraud"], "priority_min": 5}]
    d = make(desk, default={"queue": "general", "for_s": 60, "then": rings})
    await d.inquiry("i1")
    await d.act("sue", Reprioritise(inquiry_id="i1", priority_min=500, reason="goes on air"))
    await d.after(60)
    await d.after(60)
    assert await d.steps("i1") == ["enqueued", "reprioritised", "widened", "widened"]
    assert (await d.work("i1")).priority_min == 500


async def test_a_push_takes_an_offer_from_somebody_else(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    old = Accept(inquiry_id="i1", epoch=(await d.work("i1")).epoch)
    await d.act("sue", Push(inquiry_id="i1", to_agent="bob", reason="knows it"))
    assert await d.steps("i1") == ["enqueued", "offered ada", "rescinded ada", "offered bob"]
    assert await d.refused("ada", old) == "stale"
    assert (
        await d.refused("sue", Push(inquiry_id="i1", to_agent="bob", reason="again"))
        == "already_theirs"
    )


async def test_work_in_somebodys_hands_is_neither_pushed_nor_pulled(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    assert await d.refused("sue", Push(inquiry_id="i1", to_agent="bob", reason="x")) == "in_hands"
    assert await d.refused("bob", Pull(inquiry_id="i1", reason="x")) == "in_hands"


async def test_nothing_is_pushed_to_who_is_not_there(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1")
    push = Push(inquiry_id="i1", to_agent="ada", reason="x")
    assert await d.refused("sue", push) == "target_absent"
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    assert await d.refused("sue", push) == "target_absent"


async def test_a_supervisor_pulls_work_and_has_it_at_once(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    await d.sign_in("bob")
    epoch = (await d.act("bob", Pull(inquiry_id="i1", reason="a friend of the house"))).epoch
    assert await d.owner("c") == ("person", epoch)
    assert await d.held("bob") == {"i1": "accepted"}
    assert await d.held("ada") == {}
    entry = await last(d)
    assert (entry["step"], entry["agent_id"], entry["by"]) == ("accepted", "bob", "bob")
    await d.reply("bob", "i1")
    await d.complete("bob", "i1")
    assert await d.refused("sue", Pull(inquiry_id="i1", reason="x")) == "ended"


async def test_a_supervisor_who_is_not_signed_in_cannot_pull(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1")
    assert await d.refused("sue", Pull(inquiry_id="i1", reason="x")) == "not_signed_in"


async def test_a_new_priority_changes_the_order(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1")
    d.clock.advance(60)
    await d.inquiry("i2")
    await d.act("sue", Reprioritise(inquiry_id="i2", priority_min=5, reason="a journalist"))
    entry = await last(d)
    assert (entry["step"], entry["by"], entry["priority_min"]) == ("reprioritised", "sue", "5")
    await d.sign_in("ada")
    assert await d.held("ada") == {"i2": "offered"}


async def test_requeueing_takes_accepted_work_out_of_a_persons_hands(desk: MakeDesk) -> None:
    d = make(desk)
    await d.sign_in("ada")
    await d.inquiry("i1", "c")
    epoch = await d.accept("ada", "i1")
    d.clock.advance(60)
    await d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    assert await d.held("ada") == {}  # and not back to her at once
    assert await d.owner("c") == ("queue", epoch + 1)
    late = SendReply(inquiry_id="i1", epoch=epoch, text="Hello?")
    assert await d.refused("ada", late) == "stale"
    await d.sign_in("bob")
    assert (await last(d))["waited_ms"] == "60000"
    requeued = (await d.outbox())[-2]
    assert (requeued["step"], requeued["agent_id"], requeued["by"]) == ("requeued", "ada", "sue")


@pytest.mark.parametrize("state", ["waiting", "offered", "accepted"])
async def test_requeueing_moves_work_to_another_queue(desk: MakeDesk, state: str) -> None:
    d = make(desk, {"ada": {"queues": ["general"]}, "bob": {"queues": ["fraud"]}})
    if state != "waiting":
        await d.sign_in("ada")
    await d.inquiry("i1")
    if state == "accepted":
        await d.accept("ada", "i1")
    await d.act("sue", Requeue(inquiry_id="i1", to_queue="fraud", reason="wrong queue"))
    assert (await d.work("i1")).queue == "fraud"
    told = next(each for each in await d.outbox() if each["step"] == "requeued")
    assert told["queue"] == "fraud"  # else it would be brought back where it no longer is
    await d.sign_in("bob")
    assert await d.held("bob") == {"i1": "offered"}


async def test_who_is_drained_finishes_and_gets_no_more(desk: MakeDesk) -> None:
    d = make(desk, {"ada": {"capacity": 2}, "bob": {}})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.inquiry("i2")
    await d.accept("ada", "i1")
    await d.act("sue", Drain(of_agent="ada", reason="shift ends"), "k-drain")
    assert await d.held("ada") == {"i1": "accepted"}
    assert (await d.person("ada")).drained
    change = next(entry for entry in await d.outbox() if "change" in entry)
    assert (change["change"], change["subject"], change["by"]) == ("drained", "ada", "sue")
    await d.complete("ada", "i1")
    assert await d.held("ada") == {}
    await d.act("sue", Drain(of_agent="ada", draining=False, reason="she stays"))
    assert await d.held("ada") == {"i2": "offered"}


@pytest.mark.parametrize("to", ["general", "callback"])
async def test_a_closed_queue_leads_what_waits_and_what_comes_elsewhere(
    desk: MakeDesk, to: str
) -> None:
    queues = {"general": {}, "fraud": {"overflow": {"full": to}}}
    d = make(desk, {"ada": {"queues": ["general"]}, "bob": {"queues": ["fraud"]}}, queues=queues)
    await d.inquiry("i1", topic="fraud")
    await d.act("sue", CloseQueue(queue="fraud", reason="the system is down"), "k-close")
    await d.inquiry("i2", topic="fraud")
    works = [await d.work(name) for name in ("i1", "i2")]
    if to == "general":
        assert {(work.state, work.queue) for work in works} == {("waiting", "general")}
    else:
        assert {work.state for work in works} == {"promised"}
    assert [state.closed for state in await d.pool.queues()] == [False, True]
    moved = next(each for each in await d.outbox() if each.get("step") == "requeued")
    assert (moved["by"], moved["reason"]) == ("sue", "the system is down")
    await d.act("sue", OpenQueue(queue="fraud", reason="it is back"))
    await d.inquiry("i3", topic="fraud")
    assert (await d.work("i3")).queue == "fraud"
    assert (await d.work("i3")).state == "waiting"


@pytest.mark.parametrize("to", ["general", "callback"])
async def test_what_waits_in_a_closed_queue_goes_in_the_order_in_which_it_stood_in_line(
    desk: MakeDesk, to: str
) -> None:
    queues = {"general": {}, "fraud": {"overflow": {"full": to}}}
    d = make(desk, {"ada": {"capacity": 2}}, queues=queues)
    in_line = ["z", "y", "x", "w"]
    for name, language in zip(in_line, ("fi", "de", "en", "de"), strict=True):  # classes, mixed
        await d.inquiry(name, topic="fraud", language=language)
        d.clock.advance(1)
    await d.inquiry("first", topic="fraud", language="sv", priority_min=9)
    await d.act("sue", CloseQueue(queue="fraud", reason="the system is down"))
    moved = [each["inquiry_id"] for each in await d.outbox() if each.get("step") == "requeued"]
    assert moved == ["first", *in_line]
    if to == "callback":
        promised = [(await d.work(name)).promised_ms or 0 for name in ("first", *in_line)]
        assert promised == sorted(set(promised))
        await d.after(1801)
    await d.sign_in("ada")
    assert set(await d.held("ada")) == {"first", "z"}


@pytest.mark.parametrize("ends", ["declined", "lapsed"])
@pytest.mark.parametrize("to", ["general", "callback"])
async def test_what_was_on_offer_when_its_queue_was_closed_does_not_stay_there(
    desk: MakeDesk, to: str, ends: str
) -> None:
    queues = {"general": {}, "fraud": {"overflow": {"full": to}}}
    d = make(desk, {"ada": {"queues": ["fraud"]}, "bob": {"queues": ["general"]}}, queues=queues)
    await d.sign_in("ada")
    await d.inquiry("i1", topic="fraud")
    await d.act("sue", CloseQueue(queue="fraud", reason="the system is down"))
    assert await d.pool.clear_closed_queues() == 0  # ada has it in front of her
    if ends == "declined":
        await d.decline("ada", "i1")
    else:
        await d.after(20)
    await d.set_presence("ada", "break")
    assert (await d.work("i1")).queue == "fraud"
    assert await d.pool.clear_closed_queues() == 1
    work = await d.work("i1")
    if to == "general":
        assert (work.state, work.queue) == ("waiting", "general")
    else:
        assert (work.state, work.promised_ms) == ("promised", d.clock.ms + 1_800_000)
    moved = next(each for each in await d.outbox() if each.get("step") == "requeued")
    assert (moved["by"], moved["reason"]) == ("sue", "fraud is closed for now")
    assert await d.pool.clear_closed_queues() == 0


@pytest.mark.parametrize("joined", [False, True])
async def test_what_an_inquiry_itself_requires_counts_where_a_closed_queue_leads_it(
    desk: MakeDesk, joined: bool
) -> None:
    people = {
        "ada": {"queues": ["fraud"], "skills": {"legal": 3}},
        "bob": {"queues": ["general"]},
        "cem": {"queues": ["general"], "skills": {"legal": 3}},
    }
    d = make(desk, people, queues={"general": {}, "fraud": {}})
    await d.inquiry("i1", "c1", topic="fraud", skills={} if joined else {"legal": 3})
    if joined:
        await d.inquiry("i2", "c1", topic="fraud", skills={"legal": 2})
    await d.sign_in("bob")
    await d.act("sue", CloseQueue(queue="fraud", reason="the system is down"))
    work = await d.work("i1")
    assert (work.state, work.queue) == ("waiting", "general")
    assert await d.held("bob") == {}
    await d.sign_in("cem")
    assert await d.held("cem") == {"i1": "offered"}


async def test_queues_that_lead_into_each_other_and_are_all_closed_end_in_a_promise(
    desk: MakeDesk,
) -> None:
    queues = {"general": {"overflow": {"full": "fraud"}}, "fraud": {}}
    d = make(desk, queues=queues)
    await d.inquiry("i1", topic="fraud")
    await d.act("sue", CloseQueue(queue="general", reason="drill"))
    await d.act("sue", CloseQueue(queue="fraud", reason="drill"))
    work = await d.work("i1")
    assert (work.state, work.promised_ms) == ("promised", d.clock.ms + 1_800_000)
    steps = await d.steps("i1")
    for _ in range(3):
        assert await d.pool.clear_closed_queues() == 0
    assert await d.steps("i1") == steps


async def test_where_nobody_works_in_the_queue_that_it_leads_to_and_the_default_is_closed_it_is_promised(
    desk: MakeDesk,
) -> None:
    queues = {
        "general": {"overflow": {"full": "callback"}},
        "fraud": {"overflow": {"full": "empty"}},
        "empty": {},
    }
    people = {"ada": {"queues": ["general", "fraud"]}}
    d = make(desk, people, queues=queues)
    await d.inquiry("i1", topic="fraud")
    await d.act("sue", CloseQueue(queue="general", reason="drill"))
    await d.act("sue", CloseQueue(queue="fraud", reason="drill"))
    work = await d.work("i1")
    assert (work.state, work.queue) == ("promised", "fraud")
    assert (await d.steps("i1")) == ["enqueued", "requeued", "promised"]


async def test_a_queue_that_overflows_into_itself_is_not_closed(desk: MakeDesk) -> None:
    d = make(desk)
    assert await d.refused("sue", CloseQueue(queue="general", reason="x")) == "no_overflow"


async def test_an_order_sent_twice_is_carried_out_once(desk: MakeDesk) -> None:
    d = make(desk)
    await d.inquiry("i1")
    order = Reprioritise(inquiry_id="i1", priority_min=5, reason="x")
    assert await d.act("sue", order, "k-1") == await d.act("sue", order, "k-1")
    assert await d.steps("i1") == ["enqueued", "reprioritised"]


@pytest.mark.parametrize(
    ("by", "order", "code"),
    [
        ("ada", Reprioritise(inquiry_id="i1", priority_min=5, reason="x"), "no_supervisor"),
        ("eve", Reprioritise(inquiry_id="i1", priority_min=5, reason="x"), "no_agent"),
        ("sue", SignIn(), "no_agent"),
        ("sue", Reprioritise(inquiry_id="i2", priority_min=5, reason="x"), "no_inquiry"),
        ("sue", Push(inquiry_id="i1", to_agent="eve", reason="x"), "no_agent"),
        ("sue", Requeue(inquiry_id="i1", to_queue="nowhere", reason="x"), "no_queue"),
        ("sue", Drain(of_agent="ada", reason="x"), "not_signed_in"),
        ("sue", CloseQueue(queue="nowhere", reason="x"), "no_queue"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_with_its_reason(
    desk: MakeDesk, by: str, order: Any, code: str
) -> None:
    d = make(desk)
    await d.inquiry("i1")
    assert await d.refused(by, order) == code
    assert await d.steps("i1") == ["enqueued"]


async def test_an_order_that_cannot_be_is_refused_as_such_under_any_id(desk: MakeDesk) -> None:
    """Also where its id has stood for another command since."""
    d = make(desk)
    await d.sign_in("ada")
    close = CloseQueue(queue="general", reason="fire drill")
    assert await d.refused("sue", close, "k") == "no_overflow"
    await d.act("ada", SetPresence(presence="break"), "k")
    assert await d.refused("sue", close, "k") == "no_overflow"
