"""Services as processes, for every test that needs one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

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
