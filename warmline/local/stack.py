"""Kafka and Redis together: one folder, up, down, status."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from warmline.errors import ConfigurationError
from warmline.local import programs
from warmline.local.kafka import KafkaBroker
from warmline.local.ports import free_port, is_free
from warmline.local.progress import Progress, silent
from warmline.local.redis import RedisServer

DEFAULT_FOLDER = Path(".warmline")
KAFKA = "kafka"
REDIS = "redis"
BOTH = (KAFKA, REDIS)


@dataclass(frozen=True)
class Ports:
    """Kept in `stack.json`, so that the addresses survive a restart."""

    kafka: int
    kafka_controller: int
    redis: int

    @classmethod
    def free(cls) -> Ports:
        return cls(kafka=free_port(), kafka_controller=free_port(), redis=free_port())


class Stack:
    """The local servers of one folder; commands that run one after the other find the same ones.

    `cache` holds Kafka's jars and may be shared by many stacks (default: `<folder>/cache`). With
    `die_with_parent` the servers end when the thread that started them does.
    """

    def __init__(
        self,
        folder: Path = DEFAULT_FOLDER,
        *,
        cache: Path | None = None,
        die_with_parent: bool = False,
    ) -> None:
        self.folder = folder.resolve()
        self._cache = cache or self.folder / "cache"
        self._die_with_parent = die_with_parent
        self._state_file = self.folder / "stack.json"
        self._use(self._remembered_ports() or Ports.free())

    def up(self, progress: Progress = silent) -> list[str]:
        """Starts what does not run and returns when all of it answers.

        Returns the names of the servers that this call started, to be given to `down` by a caller
        that must leave alone what ran before; after a failure or Ctrl-C none of them runs. Raises
        `MissingProgramError` or `ServerStartError`.
        """
        programs.ensure(progress)
        started: list[str] = []
        with self._locked():
            self._settle_ports()
            try:
                for name, server in ((REDIS, self.redis), (KAFKA, self.kafka)):
                    if server.pid is None:
                        started.append(name)
                    server.start(progress)
            except BaseException:
                self._stop(started, progress)
                raise
        return started

    def down(self, progress: Progress = silent, names: Collection[str] = BOTH) -> list[str]:
        """Stops the named servers; returns the names of those that ran. Their data stays."""
        if not self.folder.exists():
            return []
        with self._locked():
            return self._stop(names, progress)

    def status(self) -> dict[str, Any]:
        """JSON-able; an address is where the server is or, while it is down, was last."""
        return {
            "folder": str(self.folder),
            KAFKA: {"bootstrap": self.kafka.bootstrap, "pid": self.kafka.pid},
            REDIS: {"url": self.redis.url, "pid": self.redis.pid},
        }

    def _stop(self, names: Collection[str], progress: Progress) -> list[str]:
        stopped = []
        for name, server in ((KAFKA, self.kafka), (REDIS, self.redis)):
            if name in names and server.pid is not None:
                progress(f"Stopping {name.capitalize()}")
                server.stop()
                stopped.append(name)
        return stopped

    def _use(self, ports: Ports) -> None:
        self._ports = ports
        self.kafka = KafkaBroker(
            self.folder / KAFKA,
            self._cache,
            ports.kafka,
            ports.kafka_controller,
            die_with_parent=self._die_with_parent,
        )
        self.redis = RedisServer(
            self.folder / REDIS, ports.redis, die_with_parent=self._die_with_parent
        )

    def _settle_ports(self) -> None:
        """Takes over the ports another command has written meanwhile, and replaces taken ones."""
        self._use(self._remembered_ports() or self._ports)
        ours = {
            *(("kafka", "kafka_controller") if self.kafka.pid else ()),
            *(("redis",) if self.redis.pid else ()),
        }
        taken = {
            name: free_port()
            for name, port in asdict(self._ports).items()
            if name not in ours and not is_free(port)
        }
        if taken:
            self._use(replace(self._ports, **taken))
        self._state_file.write_text(json.dumps({"version": 1, "ports": asdict(self._ports)}))

    def _remembered_ports(self) -> Ports | None:
        try:
            ports = json.loads(self._state_file.read_text())["ports"]
            return Ports(**{port.name: int(ports[port.name]) for port in fields(Ports)})
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{self._state_file} is damaged ({error!r}). Stop what still runs by the pids in "
                f"{self.folder}/*/*.pid, then delete {self._state_file}."
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One command at a time starts or stops; the kernel frees the lock of a dead one."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock_file = (self.folder / "lock").open("a")
        except PermissionError as error:
            raise ConfigurationError(
                f"{self.folder} cannot be written. If another user (root?) has made it: "
                f"`sudo chown -R $USER {self.folder}`, or delete it."
            ) from error
        with lock_file as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
