"""From the outbox to the topics: nothing missing, nothing twice under another id, whatever breaks when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.agents.brief import from_decision
from services.agents.past import place_of
from services.agents.placing import new_work
from services.agents.relay import Relay
from services.agents.rules import Rules
from services.agents.wishes import WISH_S
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents.desks import DeskUnderTest, redis_desk
from tests.servers import eventually_async
from tests.unit.agents.build import configuration, decision
from warmline.errors import ContractError, UnavailableError
from warmline.events.draft import DraftVerdict
from warmline.events.envelope import event_id
from warmline.events.work import CloseQueue, Complete, Drain, RejectDraft, Reprioritise
from warmline.topics import ASSIGNMENTS, DESK_CHANGES, DESK_PEOPLE, DRAFTS, REPLIES


@dataclass
class Topics:
    """A publisher that keeps what it gets; `before` may break a call before, `after` behind the write."""

    written: list[Output] = field(default_factory=list)
    before: Callable[[Sequence[Output]], None] = lambda _: None
    after: Callable[[Sequence[Output]], None] = lambda _: None

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.before(outputs)
        self.written += outputs
        self.after(outputs)

    def steps(self) -> list[tuple[str, int]]:
        return [
            (output.event.data.inquiry_id, output.event.data.seq)  # type: ignore[attr-defined]
            for output in self.written
            if output.topic is ASSIGNMENTS
        ]


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> DeskUnderTest:
    return redis_desk(configuration(), redis, unique_name)


def relay(desk: DeskUnderTest, token: str = "this", retry_for_s: float = 10) -> Relay:  # noqa: S107
    assert desk.redis is not None
    assert desk.keys is not None
    return Relay(desk.redis, desk.keys, token, retry_for_s, lambda: desk.configuration)


async def work_through(desk: DeskUnderTest, *names: str) -> None:
    await desk.sign_in("ada")
    for name in names:
        await desk.inquiry(name)
        await desk.accept("ada", name)
        await desk.reply("ada", name, f"about {name}")
        await desk.complete("ada", name)


async def test_every_step_is_published_in_order_and_then_gone(desk: DeskUnderTest) -> None:
    await work_through(desk, "i1", "i2")
    topics = Topics()
    assert await relay(desk).turn(topics) == 11
    assert topics.steps() == [(name, seq) for name in ("i1", "i2") for seq in range(1, 6)]
    replies: list[Any] = [each.event for each in topics.written if each.topic is REPLIES]
    assert [(reply.data.text, reply.data.by, reply.data.epoch) for reply in replies] == [
        ("about i1", "person", 2),
        ("about i2", "person", 2),
    ]
    assert all(reply.id == reply.data.reply_id for reply in replies)
    assert await desk.written() == []


async def test_what_joined_the_work_is_forgotten_as_long_after_its_end_as_the_work_itself(
    desk: DeskUnderTest,
) -> None:
    assert desk.redis is not None
    assert desk.keys is not None
    await desk.inquiry("i1", "c")
    await desk.inquiry("i2", "c")
    await desk.inquiry("left", "d")
    await desk.inquiry("left-too", "d")
    await desk.inquiry("open", "e")
    await desk.inquiry("open-too", "e")
    await desk.leave("d")
    await desk.sign_in("ada")
    await desk.accept("ada", "i1")
    await desk.complete("ada", "i1")
    await relay(desk).turn(Topics())
    texts = ("i1", "i2", "left", "left-too", "open", "open-too")
    kept = [await desk.redis.commands.pttl(desk.keys.details(each)) for each in texts]
    assert [left_ms > 0 for left_ms in kept] == [True, True, True, True, False, False]


async def test_people_are_published_in_one_order_with_the_steps(desk: DeskUnderTest) -> None:
    await desk.inquiry("i1")
    await desk.sign_in("ada")
    await desk.set_presence("ada", "break", "lunch")
    topics = Topics()
    await relay(desk).turn(topics)
    told: list[Any] = [each.event.data for each in topics.written]
    assert [each.step if each.KIND == "assignment" else each.presence for each in told] == [
        "enqueued",
        "available",
        "offered",
        "rescinded",
        "break",
    ]
    assert {each.topic for each in topics.written} == {ASSIGNMENTS, DESK_PEOPLE}
    orders = [place_of(each.desk_order) for each in told]
    assert orders == sorted(set(orders))
    assert (told[1].held, told[1].turn, told[4].turn, told[4].turns) == ((), 0, 1, 1)


async def test_a_verdict_and_what_was_said_at_the_end_are_published_and_counted(
    desk: DeskUnderTest,
) -> None:
    await desk.sign_in("ada")
    assert desk.keys is not None
    await desk.inquiry("i1", proposal="Soon.", topic=desk.keys.desk)  # a count of its own
    epoch = await desk.accept("ada", "i1")
    await desk.act("ada", RejectDraft(inquiry_id="i1", epoch=epoch, reason="wrong"), "k-1")
    ends = Complete(inquiry_id="i1", epoch=epoch, customer_had_to_repeat=True)
    await desk.act("ada", ends, "k-2")
    topics = Topics()
    assert await relay(desk).turn(topics) == 6
    (judged,) = (each.event for each in topics.written if each.topic is DRAFTS)
    assert judged.id == event_id(event_id("i1", "proposal"), "verdict")
    assert isinstance(judged.data, DraftVerdict)
    last: Any = topics.written[-1].event.data
    assert (last.step, last.customer_had_to_repeat, last.reason) == ("completed", True, None)
    labels = {"topic": last.topic, "language": "en", "repeated": "yes"}
    name = "warmline_agents_customer_had_to_repeat_total"
    assert REGISTRY.get_sample_value(name, labels) == 1
    assert await desk.written() == []


async def test_what_supervisors_change_is_published_beside_the_steps(
    redis: RedisClients, unique_name: str
) -> None:
    desk = redis_desk(configuration(supervisors=("sue",)), redis, unique_name)
    await desk.sign_in("ada")
    await desk.inquiry("i1")
    await desk.act("sue", Drain(of_agent="ada", reason="shift ends"), "k-drain")
    await desk.act("sue", CloseQueue(queue="fraud", reason="fire drill"), "k-close")
    await desk.act("sue", Reprioritise(inquiry_id="i1", priority_min=5, reason="a journalist"))
    topics = Topics()
    assert await relay(desk).turn(topics) == 8
    changes: list[Any] = [each.event for each in topics.written if each.topic is DESK_CHANGES]
    assert [(each.data.change, each.data.subject, each.data.by) for each in changes] == [
        ("drained", "ada", "sue"),
        ("queue_closed", "fraud", "sue"),
    ]
    assert changes[0].id == event_id("k-drain", "desk_change")
    last: Any = topics.written[-1].event.data
    assert (last.step, last.by, last.reason) == ("reprioritised", "sue", "a journalist")
    assert await desk.written() == []


async def test_a_promise_is_published_with_its_moment(
    redis: RedisClients, unique_name: str
) -> None:
    overflow = {"general": {"overflow": {"unstaffed": "callback"}}}
    desk = redis_desk(configuration(queues=overflow), redis, unique_name)
    await desk.inquiry("i1")
    topics = Topics()
    await relay(desk).turn(topics)
    promised: Any = topics.written[-1].event.data
    assert promised.step == "promised"
    assert promised.promised_at.timestamp() * 1000 == desk.clock.ms + 1_800_000


async def test_a_notice_in_another_language_is_counted(
    redis: RedisClients, unique_name: str
) -> None:
    named = "warmline_agents_notices_in_another_language_total"
    before = REGISTRY.get_sample_value(named, {"language": "fr"}) or 0
    desk = redis_desk(
        configuration(
            queues={"general": {"overflow": {"unstaffed": "callback"}}},
            callbacks={"notices": {"promised": {"en": "At {time}."}}},
        ),
        redis,
        unique_name,
    )
    await desk.inquiry("i1", language="fr")
    await desk.inquiry("i2", language="en")
    topics = Topics()
    await relay(desk).turn(topics)
    said: list[Any] = [each.event.data for each in topics.written if each.topic is REPLIES]
    assert [each.language for each in said] == ["en", "en"]
    assert REGISTRY.get_sample_value(named, {"language": "fr"}) == before + 1
    assert REGISTRY.get_sample_value(named, {"language": "en"}) is None


async def test_what_was_not_acknowledged_is_published_again_with_the_same_ids(
    desk: DeskUnderTest,
) -> None:
    await work_through(desk, "i1")

    def fails_once(_: Sequence[Output]) -> None:
        topics.after = lambda _: None
        raise UnavailableError("the answer was lost")

    topics = Topics(after=fails_once)
    with pytest.raises(UnavailableError):
        await relay(desk).turn(topics)
    assert len(await desk.outbox()) == 5
    await relay(desk).turn(topics)
    assert [each.event.id for each in topics.written[:7]] == [
        each.event.id for each in topics.written[7:]
    ]
    assert await desk.written() == []


async def test_a_relay_that_dies_before_trimming_leaves_everything_to_the_next(
    desk: DeskUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await work_through(desk, "i1")
    dying = relay(desk)

    async def dies(*_: Any, **__: Any) -> None:
        raise ConnectionError("killed")

    monkeypatch.setattr(dying, "_trim", dies)
    first, second = Topics(), Topics()
    with pytest.raises(ConnectionError):
        await dying.turn(first)
    await relay(desk).turn(second)
    assert [each.event.id for each in first.written] == [each.event.id for each in second.written]


async def test_a_passing_fault_is_waited_out(desk: DeskUnderTest) -> None:
    await work_through(desk, "i1")
    faults = iter(range(3))

    def fails_thrice(_: Sequence[Output]) -> None:
        if next(faults, None) is not None:
            raise UnavailableError("no broker")

    topics = Topics(before=fails_thrice)
    running = asyncio.create_task(relay(desk).run(topics))
    await eventually_async(lambda: _is_empty(desk))
    running.cancel()
    assert len(topics.steps()) == 5


async def test_a_lasting_fault_stops_the_relay_and_trims_nothing(desk: DeskUnderTest) -> None:
    await work_through(desk, "i1")

    def fails(_: Sequence[Output]) -> None:
        raise UnavailableError("no broker")

    with pytest.raises(UnavailableError):
        await relay(desk, retry_for_s=0.3).run(Topics(before=fails))
    assert len(await desk.outbox()) == 5


async def test_only_one_relay_of_a_desk_publishes(desk: DeskUnderTest) -> None:
    await work_through(desk, "i1")
    first, second = Topics(), Topics()
    standing_by = relay(desk, "other")
    await relay(desk, "this").turn(first)
    await work_through(desk, "i2")
    assert await standing_by.turn(second) == 0
    assert second.written == []


async def test_another_relay_takes_over_when_the_first_is_gone(
    desk: DeskUnderTest, redis: RedisClients
) -> None:
    await work_through(desk, "i1")
    await relay(desk, "this").turn(Topics())
    assert desk.keys is not None
    assert 0 < await redis.commands.pttl(desk.keys.relay()) <= 6000
    await redis.commands.pexpire(desk.keys.relay(), 1)
    await work_through(desk, "i2")
    topics = Topics()
    other = relay(desk, "other")
    await eventually_async(lambda: _has_published(other, topics))
    assert topics.steps()[0] == ("i2", 1)


async def test_an_entry_that_no_topic_can_carry_does_not_stop_the_others(
    desk: DeskUnderTest, redis: RedisClients
) -> None:
    await work_through(desk, "i1", "i2")

    def refuses_one(outputs: Sequence[Output]) -> None:
        for output in outputs:
            if output.topic is REPLIES and output.event.data.inquiry_id == "i1":  # type: ignore[attr-defined]
                raise ContractError("cannot be written")

    topics = Topics(before=refuses_one)
    await relay(desk).turn(topics)
    assert ("i1", 4) not in topics.steps()
    assert len(topics.steps()) == 9
    assert desk.keys is not None
    ((_, kept),) = await _entries(redis, desk.keys)
    assert (kept["inquiry_id"], kept["step"], kept["set_aside"]) == (
        "i1",
        "replied",
        "ContractError",
    )


async def _entries(redis: RedisClients, keys: Keys) -> list[Any]:
    entries: Any = await redis.commands.xrange(keys.set_aside())
    return list(entries)


async def _is_empty(desk: DeskUnderTest) -> bool:
    return not await desk.written()


async def _has_published(relay: Relay, topics: Topics) -> bool:
    return await relay.turn(topics) > 0


async def test_it_measures_how_long_who_asked_for_a_person_has_waited(
    redis: RedisClients, unique_name: str
) -> None:
    desk = redis_desk(
        configuration({"ada": {"auto_accept": True}, "bob": {"auto_accept": True}}),
        redis,
        unique_name,
    )
    before = _wishes()
    await desk.sign_in("ada")
    await desk.inquiry("i1")
    made = decision({"inquiry_id": "i2", "conversation_id": "c-i2"})
    wish = new_work(
        Rules(desk.configuration),
        made,
        cause_id="cause-i2",
        reason="explicit_wish",
        brief=from_decision(made),
        arrival_ms=desk.clock.ms,
        decided_ms=desk.clock.ms,
        now_ms=desk.clock.ms,
        asked_at=made.received_at + timedelta(seconds=2),
    )
    await desk.pool.enqueue([wish])
    desk.clock.advance(7)
    await desk.complete("ada", "i1")
    await relay(desk).turn(Topics())
    waited_s, wishes = _wishes()
    assert (waited_s - before[0], wishes - before[1]) == (5, 1)
    await desk.sign_in("bob")
    await desk.transfer("ada", "i2", to_queue="fraud")
    assert (await desk.work("i2")).state == "accepted"
    await relay(desk).turn(Topics())
    assert _wishes() == (waited_s, wishes)


def _wishes() -> tuple[float, float]:
    (metric,) = WISH_S.collect()
    by_name = {sample.name.rsplit("_", 1)[1]: sample.value for sample in metric.samples}
    return by_name["sum"], by_name["count"]
