"""One Redis server on a loopback port, with its data in a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from warmline.local import programs
from warmline.local.ports import LOOPBACK
from warmline.local.processes import Process
from warmline.local.progress import Progress
from warmline.local.readiness import wait_until_ready

_READY_TIMEOUT_S = 60.0
_ANSWER_TIMEOUT_S = 1.0

# `noeviction`: a full Redis must refuse, not forget a waiting customer. `everysec`: a crash of the
# process loses nothing, a crash of the machine at most a second, which Kafka still has.
_CONFIG = """\
bind {host}
protected-mode yes
port {port}
dir "{data}"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


class RedisServer:
    """A `redis-server` in `folder`; `kill` and `start` again keep port and data."""

    def __init__(self, folder: Path, port: int, *, die_with_parent: bool = False) -> None:
        self.port = port
        self._folder = folder.resolve()
        self._config = self._folder / "redis.conf"
        self._process = Process(
            "redis", ["redis-server"], self._folder, die_with_parent=die_with_parent
        )

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def start(self, progress: Progress) -> None:
        """Returns when Redis answers and has loaded its data; does nothing if it runs.

        Raises `MissingProgramError`, or `ServerStartError` with the end of its log.
        """
        if self.pid is None:
            self._process.argv = [str(programs.require(programs.REDIS)), str(self._config)]
            self._write_config()
            progress("Starting Redis")
            self._process.start()
        wait_until_ready(self._process, self._answers, _READY_TIMEOUT_S)

    def stop(self) -> None:
        self._process.stop()

    def kill(self) -> None:
        """As a crash: SIGKILL."""
        self._process.kill()

    def wipe(self) -> None:
        """As the loss of the machine: a crash, and its data is gone."""
        self._process.kill()
        shutil.rmtree(self._folder / "data")

    def _write_config(self) -> None:
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        self._config.write_text(_CONFIG.format(host=LOOPBACK, port=self.port, data=data))

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url, socket_timeout=_ANSWER_TIMEOUT_S) as client:
                # Another server on our port would answer too; only ours has our pid.
                return bool(client.info("server")["process_id"] == self.pid)
        except RedisError:
            return False
