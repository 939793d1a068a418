"""The desk to test: the plain one and the one in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.runtime.redis import RedisClients, connect
from tests.integration.agents.desks import DeskUnderTest, memory_desk, redis_desk
from tests.integration.agents.explained import explained
from tests.integration.agents.service_desk import api, worker
from tests.unit.agents.build import configuration

__all__ = ["api", "explained", "worker"]

MakeDesk = Callable[..., DeskUnderTest]


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


@pytest.fixture(params=["memory", "redis"])
def desk(request: pytest.FixtureRequest, redis: RedisClients, unique_name: str) -> MakeDesk:
    """Makes a desk with the people, queues and settings that are given, see `build.configuration`."""

    def make(*people: Any, **settings: Any) -> DeskUnderTest:
        built = configuration(*people, **settings)
        if request.param == "memory":
            return memory_desk(built)
        return redis_desk(built, redis, unique_name)

    return make
