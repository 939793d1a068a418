"""The sample company's desk, served."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import Desk, served


@pytest.fixture
async def desk(redis_url: str, redis: RedisClients, unique_name: str) -> AsyncIterator[Desk]:
    async with served(redis_url, redis, unique_name) as desk:
        yield desk
