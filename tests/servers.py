"""Real servers for tests, and waiting for what they do."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from warmline.local.debian import apt_command, can_install, install_packages
from warmline.local.kafka import KafkaBroker
from warmline.local.ports import free_port
from warmline.local.redis import RedisServer

T = TypeVar("T")

# Shared with the developer's own stack: the jars are fetched once per checkout.
JARS_CACHE = Path(__file__).resolve().parents[1] / ".warmline" / "cache"

_POLL_S = 0.02


@contextmanager
def running_kafka(folder: Path) -> Iterator[KafkaBroker]:
    """A broker of its own, for tests that kill it; all others share the fixture `kafka`.

    It ends with the `with` block, and with the test process however that ends.
    """
    broker = KafkaBroker(folder, JARS_CACHE, free_port(), free_port(), die_with_parent=True)
    try:
        broker.start(print)
        yield broker
    finally:
        broker.stop()


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """As `running_kafka`, for Redis."""
    server = RedisServer(folder, free_port(), die_with_parent=True)
    try:
        server.start(print)
        yield server
    finally:
        server.stop()


def eventually(condition: Callable[[], T], timeout_s: float = 10.0) -> T:
    """Calls `condition` until it returns something true and returns that; fails after `timeout_s`.

    An exception of the condition is a fault and not waited out.
    """
    deadline = time.monotonic() + timeout_s
    while not (value := condition()):
        _check(deadline, timeout_s, value)
        time.sleep(_POLL_S)
    return value


async def eventually_async(condition: Callable[[], Awaitable[T]], timeout_s: float = 10.0) -> T:
    """As `eventually`, for a condition that is awaited."""
    deadline = time.monotonic() + timeout_s
    while not (value := await condition()):
        _check(deadline, timeout_s, value)
        await asyncio.sleep(_POLL_S)
    return value


def _check(deadline: float, timeout_s: float, value: object) -> None:
    if time.monotonic() > deadline:
        raise AssertionError(f"still {value!r} after {timeout_s} s")


def require_kcat() -> str:
    """librdkafka's command line, installed where that is allowed; else the test is skipped."""
    if shutil.which("kcat") is None and can_install():
        install_packages(["kcat"])
    found = shutil.which("kcat")
    if found is None:
        pytest.skip(f"kcat is not installed: sudo {apt_command(['kcat'])}")
    return found
