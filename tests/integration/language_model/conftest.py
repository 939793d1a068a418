"""A language model at an address of the test's choice, with its records in a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from services.language_model.calls import Calls
from services.language_model.endpoint import Endpoint
from services.language_model.model import LanguageModel, Price
from services.runtime.breaker import Breaker
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect

PRICE = Price(Decimal("0.15"), Decimal("0.60"), "EUR")
OPEN_S = 3600.0


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    clients = connect(redis_url)
    yield clients
    await clients.aclose()


@pytest.fixture
def build(redis: RedisClients, unique_name: str) -> Callable[..., Any]:
    @asynccontextmanager
    async def built(
        url: str, *, timeout_s: float = 5.0, per_hour: int = 10**9, per_conversation: int = 10**9
    ) -> AsyncIterator[LanguageModel]:
        calls = Calls(redis.commands, Keys(unique_name), per_hour, per_conversation)
        endpoint = Endpoint(url, "small", SecretStr("key-1"), timeout_s)
        model = LanguageModel(endpoint, calls, PRICE, Breaker(OPEN_S))
        yield model
        await model.aclose()

    return built
