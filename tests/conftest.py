"""Fixtures that every test may ask for; marks each test by its folder."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.servers import running_kafka, running_redis

# A landing must not depend on luck: chance is for the developer's own runs.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

_TESTS = Path(__file__).parent
_MARKED_FOLDERS = {"integration", "e2e", "chaos"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_TESTS):
            folder = item.path.relative_to(_TESTS).parts[0]
            if folder in _MARKED_FOLDERS:
                item.add_marker(folder)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bootstrap address of one broker for the whole session, such as `127.0.0.1:23456`."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of one Redis for the whole session."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture
def unique_name(request: pytest.FixtureRequest) -> str:
    """A name of this run of this test alone: prefix of its topics, name of its desk, its group.

    Begins with the test's own name, so that what a test left behind tells whose it is; letters,
    digits and `-` only, at most 49 characters, as topics and desks require.
    """
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return f"{name[:40].strip('-')}-{secrets.token_hex(4)}"
