"""Promises of callbacks: kept, missed, late; each once, on the record and in the measures."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.agents.insights import Insights
from services.agents.records import Records
from services.agents.relay import Relay
from services.agents.rules import Rules
from services.agents.tally import Counts, increments
from services.runtime.producer import KafkaPublisher
from services.runtime.redis import RedisClients
from tests.integration.agents.conftest import MakeDesk
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.unit.agents.build import configuration
from warmline.client import Client
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.events.work import Assignment, NotReached, Pull, Requeue

LONG = {"heartbeat_s": 3600, "grace_s": 3600}
RULES = {"after_s": 600, "within_s": 300, "attempts": 2, "retry_after_s": 900}


async def promised(desk: MakeDesk, **settings: Any) -> DeskUnderTest:
    """`i1` of conversation `c` is promised for in ten minutes, and kept within five more."""
    d = desk(
        {"ada": {}},
        queues={"general": {"overflow": {"unstaffed": "callback"}}},
        supervisors=("ada",),
        callbacks=RULES,
        presence=LONG,
        offer_timeout_s=3600,
        **settings,
    )
    await d.inquiry("i1", "c")
    return d


async def told(d: DeskUnderTest) -> list[tuple[str, str]]:
    """Step and promise of every step that names one."""
    return [
        (each["step"], each.get("promise", ""))
        for each in await d.outbox()
        if "promised_ms" in each
    ]


async def counts_of(d: DeskUnderTest) -> Counts:
    found = increments(await d.outbox(), d.configuration)
    tallies = [{f"{queue}|{what}": str(amount)} for (_, queue, what), amount in found.items()]
    return Counts.of(tallies, "general")


async def counted(d: DeskUnderTest) -> tuple[int, int, int, int]:
    """Promised, kept, missed, late."""
    counts = await counts_of(d)
    return counts.promised, counts.kept, counts.missed, counts.late


async def test_a_promise_taken_in_hand_in_time_is_kept(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    d.clock.advance(299)
    await d.accept("ada", "i1")
    assert await told(d) == [("promised", ""), ("accepted", "kept")]
    await d.after(100)
    await d.complete("ada", "i1")
    await d.after(1200)
    assert await counted(d) == (1, 1, 0, 0)


@pytest.mark.parametrize("timers", ["look", "are late"])
async def test_a_promise_taken_in_hand_too_late_was_missed_first(
    desk: MakeDesk, timers: str
) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    if timers == "look":
        await d.after(300)
    else:
        d.clock.advance(300)
    await d.accept("ada", "i1")
    assert await told(d) == [("promised", ""), ("missed", ""), ("accepted", "late")]
    assert (await d.steps("i1"))[-2:] == ["missed", "accepted ada"]
    await d.after(1200)
    assert await counted(d) == (1, 0, 1, 1)


async def test_a_promise_that_nobody_takes_is_missed_once(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.after(600)
    await d.after(299)
    assert await counted(d) == (1, 0, 0, 0)
    await d.after(1)
    await d.after(1200)
    assert await told(d) == [("promised", ""), ("missed", "")]
    assert (await d.work("i1")).state == "waiting"
    assert await counted(d) == (1, 0, 1, 0)
    assert await d.leave("c") == "abandoned"
    assert await counted(d) == (1, 0, 1, 0)


async def test_a_promise_counts_once_however_often_its_work_changes_hands(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    await d.accept("ada", "i1")
    await d.act("ada", Requeue(inquiry_id="i1", reason="ill"))
    await d.after(60)
    await d.accept("ada", "i1")
    await d.after(1200)
    assert await counted(d) == (1, 1, 0, 0)


async def test_each_attempt_is_a_promise_of_its_own(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    await d.after(900)
    await d.after(300)
    await d.accept("ada", "i1")
    assert [each for _, each in await told(d)] == ["", "kept", "", "", "late"]
    assert await counted(d) == (2, 1, 1, 1)


async def test_a_supervisor_who_pulls_what_was_promised_keeps_the_promise(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.act("ada", Pull(inquiry_id="i1", reason="she is on the line"))
    assert await told(d) == [("promised", ""), ("accepted", "kept")]
    await d.after(1200)
    assert await counted(d) == (1, 1, 0, 0)


async def test_a_customer_who_leaves_before_the_time_is_over_was_not_let_down(
    desk: MakeDesk,
) -> None:
    d = await promised(desk)
    await d.after(600)
    await d.leave("c")
    await d.after(1200)
    assert await counted(d) == (1, 0, 0, 0)


async def test_a_promise_given_anew_was_missed_and_was_no_attempt(desk: MakeDesk) -> None:
    d = desk(
        {"ada": {}},
        queues={
            "general": {
                "overflow": {"unstaffed": "callback", "too_long": "callback", "too_long_s": 60}
            }
        },
        callbacks=RULES,
        presence=LONG,
    )
    await d.inquiry("i1", "c")
    await d.after(60)  # too long, but it has a date
    await d.after(540)
    await d.inquiry("more", "c", priority_min=9)  # more urgent: it begins to wait anew
    await d.after(60)
    assert await told(d) == [("promised", ""), ("missed", ""), ("promised", "")]
    assert [each.get("notice") for each in await d.outbox() if each["step"] == "promised"] == [
        "promised",
        "promised",
    ]
    assert await counted(d) == (2, 0, 1, 0)
    await d.sign_in("ada")
    await d.after(600)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    assert (await d.work("i1")).state == "promised"
    assert (await d.outbox())[-1]["reason"] == "not reached, attempt 1 of 2"


async def test_promises_are_on_the_topic_and_in_the_measures(
    kafka: str, redis: RedisClients, unique_name: str
) -> None:
    prefix = f"{unique_name}."
    apply(Broker(kafka), prefix)
    publisher = KafkaPublisher(kafka, prefix, "test", "/test")
    await publisher.start()
    d = await promised(
        lambda *people, **rest: redis_desk(configuration(*people, **rest), redis, unique_name)
    )
    assert d.redis is not None
    assert d.keys is not None
    await d.inquiry("i2")
    await d.after(600)
    await d.sign_in("ada")
    await d.accept("ada", "i1")
    await d.after(300)
    counted_as = ("warmline_agents_callbacks_total", {"promise": "missed"})
    before = REGISTRY.get_sample_value(*counted_as) or 0.0
    relay = Relay(d.redis, d.keys, "relay", 10, lambda: d.configuration)
    assert await relay.turn(publisher) > 0
    await publisher.stop()
    assert REGISTRY.get_sample_value(*counted_as) == before + 1

    def read() -> list[Assignment]:
        with Client(kafka, prefix) as client:
            steps = client.consume("assignments", from_beginning=True, to_end=True)
            return [each.event.data for each in steps]

    by_inquiry = {(step.inquiry_id, step.step): step for step in await asyncio.to_thread(read)}
    kept, missed = by_inquiry["i1", "accepted"], by_inquiry["i2", "missed"]
    assert (kept.promise, missed.promise) == ("kept", None)
    assert kept.promised_at == missed.promised_at == by_inquiry["i1", "promised"].promised_at
    insights = Insights(
        d.redis,
        d.keys,
        Records(d.redis.commands, d.keys),
        Rules(d.configuration),
        lambda: datetime.fromtimestamp(d.clock.ms / 1000, UTC),
    )
    counts = (await insights.measures(1))["general"]
    assert (counts.promised, counts.kept, counts.missed, counts.late) == (2, 1, 1, 0)
    assert counts.kept_share == 0.5


async def test_the_days_before_a_callback_are_neither_service_level_nor_patience(
    desk: MakeDesk,
) -> None:
    d = await promised(desk)
    await d.sign_in("ada")
    await d.after(600)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    await d.after(900)
    epoch = await d.accept("ada", "i1")
    await d.act("ada", NotReached(inquiry_id="i1", epoch=epoch))
    assert (await d.steps("i1"))[-1] == "abandoned ada"
    await d.inquiry("i2")
    await d.accept("ada", "i2")
    counts = await counts_of(d)
    assert (counts.arrived, counts.accepted, counts.abandoned, counts.wait_ms) == (2, 1, 0, 0)
    assert counts.service_level == 1
    assert counts.kept == 2


async def test_who_leaves_after_the_promised_moment_has_not_stood_in_line(desk: MakeDesk) -> None:
    d = await promised(desk)
    await d.after(1500)
    assert await d.leave("c") == "abandoned"
    counts = await counts_of(d)
    assert (counts.promised, counts.missed) == (1, 1)
    assert (counts.arrived, counts.abandoned, counts.wait_ms) == (1, 0, 0)
