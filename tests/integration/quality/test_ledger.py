"""The ledger on a real Redis: many writers, crashes between its steps, and nothing ends twice."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.quality.closing import LOOKS_MAX, Closing, endless
from services.quality.handlers import Recorder
from services.quality.ledger import CLOSED_TTL_MS, conversations, visits
from services.quality.returning import Returning
from services.quality.returns import Window
from services.quality.rules import Timing
from services.runtime.applied import Applied
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.unit.quality.stories import STORIES
from tests.unit.quality.world import ASSUME_AFTER_MS, CONVERSATION, World
from warmline.errors import UnavailableError
from warmline.events import Decision, Erasure, Event, Evidence, Handover, Outcome

WINDOW = Window(length_ms=10 * ASSUME_AFTER_MS, settle_ms=500)
TIMING = Timing(assume_after_ms=ASSUME_AFTER_MS, settle_ms=500, lease_ms=1000)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms / 1000, UTC)


class Kafka:
    """Keeps what is published; fails as often as asked, before or after the record was written."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.evidence: list[Evidence] = []
        self.published = asyncio.Event()
        self.ids: list[str] = []
        self.events: list[Event[Any]] = []
        self.fail_before = 0
        self.fail_after = 0

    async def publish(self, outputs: Sequence[Output]) -> None:
        if self.fail_before:
            self.fail_before -= 1
            raise UnavailableError("before")
        for output in outputs:
            if isinstance(output.event.data, Evidence):
                self.evidence.append(output.event.data)
                continue
            assert isinstance(output.event.data, Outcome)
            self.outcomes.append(output.event.data)
            self.ids.append(output.event.id)
            self.events.append(output.event)
        self.published.set()
        if self.fail_after:
            self.fail_after -= 1
            raise UnavailableError("after")


class Desk:
    """One quality service over a desk of its own; `again` is another replica of it."""

    def __init__(
        self, redis: RedisClients, name: str, clock: Clock, applied: Applied | None = None
    ) -> None:
        self.redis = redis.commands
        self.keys = Keys(name)
        self.clock = clock
        self.ledger = conversations(redis.commands, self.keys, TIMING, applied)
        self.visits = visits(redis.commands, self.keys, WINDOW, applied)
        self.recorder = Recorder(self.ledger, self.visits, clock)
        self.closing = Closing(self.ledger, self.visits, TIMING, clock)
        self.returning = Returning(self.visits, WINDOW, clock)


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> Desk:
    return Desk(redis, unique_name, Clock(0))


def world(*stories: Callable[[World], None]) -> World:
    made = World(itertools.cycle([7, 40, 300]))
    for story in stories:
        story(made)
    return made


def renamed(event: Event[Any], conversation_id: str) -> Event[Any]:
    """The same event in a conversation of another id."""
    data = event.data
    match data:
        case Decision():
            inquiry = data.inquiry.model_copy(update={"conversation_id": conversation_id})
            data = data.model_copy(update={"inquiry": inquiry})
        case Handover():
            inner = renamed(Event("x", "/test", event.time, data.decision), conversation_id)
            data = data.model_copy(update={"decision": inner.data})
        case _:
            data = data.model_copy(update={"conversation_id": conversation_id})
    return Event(event.id, event.source, event.time, data)


def kinds(kafka: Kafka) -> dict[str, str]:
    return {outcome.inquiry_id: outcome.kind for outcome in kafka.outcomes}


async def test_every_story_ends_as_it_should_and_once(desk: Desk) -> None:
    made = world(*STORIES)
    kafka = Kafka()
    desk.clock.now_ms = made.now_ms
    written = [output for some in await desk.recorder.record(made.events) for output in some]
    decided = [event for event in made.events if isinstance(event.data, Decision)]
    assert [output.event.data.kind for output in written] == ["reading"] * len(decided)  # type: ignore[attr-defined]
    desk.clock.now_ms += ASSUME_AFTER_MS + TIMING.settle_ms
    await desk.closing.round(kafka)
    assert kinds(kafka) == made.expected
    assert len(kafka.ids) == len(set(kafka.ids)) == len(made.expected)

    await desk.recorder.record(made.events)
    desk.clock.now_ms += 10 * ASSUME_AFTER_MS
    await desk.closing.round(kafka)
    assert len(kafka.ids) == len(made.expected)


async def test_topics_read_side_by_side_lose_no_news(desk: Desk) -> None:
    made = world(*STORIES)
    kafka = Kafka()
    desk.clock.now_ms = made.now_ms
    await asyncio.gather(*(desk.recorder.record([event]) for event in made.events))
    desk.clock.now_ms += ASSUME_AFTER_MS + TIMING.settle_ms
    await desk.closing.round(kafka)
    assert kinds(kafka) == made.expected


@pytest.mark.parametrize("crash", ["before", "after"])
async def test_a_crash_around_publishing_repeats_the_same_outcome(desk: Desk, crash: str) -> None:
    made = world(STORIES[2])
    kafka = Kafka()
    setattr(kafka, f"fail_{crash}", 1)
    desk.clock.now_ms = made.now_ms
    await desk.recorder.record(made.events)
    desk.clock.now_ms += ASSUME_AFTER_MS + TIMING.settle_ms
    with pytest.raises(UnavailableError):
        await desk.closing.round(kafka)

    desk.clock.now_ms += TIMING.lease_ms - 1
    assert await desk.closing.round(kafka) == 0
    desk.clock.now_ms += 1
    assert await desk.closing.round(kafka) == 1
    assert len(kafka.ids) == (1 if crash == "before" else 2)
    assert len({(event.id, event.time, str(event.data)) for event in kafka.events}) == 1

    desk.clock.now_ms += 10 * ASSUME_AFTER_MS
    assert await desk.closing.round(kafka) == 0


