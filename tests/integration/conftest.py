"""What integration tests share beside the servers themselves."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.runtime.redis import RedisClients, connect
from tests.integration.service_process import Prepare, ServiceProcess


@pytest.fixture
def prepared(kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Iterator[Prepare]:
    """Makes the one service under test, with topics of its own, not started yet; killed where it still runs
    at the end."""
    made: list[ServiceProcess] = []

    def prepare(
        service: str, settings: dict[str, str] | None = None, arguments: tuple[str, ...] = ()
    ) -> ServiceProcess:
        log = tmp_path / f"{service}.log"
        process = ServiceProcess(
            service, kafka, redis_url, unique_name, log, settings or {}, arguments
        )
        process.create_topics()
        made.append(process)
        return process

    yield prepare
    for process in made:
        if process.process is not None:
            process.end(signal.SIGKILL)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClients]:
    """Clients of the session's Redis; each test has a desk of its own there."""
    clients = connect(redis_url)
    yield clients
    await clients.aclose()
