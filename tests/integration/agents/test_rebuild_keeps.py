"""What a rebuilt desk still knows of work that somebody has had, or that was given on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.agents.config import Configuration
from services.agents.tally import Counts, increments
from services.runtime.redis import connect
from tests.integration.agents.desks import redis_desk
from tests.integration.agents.lost_desk import LosableDesk
from tests.unit.agents.build import configuration
from warmline.events.work import Requeue

LONG = {"heartbeat_s": 3600}
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["general"], "skills": {"law": 2}},
    "bob": {"skills": {"law": 1}},
    "cem": {"queues": ["fraud"], "skills": {"law": 2}},
    "dan": {
        "queues": [{"queue": "general", "delay_s": 60}, {"queue": "fraud", "delay_s": 60}],
        "skills": {"law": 2},
    },
}
DESK = configuration(
    PEOPLE,
    queues={"general": {"overflow": {"too_long": "callback", "too_long_s": 300}}, "fraud": {}},
    supervisors=("sue",),
    presence=LONG,
)


@pytest.fixture
async def lost(redis_url: str, unique_name: str) -> AsyncIterator[LosableDesk]:
    """In a database of its own, since it is emptied. ada has `i1` in hand after it had waited for 10 s."""
    clients = connect(redis_url.rsplit("/", 1)[0] + "/8")
    desk = LosableDesk(redis_desk(DESK, clients, unique_name), unique_name)
    await desk.inquiry("i1", "c1", skills={"law": 1})
    await desk.d.after(10)
    await desk.d.sign_in("ada")
    await desk.d.accept("ada", "i1")
    await desk.d.after(100)
    yield desk
    await clients.commands.flushdb()
    await clients.aclose()


def counted(
    before: list[dict[str, str]], after: list[dict[str, str]], desk: Configuration
) -> Counts:
    found = increments([*before, *after], desk)
    return Counts.of([{f"all|{what}": str(n)} for (_, _, what), n in found.items()], "all")


@pytest.mark.parametrize("how", ["it waited again", "its person has left the company"])
async def test_who_is_accepted_again_after_a_rebuild_was_accepted_once(
    lost: LosableDesk, how: str
) -> None:
    if how == "it waited again":
        await lost.d.set_presence("ada", "break")
        await lost.d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
        desk = DESK
    else:
        people = {name: its for name, its in PEOPLE.items() if name != "ada"}
        desk = configuration(people, presence=LONG)
    before = await lost.d.outbox()
    await lost.d.after(5)
    await lost.lose_everything(desk)
    await lost.d.after(2)
    await lost.d.sign_in("bob")
    await lost.d.accept("bob", "i1")
    await lost.d.complete("bob", "i1")
    after = await lost.d.outbox()
    counts = counted(before, after, desk)
    assert (counts.arrived, counts.accepted, counts.wait_ms) == (1, 1, 10_000)
    taken = next(each for each in after if each["step"] == "accepted")
    assert taken["waited_again_ms"] == ("7000" if how == "it waited again" else "2000")


async def test_what_nobody_has_had_is_accepted_for_the_first_time(lost: LosableDesk) -> None:
    await lost.d.set_presence("ada", "break")
    await lost.inquiry("i2", "c2")
    before = await lost.d.outbox()
    await lost.d.after(5)
    await lost.lose_everything()
    await lost.d.sign_in("bob")
    await lost.d.accept("bob", "i2")
    counts = counted(before, await lost.d.outbox(), DESK)
    assert (counts.arrived, counts.accepted, counts.wait_ms) == (2, 2, 15_000)


async def test_the_rings_of_what_came_back_are_counted_from_then(lost: LosableDesk) -> None:
    """As before the loss: nobody is promised a callback for the time in which somebody had them."""
    await lost.d.set_presence("ada", "break")
    await lost.d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    await lost.d.after(30)
    await lost.lose_everything()
    await lost.d.after(269)
    assert (await lost.d.work("i1")).state == "waiting"
    await lost.d.after(1)
    assert (await lost.d.work("i1")).state == "promised"


async def test_its_own_skills_are_asked_for_where_it_was_given_to_another_queue(
    lost: LosableDesk,
) -> None:
    await lost.inquiry("i2", "c1", skills={"law": 2})  # joins it
    await lost.d.transfer("ada", "i1", to_queue="fraud")
    await lost.lose_everything()
    await lost.d.sign_in("bob")
    assert await lost.d.held("bob") == {}
    await lost.d.sign_in("cem")
    assert await lost.d.held("cem") == {"i1": "offered"}


async def test_who_sees_a_queue_later_sees_what_was_given_to_it_as_late_as_before_the_loss(
    lost: LosableDesk,
) -> None:
    await lost.d.transfer("ada", "i1", to_queue="fraud")
    await lost.d.after(20)
    await lost.lose_everything()
    await lost.d.sign_in("dan")
    await lost.d.after(39)
    assert await lost.d.held("dan") == {}
    await lost.d.after(1)
    assert await lost.d.held("dan") == {"i1": "offered"}


async def test_a_promise_is_also_for_who_sees_its_queue_later(lost: LosableDesk) -> None:
    await lost.d.set_presence("ada", "break")
    await lost.d.act("sue", Requeue(inquiry_id="i1", reason="ada is ill"))
    await lost.d.after(300)
    assert (await lost.d.work("i1")).state == "promised"
    await lost.lose_everything()
    await lost.d.sign_in("dan")
    await lost.d.after(1800)
    assert await lost.d.held("dan") == {"i1": "offered"}
