"""Who is asked, and when somebody else is: the semantics 1 to 8 of docs/routing.md, by number.

Each is that of the system named in the docstring; both engines keep it.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.agents.conftest import MakeDesk

LONG = {"heartbeat_s": 3600}
QUEUES: dict[str, dict[str, Any]] = {"q1": {}, "q2": {}, "q3": {}}
THREE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["q1"]},
    "bob": {"queues": ["q2"]},
    "cem": {"queues": ["q3"]},
}
TEN_AND_TEN: dict[str, Any] = {
    "queue": "q1",
    "for_s": 10,
    "then": [{"queue": "q2", "for_s": 10}, {"queue": "q3"}],
}


async def test_01_the_first_filter_that_matches_wins_and_the_default_takes_the_rest(
    desk: MakeDesk,
) -> None:
    """Twilio TaskRouter: ordered filters; no match and no default would lose the task."""
    d = desk(
        queues=QUEUES,
        filters=(
            {"name": "one", "when": {"topics": ["card"]}, "queue": "q2"},
            {"name": "two", "when": {"topics": ["card", "loan"]}, "queue": "q3"},
        ),
    )
    for name, topic in (("i1", "card"), ("i2", "loan"), ("i3", "else")):
        await d.inquiry(name, topic=topic)
    assert [(await d.work(name)).queue for name in ("i1", "i2", "i3")] == ["q2", "q3", "q1"]


async def test_02_deadlines_add_up_from_the_entry_as_in_task_routers_own_example(
    desk: MakeDesk,
) -> None:
    """Twilio TaskRouter's task evaluation: steps of 10 s and 10 s, an offer of 5 s made at 3 s lapses at
    8 s and the task moves on; the next change is at 20 s, 12 s later, because it counts from the entry."""
    d = desk(THREE, queues=QUEUES, default=TEN_AND_TEN, offer_timeout_s=5, presence=LONG)
    await d.inquiry("i1")
    await d.after(3)
    await d.sign_in("ada")
    assert await d.held("ada") == {"i1": "offered"}
    ticked = await d.after(5)
    assert (await d.work("i1")).queue == "q2"
    assert ticked.done == 1
    assert (await d.pool.tick()).next_in_ms == 12_000
    await d.after(11.999)
    assert (await d.work("i1")).queue == "q2"
    await d.after(0.001)
    assert (await d.work("i1")).queue == "q3"
    assert await d.steps("i1") == [
        "enqueued",
        "offered ada",
        "lapsed ada",
        "widened",
        "widened",
    ]


async def test_02_a_deadline_that_passes_during_an_offer_counts_when_the_offer_ends(
    desk: MakeDesk,
) -> None:
    d = desk(THREE, queues=QUEUES, default=TEN_AND_TEN, offer_timeout_s=5, presence=LONG)
    await d.inquiry("i1")
    await d.after(8)
    await d.sign_in("ada", "bob")
    await d.after(4)
    assert await d.held("ada") == {"i1": "offered"}
    await d.decline("ada", "i1")
    assert await d.held("bob") == {"i1": "offered"}


async def test_02_a_declined_inquiry_stays_in_its_ring(desk: MakeDesk) -> None:
    people = {"ada": {"queues": ["q1"]}, "ann": {"queues": ["q1"]}, "bob": {"queues": ["q2"]}}
    d = desk(people, queues=QUEUES, default=TEN_AND_TEN, offer_timeout_s=5, presence=LONG)
    await d.sign_in("ada", "ann", "bob")
    await d.inquiry("i1")
    await d.decline("ada", "i1")
    assert await d.held("ann") == {"i1": "offered"}


async def test_03_a_ring_is_passed_over_only_where_nobody_is_free_at_once(desk: MakeDesk) -> None:
    """Twilio TaskRouter's skip_if, on the number of people by presence."""
    step = {**TEN_AND_TEN, "skip_if": {"count": "available", "below": 1}}
    d = desk(THREE, queues=QUEUES, default=step, offer_timeout_s=5, presence=LONG)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    assert await d.held("ada") == {"i1": "offered"}
    await d.inquiry("i2")
    assert (await d.work("i2")).queue == "q1"  # ada is available, though her hands are full
    await d.set_presence("ada", "break")
    assert (await d.steps("i1"))[2:] == ["rescinded ada", "widened", "offered bob"]


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ({"count": "signed_in", "below": 2}, True),
        ({"count": "signed_in", "below": 1}, False),
        ({"count": "unavailable", "above": 0}, True),
        ({"count": "break", "above": 0}, True),
        ({"count": "away", "above": 0}, False),
    ],
)
async def test_03_a_ring_can_be_passed_over_by_any_presence(
    desk: MakeDesk, rule: dict[str, Any], passed: bool
) -> None:
    step = {**TEN_AND_TEN, "skip_if": rule}
    d = desk(THREE, queues=QUEUES, default=step, offer_timeout_s=5, presence=LONG)
    await d.sign_in("ada")
    await d.set_presence("ada", "break")
    await d.inquiry("i1")
    assert (await d.work("i1")).queue == ("q2" if passed else "q1")


