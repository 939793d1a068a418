"""Kafka, Redis, every service and the simulated people, each its own process, and their deaths."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis

from tests.chaos.plan import REDIS, WIPED, Wipe
from tests.servers import running_kafka, running_redis
from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.demo.company import HISTORY, copy_company
from warmline.demo.licences import begin_with_history
from warmline.demo.services import Crew, Part, Say, Wiring
from warmline.local.kafka import KafkaBroker
from warmline.local.ports import LOOPBACK, free_port
from warmline.local.redis import RedisServer

PREFIX = "chaos."
DESK = "chaos"
KAFKA = "kafka"
_PACE = 4
_DESK = frozenset(
    "work people serves waiting heads free due outbox desk classes applied:desk relay sampler teller "
    "tally command seen ended details set_aside".split()
)
"""The parts of `services.runtime.keys` that the agents service alone writes."""


def _is_of_desk(key: str) -> bool:
    part, _, rest = key.split(":", 2)[2].partition(":")
    return part in _DESK or f"{part}:{rest}" in _DESK


@dataclass(frozen=True, slots=True)
class Restart:
    """`target` was started again at `at`; for Kafka, which is stopped, not killed, likewise."""

    target: str
    at: datetime


@dataclass
class System:
    """Use it from one thread. What ends by itself is started again; what was killed waits for
    `revive`."""

    kafka: KafkaBroker
    redis: RedisServer
    crew: Crew
    worker: ThreadPoolExecutor
    say: Say
    parts: dict[str, Part] = field(default_factory=dict)
    restarts: list[Restart] = field(default_factory=list)
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    kafka_restart: Future[None] | None = None

    @property
    def broker(self) -> Broker:
        return Broker(self.kafka.bootstrap, timeout_s=60.0)

    def started_at(self, target: str) -> datetime | None:
        """When it was started last; None while it is down."""
        alive = self.redis.pid if target == REDIS else self.parts[target].process.pid
        if alive is None:
            return None
        starts = [restart.at for restart in self.restarts if restart.target == target]
        return max(starts, default=self.began)

    def kill(self, target: str) -> None:
        self.say(f"SIGKILL {target}")
        if target == REDIS:
            self.redis.kill()
            return
        part = self.parts[target]
        self.crew.parts.remove(part)
        part.process.kill()

    def revive(self, target: str) -> None:
        self.restarts.append(Restart(target, datetime.now(UTC)))
        if target == REDIS:
            self.redis.start(self._quiet)
            return
        part = self.parts[target]
        part.process.start()
        self.crew.parts.append(part)

    def wipe_redis(self, what: Wipe) -> None:
        """All of it with Redis itself, as when its machine is lost; the desk under its services' hands."""
        self.restarts.append(Restart(WIPED, datetime.now(UTC)))
        if what == "all":
            self.say("SIGKILL redis, and all its data is gone")
            self.redis.wipe()
            self.redis.start(self._quiet)
            return
        with Redis.from_url(self.redis.url, decode_responses=True) as client:
            lost = [key for key in client.scan_iter(count=1000) if _is_of_desk(key)]
            client.delete(*lost)
        self.say(f"the desk is gone from Redis: {len(lost)} keys")

    def restart_kafka(self) -> None:
        """Returns at once. Its own thread, because both steps take seconds, and one that lives
        until Kafka is stopped, because Kafka dies with the thread that has started it."""
        self.kafka_restart = self.worker.submit(self._restart_kafka)

    def _restart_kafka(self) -> None:
        self.say("stopping Kafka")
        self.kafka.stop()
        self.say("Kafka has stopped")
        self.restarts.append(Restart(KAFKA, datetime.now(UTC)))
        self.kafka.start(self._quiet)
        self.say("Kafka is back")

    def look_after(self) -> None:
        self.crew.look_after()
        if self.kafka_restart is not None and self.kafka_restart.done():
            self.kafka_restart.result()

    @staticmethod
    def _quiet(step: str) -> None:
        pass


@contextmanager
def running_system(folder: Path, model: Path, seed: int, say: Say) -> Iterator[System]:
    """Everything is ready when the block begins and stopped when it ends; `folder` keeps logs and
    data."""
    crew = Crew(say)
    with (
        ThreadPoolExecutor(1) as worker,
        running_kafka(folder / "kafka") as kafka,
        running_redis(folder / "redis") as redis,
    ):
        system = System(kafka, redis, crew, worker, say)
        try:
            _start(system, folder, model, seed)
            yield system
        finally:
            if system.kafka_restart is not None:
                system.kafka_restart.exception()
            crew.stop()


def _start(system: System, folder: Path, model: Path, seed: int) -> None:
    apply(system.broker, PREFIX)
    wiring = Wiring(
        bootstrap=system.kafka.bootstrap,
        redis_url=system.redis.url,
        prefix=PREFIX,
        desk=DESK,
        company=copy_company(folder / "company"),
        model=model,
        logs=folder / "logs",
        die_with_parent=True,
    )
    api_port = free_port()
    services = wiring.services(api_port)
    system.parts = {part.name: part for part in services}
    system.crew.start(services)
    system.crew.wait_until_ready(lambda _: None)
    begin_with_history(system.broker, PREFIX, wiring.company / HISTORY)
    url = f"http://{LOOPBACK}:{api_port}"
    argv = ["-m", "warmline.demo.people", url, str(wiring.company), str(_PACE), str(seed)]
    system.crew.start([Part(wiring.process("people", argv, {}))])
