"""What is told of people, and when: all that the steps of their work do not say. For every engine."""

from __future__ import annotations

from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from tests.unit.agents.build import configuration
from warmline.events.work import Drain, Heartbeat, SignIn, SignOut

PATIENT = {"heartbeat_s": 300, "grace_s": 60, "lapses_until_away": 1}


async def told(d: DeskUnderTest) -> list[tuple[str, str]]:
    """Who, and their presence; `silent` where they are there without a heartbeat."""
    return [(entry["person"], _seen(entry)) for entry in await d.written() if "person" in entry]


def _seen(entry: dict[str, str]) -> str:
    there = entry["presence"] != "signed_out"
    return "silent" if there and entry["silent"] else entry["presence"]


async def test_coming_going_and_every_presence_are_told(desk: MakeDesk) -> None:
    d = desk()
    await d.sign_in("ada")
    await d.set_presence("ada", "break", "lunch")
    await d.act("ada", SignIn())
    await d.act("ada", SignOut())
    assert await told(d) == [
        ("ada", "available"),
        ("ada", "break"),
        ("ada", "break"),
        ("ada", "signed_out"),
    ]
    entry = next(each for each in await d.written() if each.get("presence") == "break")
    assert (entry["reason"], entry["capacity"], entry["held"]) == ("lunch", "1", "")


async def test_work_alone_tells_nothing_of_people(desk: MakeDesk) -> None:
    d = desk({"ada": {"capacity": 2}})
    await d.sign_in("ada")
    before = len(await told(d))
    for name in ("i1", "i2"):
        await d.inquiry(name)
        await d.accept("ada", name)
    await d.complete("ada", "i1")
    await d.transfer("ada", "i2", to_queue="fraud")
    assert len(await told(d)) == before


async def test_a_lost_heartbeat_and_its_return_are_told(desk: MakeDesk) -> None:
    d = desk(presence={"heartbeat_s": 30, "grace_s": 30})
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(30)
    await d.act("ada", Heartbeat())
    await d.after(30)
    await d.after(30)
    assert [presence for _, presence in await told(d)] == [
        "available",
        "silent",
        "available",
        "silent",
        "signed_out",
    ]
    held = [entry["held"] for entry in await d.written() if "person" in entry]
    assert held == ["", *["i1\x1daccepted\x1e"] * 3, ""]


async def test_who_is_set_away_drained_or_given_another_capacity_is_told(desk: MakeDesk) -> None:
    d = desk(presence=PATIENT, supervisors=("sue",))
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.after(20)
    await d.act("sue", Drain(of_agent="ada", reason="shift ends"))
    more = configuration({"ada": {"capacity": 5}}, presence=PATIENT, supervisors=("sue",))
    await d.reconfigure(more)
    assert [presence for _, presence in await told(d)] == ["available", "away", "away", "away"]
    entries = [entry for entry in await d.written() if "person" in entry]
    assert [entry["drained"] for entry in entries] == ["", "", "1", "1"]
    assert [entry["capacity"] for entry in entries] == ["1", "1", "1", "5"]
    assert entries[1]["avoid"] == f"i1\x1d{d.clock.ms + 30_000}\x1e"


async def test_the_first_heartbeat_of_every_ten_minutes_tells(desk: MakeDesk) -> None:
    d = desk(presence=PATIENT)
    d.clock.ms = d.clock.ms // 600_000 * 600_000
    await d.sign_in("ada")
    for _ in range(11):
        d.clock.advance(120)
        await d.act("ada", Heartbeat())
    assert await told(d) == [("ada", "available")] * 3


async def test_what_somebody_is_told_to_hold_is_what_they_held_before_the_next_offer(
    desk: MakeDesk,
) -> None:
    d = desk()
    await d.inquiry("i1")
    await d.sign_in("ada")
    kinds = [entry.get("person") or entry["step"] for entry in await d.written()]
    assert kinds == ["enqueued", "ada", "offered"]
    assert (await d.written())[1]["held"] == ""
    await d.set_presence("ada", "busy")
    kinds = [entry.get("person") or entry["step"] for entry in await d.written()]
    assert kinds[3:] == ["rescinded", "ada"]
    assert (await d.written())[4]["turn"] == (await d.written())[4]["turns"] == "1"
