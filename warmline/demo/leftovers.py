"""What earlier demonstrations left behind, and removing it, so that every run starts clean."""

from __future__ import annotations

import fcntl
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from warmline.client.broker import Broker
from warmline.demo.services import stop_all
from warmline.errors import ConfigurationError, UnavailableError
from warmline.local.processes import Process

NAME_PREFIX = "demo-"
_PREFIX = re.compile(rf"^{NAME_PREFIX}[0-9a-f]{{8}}\.")
_KEYS = f"wl:{{{NAME_PREFIX}????????}}:*"
_SCAN_COUNT = 1000
_LOADING_S = 20.0
_RETRY_S = 0.3


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Raises ConfigurationError while another demonstration of this folder runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"another demonstration is running here (it holds {folder / 'lock'}): "
                "wait for its end, or stop it with Ctrl-C"
            ) from None
        yield


class Kept:
    """The processes and servers that a run with `--keep` left running, written to a file."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._file = folder / "kept.json"
        self._logs = logs

    def remember(self, processes: Sequence[str], servers: Sequence[str]) -> None:
        """`servers` are those that `Stack.up` started."""
        self._file.write_text(json.dumps({"processes": [*processes], "servers": [*servers]}))

    def stop(self) -> list[str] | None:
        """Stops the processes and returns the servers to be stopped; None where nothing was kept."""
        try:
            kept = json.loads(self._file.read_text())
        except FileNotFoundError:
            return None
        stop_all([Process(name, [], self._logs) for name in kept["processes"]])
        self._file.unlink()
        servers: list[str] = kept["servers"]
        return servers


def remove_topics(broker: Broker) -> int:
    """Removes the topics and consumer groups of earlier runs; returns how many topics there were.
    Others stay. A broker that has just started is given time to load its groups."""
    deadline = time.monotonic() + _LOADING_S
    removed = 0
    while True:
        try:
            removed += _delete_topics(broker)
            _delete_groups(broker)
            return removed
        except UnavailableError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)


def _delete_topics(broker: Broker) -> int:
    with broker.admin() as admin:
        old = [name for name in admin.list_topics() if _PREFIX.match(name)]
        if old:
            admin.delete_topics(old)
    return len(old)


def _delete_groups(broker: Broker) -> None:
    with broker.admin() as admin:
        groups = [group["group_id"] for group in admin.list_groups()]
        if old := [group for group in groups if _PREFIX.match(group)]:
            admin.delete_groups(old)


def remove_keys(redis_url: str) -> int:
    """Removes the desks of earlier runs from Redis; returns how many keys there were."""
    removed = 0
    with Redis.from_url(redis_url) as redis:
        batch: list[bytes] = []
        for key in redis.scan_iter(match=_KEYS, count=_SCAN_COUNT):
            batch.append(key)
            if len(batch) == _SCAN_COUNT:
                removed += redis.unlink(*batch)
                batch.clear()
        if batch:
            removed += redis.unlink(*batch)
    return removed
