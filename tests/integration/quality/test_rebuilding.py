"""Redis loses the ledger: the topics bring it back as it was, and nothing ends twice or never."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.quality.auditing import audits
from services.quality.audits import Sampling
from services.quality.handlers import conversation_of
from services.quality.lives import Conversation
from services.quality.rebuilding import Rebuilding
from services.quality.returns import Visits
from services.quality.settings import QualitySettings
from services.runtime.applied import Applied
from services.runtime.clock import millis
from services.runtime.errors import LostWritesError
from services.runtime.handling import Output
from services.runtime.redis import RedisClients, connect
from tests.integration.quality.test_ledger import (
    TIMING,
    WINDOW,
    Clock,
    Desk,
    world,
)
from tests.integration.quality.test_service import conversations as stories
from tests.integration.quality.test_service import topic_of
from tests.integration.service_process import ServiceProcess
from tests.unit.quality.stories import STORIES, silent
from tests.unit.quality.world import ASSUME_AFTER_MS, CONVERSATION
from warmline.events import Erasure, Event
from warmline.topics import ERASURES, OUTCOMES


class Topics:
    """A publisher onto real topics, for one call at a time."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process

    async def publish(self, outputs: Sequence[Output]) -> None:
        self.process.publish_all((output.topic, output.event) for output in outputs)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


@pytest.fixture
def topics(kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Topics:
    process = ServiceProcess("quality", kafka, redis_url, unique_name, tmp_path / "quality.log")
    process.create_topics()
    return Topics(process)


@pytest.fixture
def desk(redis: RedisClients, unique_name: str) -> Desk:
    return Desk(redis, unique_name, Clock(0))


def rebuilding(desk: Desk, topics: Topics) -> Rebuilding:
    process = topics.process
    settings = QualitySettings(kafka_bootstrap=process.kafka, topic_prefix=process.prefix)
    records = audits(desk.redis, desk.keys, SAMPLING)
    return Rebuilding(settings, desk.ledger, desk.visits, records, WINDOW, desk.clock)


SAMPLING = Sampling(share=1, double_share=0, seed="1", open_max=50, expires_ms=10**9)


async def wipe(desk: Desk) -> None:
    async for key in desk.redis.scan_iter(desk.keys.work().removesuffix("work") + "*"):
        await desk.redis.delete(key)


async def live_through(desk: Desk, topics: Topics, events: Sequence[Event[Any]]) -> None:
    """Everything is read, and what has ended by now is published."""
    desk.clock.now_ms = max(millis(event.time) for event in events)
    topics.process.publish_all((topic_of(event), event) for event in events)
    written = await desk.recorder.record(events)
    await topics.publish([output for some in written for output in some])
    desk.clock.now_ms += TIMING.settle_ms
    await desk.closing.round(topics)


async def known(desk: Desk, *conversation_ids: str) -> tuple[list[Conversation], Visits]:
    """Without the moments at which something was learnt or concluded."""
    ids = conversation_ids or (CONVERSATION,)
    found = await desk.ledger.update(dict.fromkeys(ids, lambda one: one))
    visits = (await desk.visits.update({"k1": lambda one: one}))["k1"]
    return [_settled(found[each]) for each in ids], visits.model_copy(update={"changed_ms": 0})


def _settled(conversation: Conversation) -> Conversation:
    lives = {
        inquiry_id: life.model_copy(update={"concluded_ms": 0, "told": tuple(sorted(life.told))})
        for inquiry_id, life in sorted(conversation.lives.items())
    }
    return conversation.model_copy(update={"changed_ms": 0, "lives": lives})


async def test_every_story_is_known_again_as_it_was(desk: Desk, topics: Topics) -> None:
    events, _ = stories(0)
    await live_through(desk, topics, events)
    ids = sorted({conversation_of(event) for event in events})
    before = await known(desk, *ids)
    assert all(conversation.lives for conversation in before[0])
    await wipe(desk)
    assert await known(desk, *ids) == ([Conversation()] * len(ids), Visits())
    assert await rebuilding(desk, topics).restore() == len(ids)
    assert await known(desk, *ids) == before


async def test_what_was_open_ends_at_its_time_and_what_has_ended_does_not_end_again(
    desk: Desk, topics: Topics
) -> None:
    made = world(*STORIES, silent)
    await live_through(desk, topics, made.events)
    ended = {event.data.inquiry_id for event in topics.process.read(OUTCOMES)}
    assert 0 < len(ended) < len(made.expected)
    await wipe(desk)
    await rebuilding(desk, topics).restore()
    desk.clock.now_ms += ASSUME_AFTER_MS + TIMING.settle_ms
    await desk.closing.round(topics)
    await desk.returning.round(topics)
    found = [event for event in topics.process.read(OUTCOMES) if not event.data.revision]
    assert {event.data.inquiry_id: event.data.kind for event in found} == made.expected
    assert len(found) == len(made.expected)


async def test_a_conversation_that_redis_knows_is_as_it_was_after_a_rebuild(
    desk: Desk, topics: Topics
) -> None:
    await live_through(desk, topics, world(*STORIES).events)
    before = await known(desk)
    await rebuilding(desk, topics).restore()
    assert await known(desk) == before


async def test_a_customer_who_was_forgotten_stays_so(desk: Desk, topics: Topics) -> None:
    made = world(STORIES[0])
    await live_through(desk, topics, made.events)
    desk.clock.now_ms += 1000
    erasure = Event("x1", "/test", desk.clock(), Erasure(erasure_id="x1", customer_id="k1"))
    topics.process.publish(ERASURES, [erasure])
    await wipe(desk)
    await rebuilding(desk, topics).restore()
    _, visits = await known(desk)
    assert visits.visits == {}


async def test_what_ended_longer_ago_than_it_is_kept_is_left_out(
    desk: Desk, topics: Topics
) -> None:
    await live_through(desk, topics, world(STORIES[0]).events)
    await wipe(desk)
    desk.clock.now_ms += 8 * 24 * 3600 * 1000
    assert await rebuilding(desk, topics).restore() == 0


async def test_nothing_is_concluded_while_the_ledger_is_empty(
    desk: Desk, topics: Topics, redis: RedisClients
) -> None:
    applied = Applied(redis.commands, desk.keys.applied("ledger"))
    await applied.begin()
    guarded = Desk(redis, desk.keys.desk, desk.clock, applied)
    await live_through(guarded, topics, world(*STORIES).events)
    await wipe(desk)
    await rebuilding(desk, topics).restore()
    desk.clock.now_ms += ASSUME_AFTER_MS + TIMING.settle_ms
    for round_ in (guarded.closing.round, guarded.returning.round):
        with pytest.raises(LostWritesError):
            await round_(topics)
    with pytest.raises(LostWritesError):
        await guarded.recorder.record(world(STORIES[0]).events)
