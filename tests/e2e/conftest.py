"""The real router as a process, on topics and a desk of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service_process import PARTITIONS, ServiceProcess
from tests.model import trained_model
from warmline.client import Client
from warmline.client.broker import Broker
from warmline.client.provisioning import apply


@pytest.fixture(scope="session")
def model() -> Path:
    """The sample company's triage model; trained the first time, which takes a minute."""
    return trained_model()


@pytest.fixture
def router(
    kafka: str, redis_url: str, unique_name: str, model: Path, tmp_path: Path
) -> Iterator[ServiceProcess]:
    """Started; its topics are those of the topic table, sizes included."""
    service = ServiceProcess(
        "router",
        kafka,
        redis_url,
        unique_name,
        tmp_path / "router.log",
        settings={"WARMLINE_MODEL": str(model)},
    )
    apply(Broker(kafka), service.prefix, partitions=PARTITIONS)
    service.start()
    yield service
    service.end(signal.SIGKILL)


@pytest.fixture
def client(router: ServiceProcess) -> Iterator[Client]:
    with Client(router.kafka, router.prefix) as client:
        yield client
