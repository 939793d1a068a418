"""What the steps of both engines add to the numbers of a queue."""

from __future__ import annotations

from typing import Any

import pytest

from services.agents.tally import Counts, increments
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest
from warmline.events.work import Pull, Requeue, SignOut, WrapUpDone

LONG = {"heartbeat_s": 600, "grace_s": 60, "sign_out": "transfer"}


async def counts_of(d: DeskUnderTest, *queues: str) -> Counts:
    """Of these queues together."""
    found = increments(await d.outbox(), d.configuration)
    return Counts.of(
        [
            {f"all|{what}": str(amount)}
            for (_, queue, what), amount in found.items()
            if queue in (queues or ("general",))
        ],
        "all",
    )


async def make(desk: MakeDesk, **people: Any) -> DeskUnderTest:
    """ada has had `i1` in hand for 100 seconds, after it had waited for 10; bob is not there."""
    d = desk({"ada": {}, "bob": {}, **people}, presence=LONG, supervisors=("ada", "bob"))
    await d.inquiry("i1", "c1")
    await d.after(10)
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    await d.after(100)
    await d.sign_in("bob")
    await d.set_presence("bob", "break")
    return d


@pytest.mark.parametrize("how", ["requeued", "to a queue", "to a person", "signed out", "pulled"])
async def test_who_is_accepted_a_second_time_has_waited_once(desk: MakeDesk, how: str) -> None:
    d = await make(desk)
    if how in ("requeued", "pulled"):
        await d.act("ada", Requeue(inquiry_id="i1", reason="not mine"))
    elif how == "to a queue":
        await d.transfer("ada", "i1", to_queue="fraud")
    elif how == "to a person":
        await d.transfer("ada", "i1", to_agent="bob")
    else:
        await d.act("ada", SignOut())
    await d.after(7)
    if how == "pulled":
        await d.act("bob", Pull(inquiry_id="i1", reason="mine"))
    else:
        await d.set_presence("bob", "available")
        await d.accept("bob", "i1")
    await d.after(50)
    await d.complete("bob", "i1")
    counts = await counts_of(d, "general", "fraud")
    assert (counts.arrived, counts.accepted, counts.in_time, counts.wait_ms) == (1, 1, 1, 10_000)
    assert (counts.handled, counts.handle_ms) == (1, 50_000)
    assert counts.besides_ms == 100_000  # ada's turn
    assert counts.busy_s == 150


async def test_who_gives_up_after_somebody_had_them_has_waited_since(desk: MakeDesk) -> None:
    d = await make(desk)
    await d.act("ada", Requeue(inquiry_id="i1", reason="not mine"))
    await d.after(7)
    assert await d.leave("c1") == "abandoned"
    counts = await counts_of(d)
    assert (counts.accepted, counts.abandoned, counts.wait_ms) == (1, 1, 17_000)
    assert counts.patience_s == 17


@pytest.mark.parametrize("ends", ["by itself", "by the person"])
async def test_a_wrap_up_keeps_a_person_busy_and_is_no_handling(desk: MakeDesk, ends: str) -> None:
    d = desk(queues={"general": {"wrap_up_s": 30}}, presence=LONG)
    await d.sign_in("ada")
    await d.inquiry("i1")
    await d.accept("ada", "i1")
    await d.after(100)
    await d.complete("ada", "i1")
    if ends == "by itself":
        await d.after(30)
    else:
        await d.after(20)
        await d.act("ada", WrapUpDone(inquiry_id="i1"))
    counts = await counts_of(d)
    assert counts.handle_s == 100
    assert counts.busy_s == (130 if ends == "by itself" else 120)


@pytest.mark.parametrize("ends", ["completed", "a reply", "a message", "given on"])
async def test_a_pause_keeps_nobody_busy(desk: MakeDesk, ends: str) -> None:
    d = desk({"ada": {}, "bob": {}}, presence=LONG, release_silent_after_s=60)
    await d.sign_in("ada")
    await d.inquiry("i1", "c1")
    await d.accept("ada", "i1")
    await d.after(60)
    assert await d.held("ada") == {"i1": "paused"}
    await d.after(440)
    if ends == "given on":
        await d.sign_in("bob")
        await d.transfer("ada", "i1", to_agent="bob")
        await d.accept("bob", "i1")
        await d.complete("bob", "i1")
    else:
        if ends == "a reply":
            await d.reply("ada", "i1")
        elif ends == "a message":
            await d.inquiry("i2", "c1")
        await d.complete("ada", "i1")
    assert (await counts_of(d)).busy_s == 60


async def test_a_conversation_that_comes_back_later_counts_anew(desk: MakeDesk) -> None:
    d = await make(desk)
    await d.complete("ada", "i1")
    await d.set_presence("ada", "break")
    await d.inquiry("i2", "c1")
    await d.after(5)
    await d.set_presence("ada", "available")
    await d.accept("ada", "i2")
    counts = await counts_of(d)
    assert (counts.arrived, counts.accepted, counts.wait_ms) == (2, 2, 15_000)
