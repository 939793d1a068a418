"""A desk with the servers' own clock, published to Kafka as a worker does it, and the API that explains
it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.agents.api_explain import ExplainApi
from services.agents.config import Configuration
from services.agents.engine import RedisPool
from services.agents.explaining import Explaining
from services.agents.problems import install
from services.agents.recorded import Recorded
from services.agents.relay import Relay
from services.agents.settings import AgentsSettings
from services.agents.versions import publish_files
from services.runtime.keys import Keys
from services.runtime.producer import KafkaPublisher
from services.runtime.redis import RedisClients
from tests.integration.agents.desks import Clock, DeskUnderTest
from tests.integration.service_process import Prepare
from tests.servers import eventually_async
from tests.unit.agents.build import configuration

ADA_AND_BO: dict[str, dict[str, Any]] = {"ada": {"skills": {"cards": 1}}, "bo": {}}
DESK: dict[str, Any] = {"offer_timeout_s": 1, "reoffer_after_s": 60}


@dataclass
class Explained:
    """A desk with the servers' own clock, what is published of it, and the API that explains it."""

    desk: DeskUnderTest
    publisher: KafkaPublisher
    client: httpx.AsyncClient
    relay: Relay

    async def takes_into_use(self, changed: Configuration) -> None:
        await publish_files(self.publisher, changed, datetime.now(UTC))
        await self.desk.reconfigure(changed)

    async def inquiry(self, name: str, **made: Any) -> None:
        self.desk.clock.ms = int(time.time() * 1000)
        await self.desk.inquiry(name, received_at=datetime.now(UTC), **made)

    async def steps_until(self, name: str, last: str) -> None:
        """Lets the timers work until an inquiry has taken this step."""

        async def has() -> bool:
            await self.desk.pool.tick()
            return (await self.desk.steps(name))[-1:] == [last]

        await eventually_async(has, 20)

    async def moments(self, name: str) -> list[dict[str, Any]]:
        """Everything is published first; each with `people`: why, by person."""
        while await self.relay.turn(self.publisher):
            pass
        answer = await self.client.get(f"/inquiries/{name}/explanation")
        assert answer.status_code == 200, answer.text
        moments: list[dict[str, Any]] = answer.json()["moments"]
        for each in moments:
            each["people"] = {one["agent_id"]: one["why"] for one in each["candidates"]}
        return moments


@pytest.fixture
async def explained(kafka: str, redis: RedisClients, prepared: Prepare) -> AsyncIterator[Explained]:
    """The test itself does what a worker does."""
    places = prepared("agents")
    built, keys = configuration(ADA_AND_BO, **DESK), Keys(places.desk)
    pool = RedisPool(redis.commands, keys, built, clock=lambda: datetime.now(UTC))
    settings = AgentsSettings.model_validate(
        {"kafka_bootstrap": kafka, "topic_prefix": places.prefix, "desk": keys.desk}
    )
    explaining = Explaining(pool.records, pool.rules, Recorded(settings), lambda: datetime.now(UTC))
    app = FastAPI()
    app.include_router(ExplainApi(explaining).routes())
    install(app)
    publisher = KafkaPublisher(kafka, places.prefix, "test", "/test")
    await publisher.start()
    await publish_files(publisher, built, datetime.now(UTC))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk/v1") as client:
        desk = DeskUnderTest(built, Clock(), pool, redis, keys)
        relay = Relay(redis, keys, "relay", 10.0, lambda: pool.rules.configuration)
        yield Explained(desk, publisher, client, relay)
    await publisher.stop()