async def test_04_steps_widen_and_in_the_end_anybody_in_the_queue_qualifies(desk: MakeDesk) -> None:
    """Amazon Connect's routing steps: and/or of attribute levels, each with an expiry."""
    d = desk(
        {
            "ada": {"skills": {"loans": 4}},
            "bob": {"skills": {"loans": 2}},
            "cem": {"skills": {"cards": 3, "law": 1}},
            "dan": {},
        },
        queues={"general": {}},
        default={
            "queue": "general",
            "any_of": [{"loans": 4}, {"cards": 3, "law": 2}],
            "for_s": 30,
            "then": [{"any_of": [{"loans": 1}], "for_s": 30}, {"any_of": []}],
        },
        presence=LONG,
    )
    await d.sign_in("bob", "cem", "dan")
    await d.inquiry("i1")
    assert (await d.work("i1")).state == "waiting"
    await d.after(30)
    assert await d.held("bob") == {"i1": "offered"}
    await d.accept("bob", "i1")
    await d.inquiry("i2")
    await d.after(60)
    assert await d.held("cem") == {"i2": "offered"}


async def test_05_rings_only_grow_where_skills_are_lowered_relaxed_and_queues_joined(
    desk: MakeDesk,
) -> None:
    """Genesys Cloud's bullseye: skills fall away from ring to ring; the ring first, the level second."""
    d = desk(
        {
            "ada": {"queues": ["q1"], "skills": {"loans": 5}},
            "bob": {"queues": ["q1"], "skills": {"loans": 3}},
            "cem": {"queues": ["q1"]},
            "dan": {"queues": ["q2"]},
        },
        queues=QUEUES,
        default={
            "queue": "q1",
            "skills": {"loans": 5},
            "for_s": 30,
            "then": [
                {"lower": {"loans": 2}, "for_s": 30},
                {"relax": ["loans"], "for_s": 30},
                {"join": ["q2"]},
            ],
        },
        reoffer_after_s=3600,
        presence=LONG,
    )
    await d.sign_in("bob", "cem", "dan")
    await d.inquiry("i1")
    for who in ("bob", "cem", "dan"):
        assert (await d.work("i1")).state == "waiting"
        await d.after(30)
        assert await d.held(who) == {"i1": "offered"}
        await d.decline(who, "i1")
    await d.sign_in("ada")  # who could have had it from the first ring on
    assert await d.held("ada") == {"i1": "offered"}
    assert (await d.work("i1")).queue == "q1"


async def test_05_what_the_inquiry_itself_requires_is_never_relaxed(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {"skills": {"loans": 3}}, "bob": {}},
        queues={"general": {}},
        default={
            "queue": "general",
            "skills": {"loans": 3},
            "for_s": 30,
            "then": [{"relax": ["loans"]}],
        },
        presence=LONG,
    )
    await d.sign_in("bob")
    await d.inquiry("hard", skills={"loans": 2})
    await d.inquiry("soft")
    await d.after(30)
    assert await d.held("bob") == {"soft": "offered"}
    assert (await d.work("hard")).state == "waiting"


