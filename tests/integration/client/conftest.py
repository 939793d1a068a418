"""A client on topics of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from warmline.client import Client
from warmline.client.broker import Broker
from warmline.client.provisioning import apply


@pytest.fixture
def prefix(kafka: str, unique_name: str) -> str:
    """The prefix of topics that exist, with two partitions each."""
    prefix = f"{unique_name}."
    apply(Broker(kafka), prefix, partitions=2)
    return prefix


@pytest.fixture
def client(kafka: str, prefix: str) -> Iterator[Client]:
    with Client(kafka, prefix, timeout_s=20) as client:
        yield client
