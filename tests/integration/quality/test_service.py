"""The quality service as a process, on real Kafka and Redis."""

from __future__ import annotations

import itertools
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.runtime.processing import EXIT_FAIL_STOP
from tests.integration.quality.test_ledger import renamed
from tests.integration.service_process import Prepare, ServiceProcess
from tests.servers import eventually
from tests.unit.quality.stories import STORIES, silent, thanks_too_late
from tests.unit.quality.world import World
from warmline.events import Assignment, Decision, Event, Feedback, Handover, Outcome, Reply
from warmline.topics import (
    ASSIGNMENTS,
    FEEDBACK,
    HANDOFFS,
    OUTCOMES,
    REPLIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    Topic,
)

ROUNDS = 4


@pytest.fixture
def quality(prepared: Prepare) -> ServiceProcess:
    """It does not wait long for silence."""
    return prepared("quality", {"WARMLINE_ASSUME_AFTER_S": "5", "WARMLINE_SETTLE_S": "2"})


def topic_of(event: Event[Any]) -> Topic:
    match event.data:
        case Decision():
            return ROUTED_BOT if event.data.route == "bot" else ROUTED_HUMAN
        case Handover():
            return HANDOFFS
        case Reply():
            return REPLIES
        case Assignment():
            return ASSIGNMENTS
        case Feedback():
            return FEEDBACK
    raise AssertionError(event)


def conversations(turn: int) -> tuple[list[Event[Any]], dict[str, str]]:
    """Every story once, as of now, with inquiry ids of its own."""
    events: list[Event[Any]] = []
    expected: dict[str, str] = {}
    for number, story in enumerate(story for story in STORIES if story is not thanks_too_late):
        name = f"{turn}-{number}"
        world = World(itertools.repeat(10))
        story(world)
        late_by = datetime.now(UTC) - world.events[-1].time
        events += [_own(event, name, late_by) for event in world.events]
        expected |= {f"{name}-{inquiry}": kind for inquiry, kind in world.expected.items()}
    return events, expected


def _own(event: Event[Any], name: str, later: timedelta) -> Event[Any]:
    moved = renamed(event, f"c-{name}")
    json = moved.data.model_dump_json()
    for number in range(3):
        json = json.replace(f'"i{number}"', f'"{name}-i{number}"')
    data = type(moved.data).model_validate_json(json)
    if isinstance(data, Decision):
        data = data.model_copy(update={"received_at": data.received_at + later})
    if isinstance(data, Handover):
        inner = data.decision.model_copy(update={"received_at": data.decision.received_at + later})
        data = data.model_copy(update={"decision": inner})
    return Event(f"{name}-{event.id}", event.source, event.time + later, data)


def test_every_inquiry_ends_once_as_it_should_while_the_service_is_killed(
    quality: ServiceProcess,
) -> None:
    def ended() -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        for event in quality.read(OUTCOMES):
            if event.data.revision:
                continue
            known = found.setdefault(event.data.inquiry_id, event.data)
            assert known == event.data, "an inquiry ended in two ways"
        return found

    expected: dict[str, str] = {}
    for turn in range(ROUNDS):
        before = len(expected)
        events, ends = conversations(turn)
        expected |= ends
        quality.publish_all((topic_of(event), event) for event in events)
        quality.start()
        eventually(lambda before=before: len(ended()) > before, 60)  # type: ignore[misc]
        if turn < ROUNDS - 1:
            quality.end(signal.SIGKILL)
    found = eventually(lambda: found if len(found := ended()) == len(expected) else None, 60)
    assert found is not None
    assert {inquiry_id: outcome.kind for inquiry_id, outcome in found.items()} == expected
    assert quality.end() == 0


def test_an_empty_redis_ends_nothing_twice_and_forgets_no_timer(quality: ServiceProcess) -> None:
    """Lost while some have ended and some wait for their time: each ends once, as it should."""
    quality.settings |= {"WARMLINE_ASSUME_AFTER_S": "30"}
    events, expected = conversations(0)
    process = quality.start()
    quality.publish_all((topic_of(event), event) for event in events)
    at_once = sum(kind != "assumed" for kind in expected.values())
    eventually(lambda: 0 < len(quality.read(OUTCOMES)) >= at_once // 2, 60)
    eventually(lambda: quality.committed(ROUTED_BOT) > 0, 30)
    quality.lose_everything()
    assert process.wait(30) == EXIT_FAIL_STOP
    quality.start()

    def ended() -> list[Outcome]:
        return [event.data for event in quality.read(OUTCOMES) if not event.data.revision]

    eventually(lambda: {outcome.inquiry_id for outcome in ended()} == set(expected), 90)
    assert "rebuilt from Kafka" in quality.log.read_text()
    assert {outcome.inquiry_id: outcome.kind for outcome in ended()} == expected
    assert len(set(ended())) == len(expected)
    assert quality.end() == 0


def test_silence_is_noticed_without_further_news(quality: ServiceProcess) -> None:
    world = World(itertools.repeat(10))
    silent(world)
    later = datetime.now(UTC) - world.events[-1].time
    quality.publish_all((topic_of(event), _own(event, "s", later)) for event in world.events)
    quality.start()
    [outcome] = eventually(lambda: quality.read(OUTCOMES), 60)
    assert outcome.data.kind == "assumed"
    answered_at = world.events[-1].time + later
    silent_for = outcome.time - answered_at
    assert round(silent_for / timedelta(milliseconds=1)) in (4999, 5000)
