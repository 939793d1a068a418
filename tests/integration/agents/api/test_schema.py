"""The API answers as its own schema says, whatever is sent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.servers import eventually
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.local.ports import free_port

LONGER_S = 60
"""Than anybody may wait for work."""


@pytest.fixture
def address(kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Iterator[str]:
    """The API as a process."""
    port = free_port()
    prefix = f"{unique_name}."
    apply(Broker(kafka), prefix)
    environment = {
        **os.environ,
        "WARMLINE_KAFKA_BOOTSTRAP": kafka,
        "WARMLINE_TOPIC_PREFIX": prefix,
        "WARMLINE_REDIS_URL": redis_url,
        "WARMLINE_DESK": unique_name[-32:].strip("-"),
        "WARMLINE_API_PORT": str(port),
    }
    log = (tmp_path / "api.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "services.agents", "api"], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _is_up(url), 30)
        yield url
    finally:
        process.terminate()
        assert process.wait(15) == 0
        log.close()


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/queues").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.filterwarnings("ignore")  # of the libraries that make up requests
def test_whatever_is_sent_the_answer_is_as_the_schema_says(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]

        @given(case=operation.as_strategy())
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        def check(case: Any) -> None:
            # that a text must say something is more than a schema can tell
            case.call_and_validate(excluded_checks=[positive_data_acceptance], timeout=LONGER_S)

        check()