async def test_news_between_concluding_and_publishing_changes_no_outcome(desk: Desk) -> None:
    made = world(STORIES[2])
    kafka = Kafka()
    kafka.fail_before = 1
    await desk.recorder.record(made.events)
    desk.clock.now_ms = made.now_ms + ASSUME_AFTER_MS + TIMING.settle_ms
    with pytest.raises(UnavailableError):
        await desk.closing.round(kafka)
    made.say("helped", "i0")
    await desk.recorder.record(made.events[-1:])
    desk.clock.now_ms += TIMING.lease_ms + TIMING.settle_ms
    await desk.closing.round(kafka)
    assert kinds(kafka) == {"i0": "assumed"}


async def test_replicas_share_the_work_without_doing_it_twice(
    desk: Desk, redis: RedisClients, unique_name: str
) -> None:
    made = world(STORIES[2])
    count = LOOKS_MAX + 50
    events = [renamed(event, f"c{n}") for n in range(count) for event in made.events]
    await desk.recorder.record(events)
    desk.clock.now_ms = made.now_ms + ASSUME_AFTER_MS + TIMING.settle_ms
    other = Desk(redis, unique_name, desk.clock)
    kafka = Kafka()
    looked = await asyncio.gather(desk.closing.round(kafka), other.closing.round(kafka))
    assert sorted(looked) == [50, LOOKS_MAX]
    assert {outcome.conversation_id for outcome in kafka.outcomes} == {
        f"c{n}" for n in range(count)
    }
    assert len(kafka.outcomes) == count


async def test_an_open_inquiry_is_kept_and_an_ended_one_expires(desk: Desk) -> None:
    made = world(STORIES[2])
    key = desk.keys.ledger(CONVERSATION)
    await desk.recorder.record(made.events)
    assert await desk.redis.pttl(key) == -1
    desk.clock.now_ms = made.now_ms + ASSUME_AFTER_MS + TIMING.settle_ms
    await desk.closing.round(Kafka())
    assert 0 < await desk.redis.pttl(key) <= CLOSED_TTL_MS
    assert await desk.redis.zcard(desk.keys.ledger_due()) == 0


async def test_the_timer_goes_on_when_kafka_comes_back(desk: Desk) -> None:
    made = world(STORIES[0])
    kafka = Kafka()
    kafka.fail_before = 2
    desk.clock.now_ms = made.now_ms
    await desk.recorder.record(made.events)
    desk.clock.now_ms += ASSUME_AFTER_MS

    def later() -> datetime:
        desk.clock.now_ms += TIMING.lease_ms
        return desk.clock()

    closing = Closing(desk.ledger, desk.visits, TIMING, later)
    running = asyncio.create_task(endless(closing.round, kafka, retry_for_s=30))
    try:
        async with asyncio.timeout(10):
            await kafka.published.wait()
    finally:
        running.cancel()
    assert kinds(kafka) == {"i0": "confirmed"}


async def test_the_timer_stops_the_process_when_kafka_stays_away(desk: Desk) -> None:
    made = world(STORIES[0])
    kafka = Kafka()
    kafka.fail_before = 10**6
    await desk.recorder.record(made.events)

    def later() -> datetime:
        desk.clock.now_ms += made.now_ms + ASSUME_AFTER_MS
        return desk.clock()

    closing = Closing(desk.ledger, desk.visits, TIMING, later)
    async with asyncio.timeout(10):
        with pytest.raises(UnavailableError):
            await endless(closing.round, kafka, retry_for_s=0.3)


async def test_a_return_corrects_the_outcome_once_though_publishing_breaks(desk: Desk) -> None:
    kafka = Kafka()
    made = world(STORIES[0])
    await desk.recorder.record(made.events)
    desk.clock.now_ms = made.now_ms + ASSUME_AFTER_MS
    await desk.closing.round(kafka)
    made.wait(ASSUME_AFTER_MS)
    made.decide(made.new_inquiry("handed_off"), "human")
    back = renamed(made.events[-1], "another-conversation")
    await desk.recorder.record([back])
    desk.clock.now_ms += ASSUME_AFTER_MS
    kafka.fail_after = 1
    with pytest.raises(UnavailableError):
        await desk.returning.round(kafka)
    desk.clock.now_ms += 60_000
    await desk.returning.round(kafka)
    desk.clock.now_ms += 60_000
    assert await desk.returning.round(kafka) == 0
    corrections = [one for one in kafka.outcomes if one.revision]
    assert {(one.inquiry_id, one.kind, one.reversed_by) for one in corrections} == {
        ("i0", "confirmed", "i1")
    }
    assert len({event.id for event in kafka.events}) == 2


async def test_an_erased_customer_has_no_visits(desk: Desk) -> None:
    await desk.recorder.record(world(STORIES[0]).events)
    assert await desk.redis.exists(desk.keys.visits("k1"))
    erasure = Erasure(erasure_id="x", customer_id="k1")
    await desk.recorder.erase([Event("x", "/test", datetime.now(UTC), erasure)])
    assert not await desk.redis.exists(desk.keys.visits("k1"))
