"""Reading a topic again: some time of it, one key of it, and how far back it goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient

from services.runtime.clock import millis
from services.runtime.rereading import Reach, holds_any, reach_of, read_again
from services.runtime.settings import ServiceSettings
from tests.integration.service_process import Prepare, ServiceProcess
from warmline.errors import UnavailableError
from warmline.events import DeskChange, Event
from warmline.topics import DESK_CHANGES, DESK_FILES

AT = datetime.now(UTC)


def change(number: int, subject: str) -> Event[Any]:
    changed = DeskChange(
        change="drained", subject=subject, by="sue", reason="-", config_version="v"
    )
    return Event(f"e{number}", "/test", AT + timedelta(seconds=number), changed)


async def ids(settings: ServiceSettings, **some: Any) -> list[str]:
    return [
        kept.event.id
        async for batch in read_again(settings, DESK_CHANGES, **some)
        for kept in batch
    ]


def settings_of(places: ServiceProcess) -> ServiceSettings:
    return ServiceSettings(kafka_bootstrap=places.kafka, topic_prefix=places.prefix)


async def test_a_key_a_time_and_the_first_of_a_topic(prepared: Prepare) -> None:
    places = prepared("agents")
    settings = settings_of(places)
    places.publish(DESK_CHANGES, [change(0, "ada"), change(1, "bo"), change(2, "ada")])
    now_ms = millis(datetime.now(UTC))
    assert await ids(settings) == ["e0", "e1", "e2"]
    assert await ids(settings, key="ada") == ["e0", "e2"]
    assert await ids(settings, first_only=True) == ["e0"]
    assert await ids(settings, until_ms=now_ms + 60_000) == ["e0", "e1", "e2"]
    assert await ids(settings, until_ms=now_ms - 60_000) == []
    assert await ids(settings, since_ms=now_ms + 60_000) == []


async def test_whether_a_topic_holds_anything(prepared: Prepare) -> None:
    places = prepared("agents")
    settings = settings_of(places)
    assert not await holds_any(settings, [DESK_CHANGES, DESK_FILES])
    places.publish(DESK_CHANGES, [change(0, "ada")])
    assert await holds_any(settings, [DESK_CHANGES, DESK_FILES])
    assert not await holds_any(settings, [DESK_FILES])


async def test_how_far_back_a_topic_goes(prepared: Prepare) -> None:
    places = prepared("agents")
    settings = settings_of(places)
    assert await reach_of(settings, DESK_FILES) == Reach(None, True)
    places.publish(DESK_CHANGES, [change(number, "ada") for number in range(3)])
    assert await reach_of(settings, DESK_CHANGES) == Reach(millis(AT), True)
    admin = KafkaAdminClient(bootstrap_servers=places.kafka)
    admin.delete_records({TopicPartition(settings.topic(DESK_CHANGES.name), 0): 2})
    admin.close()
    later = Reach(millis(AT + timedelta(seconds=2)), False)
    assert await reach_of(settings, DESK_CHANGES) == later


async def test_a_topic_that_is_not_there_is_not_taken_for_an_empty_one(
    kafka: str, unique_name: str
) -> None:
    settings = ServiceSettings(kafka_bootstrap=kafka, topic_prefix=f"{unique_name}.")
    with pytest.raises(UnavailableError, match="warmline topics apply"):
        await ids(settings)