async def test_06_a_soft_match_falls_back_to_the_hard_one_after_its_time(desk: MakeDesk) -> None:
    """Genesys Cloud's predictive routing: a better match for a while, then the whole queue."""
    d = desk(
        {"ada": {"skills": {"loans": 5}, "capacity": 1}, "bob": {}},
        queues={"general": {}},
        default={
            "queue": "general",
            "skills": {"loans": 5},
            "for_s": 80,
            "then": [{"relax": ["loans"]}],
        },
        presence=LONG,
    )
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.inquiry("i2")
    await d.after(79)
    assert await d.held("bob") == {}
    await d.after(1)
    assert await d.held("bob") == {"i2": "offered"}


async def test_07_priority_ages_and_nothing_starves(desk: MakeDesk) -> None:
    """Genesys Cloud: score = minutes waited + priority."""
    d = desk(presence=LONG)
    await d.inquiry("patient")
    for minute in range(1, 12):
        d.clock.advance(60)
        await d.inquiry(f"urgent-{minute}", priority_min=10)
    await d.sign_in("ada")
    order = []
    for _ in range(12):
        (name,) = await d.held("ada")
        await d.accept("ada", name)
        await d.complete("ada", name)
        order.append(name)
    assert (
        order.index("patient") == 9
    )  # after nine that came with ten minutes' priority, before the rest
    assert order[10:] == ["urgent-10", "urgent-11"]


async def test_07_a_ring_may_raise_the_priority(desk: MakeDesk) -> None:
    d = desk(
        queues={"general": {}},
        default={"queue": "general", "for_s": 60, "then": [{"priority_min": 5}]},
        presence=LONG,
    )
    await d.inquiry("i1")
    await d.after(60)
    work = await d.work("i1")
    assert work.priority_min == 5
    assert (await d.outbox())[-1]["reason"] == "ring 2"


async def test_08_a_person_takes_their_queues_in_the_order_of_their_profile(desk: MakeDesk) -> None:
    """Amazon Connect's routing profiles: a lower number first; equal numbers by age over all queues."""
    d = desk(
        {"ada": {"queues": [{"queue": "q1", "priority": 2}, "q2", "q3"]}},
        queues=QUEUES,
        filters=(
            {"name": "two", "when": {"topics": ["two"]}, "queue": "q2"},
            {"name": "three", "when": {"topics": ["three"]}, "queue": "q3"},
        ),
    )
    for name, topic in (("i1", "one"), ("i2", "three"), ("i3", "two"), ("i4", "one")):
        await d.inquiry(name, topic=topic)
        d.clock.advance(1)
    await d.sign_in("ada")
    order = []
    for _ in range(4):
        (name,) = await d.held("ada")
        await d.accept("ada", name)
        await d.complete("ada", name)
        order.append(name)
    assert order == ["i2", "i3", "i1", "i4"]


async def test_08_a_person_sees_a_queue_only_once_its_work_has_waited(desk: MakeDesk) -> None:
    """Amazon Connect: the delay of a routing profile."""
    d = desk(
        {"ada": {"queues": ["general"]}, "eve": {"queues": [{"queue": "general", "delay_s": 60}]}},
        queues={"general": {}},
        presence=LONG,
    )
    await d.sign_in("eve")
    await d.inquiry("i1")
    await d.after(59)
    assert await d.held("eve") == {}
    await d.after(1)
    assert await d.held("eve") == {"i1": "offered"}


async def test_08_a_lapsed_offer_shows_nobody_a_queue_earlier(desk: MakeDesk) -> None:
    late = {"queues": [{"queue": "q1", "delay_s": 60}]}
    people = {"ada": {"queues": ["q1"]}, "bob": late}
    d = desk(people, queues=QUEUES, presence=LONG, reoffer_after_s=60)
    await d.sign_in("ada", "bob")
    await d.inquiry("i1")
    await d.after(20)
    assert await d.steps("i1") == ["enqueued", "offered ada", "lapsed ada"]
    await d.after(40)
    assert await d.held("bob") == {"i1": "offered"}
