"""The services as processes of their own: started, awaited, watched over and stopped."""

from __future__ import annotations

import http.client
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from warmline.demo.company import AUTHORIZATION, CHECKOUT, ORDERS
from warmline.errors import ServerStartError
from warmline.local.ports import LOOPBACK, free_port
from warmline.local.processes import Process

EXIT_FAIL_STOP = 70
EXIT_CONFIGURATION = 78

ASSUME_AFTER_S = 5.0
"""Instead of a day: a simulated customer who says nothing is taken as content this soon."""

_INTAKE_WAIT_S = 4.0
_SETTLE_S = 1.0
_READY_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 15.0
_POLL_S = 0.1
_RESTARTS_MAX = 5

Say = Callable[[str], None]


@dataclass
class Part:
    """One process. `port` answers `/readyz`; None where readiness is not asked for."""

    process: Process
    port: int | None = None
    was_ready: bool = field(default=False, init=False)
    restarts: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        return self.process.name

    def ready(self) -> bool:
        if self.port is not None and answers(self.port, "/readyz"):
            self.was_ready = True
        return self.was_ready


@dataclass(frozen=True)
class Wiring:
    """What every service of a run is told, by its environment. `orders_port` and `orders_secret` are of the
    company's order system; port None: it has none."""

    bootstrap: str
    redis_url: str
    prefix: str
    desk: str
    company: Path
    model: Path
    logs: Path
    die_with_parent: bool
    orders_port: int | None = None
    orders_secret: str = ""

    def service(self, name: str, *argv: str, **settings: str) -> Part:
        port = free_port()
        shared = {
            "WARMLINE_KAFKA_BOOTSTRAP": self.bootstrap,
            "WARMLINE_REDIS_URL": self.redis_url,
            "WARMLINE_TOPIC_PREFIX": self.prefix,
            "WARMLINE_DESK": self.desk,
            "WARMLINE_HEALTH_PORT": str(port),
        }
        return Part(self.process(name, ["-m", *argv], shared | settings), port)

    def process(self, name: str, argv: Sequence[str], settings: Mapping[str, str]) -> Process:
        """Of this Python, with no other setting of Warmline's than `settings`: what somebody has
        exported for their own services must not reach ours."""
        foreign = [key for key in os.environ if key.startswith("WARMLINE_") and key not in settings]
        return Process(
            name,
            ["env", *(f"--unset={key}" for key in foreign), sys.executable, *argv],
            self.logs,
            env=settings,
            cwd=CHECKOUT,
            die_with_parent=self.die_with_parent,
        )

    def orders(self) -> list[Part]:
        """The order system; the bot goes on without it when it is away."""
        if self.orders_port is None:
            return []
        argv = ["-m", "warmline.demo.orders", str(self.orders_port), str(self.company / ORDERS)]
        process = self.process("orders", argv, {AUTHORIZATION: self.orders_secret})
        return [Part(process, self.orders_port)]

    def services(self, api_port: int) -> list[Part]:
        company = str(self.company)
        return [
            *self.orders(),
            self.service(
                "router", "services.router",
                WARMLINE_COMPANY=company, WARMLINE_MODEL=str(self.model),
            ),
            self.service(
                "bot", "services.bot",
                WARMLINE_COMPANY=company, WARMLINE_INTAKE_WAIT_S=str(_INTAKE_WAIT_S),
                **({AUTHORIZATION: self.orders_secret} if self.orders_port is not None else {}),
            ),
            self.service("agents-worker", "services.agents", "worker", WARMLINE_COMPANY=company),
            self.service(
                "agents-api", "services.agents", "api",
                WARMLINE_COMPANY=company, WARMLINE_API_PORT=str(api_port),
            ),
            self.service(
                "quality", "services.quality", WARMLINE_COMPANY=company,
                WARMLINE_ASSUME_AFTER_S=str(ASSUME_AFTER_S), WARMLINE_SETTLE_S=str(_SETTLE_S),
                WARMLINE_AUDIT_SHARE="1",
            ),
        ]  # fmt: skip


class Crew:
    """All processes of a run. Use it from one thread that lives as long as they shall."""

    def __init__(self, say: Say) -> None:
        self.parts: list[Part] = []
        self._say = say

    def start(self, parts: Sequence[Part]) -> None:
        """Starts all of them at once; see `wait_until_ready`."""
        for part in parts:
            self.parts.append(part)
            part.process.log_file.unlink(missing_ok=True)
            part.process.start()

    def wait_until_ready(self, tick: Callable[[Sequence[str]], None]) -> None:
        """Calls `tick` with the names of those that are not ready yet. Raises ServerStartError with
        the end of a log and what to do."""
        deadline = time.monotonic() + _READY_TIMEOUT_S
        waiting = [part for part in self.parts if part.port is not None]
        while waiting:
            self.look_after()
            waiting = [part for part in waiting if not part.ready()]
            tick([part.name for part in waiting])
            if waiting and time.monotonic() > deadline:
                raise ServerStartError(
                    f"{waiting[0].name} is not ready after {_READY_TIMEOUT_S:.0f} s. {_log(waiting[0])}"
                )
            time.sleep(_POLL_S)

    def look_after(self) -> None:
        """Restarts what has ended: a service that cannot go on without losing something stops, and
        goes on where it was when it is started again. Raises ServerStartError where that is no use."""
        for part in self.parts:
            if not part.process.alive:
                self._restart(part)

    def _restart(self, part: Part) -> None:
        code = part.process.exit_code
        never_ran = part.port is not None and not part.was_ready and code != EXIT_FAIL_STOP
        if code == EXIT_CONFIGURATION or never_ran or part.restarts >= _RESTARTS_MAX:
            raise ServerStartError(
                f"{part.name} cannot run: it ended with code {code}. {_log(part)}"
            )
        part.restarts += 1
        why = "it stopped itself to lose nothing" if code == EXIT_FAIL_STOP else f"code {code}"
        self._say(f"{part.name} ended ({why}) and is started again, see {part.process.log_file}")
        part.process.start()

    def stop(self) -> None:
        """Stops only what this crew has started."""
        stop_all([part.process for part in self.parts])


def stop_all(processes: Sequence[Process]) -> None:
    """Asks all of them at once, and returns when all are gone."""
    with ThreadPoolExecutor(max(1, len(processes))) as pool:
        list(pool.map(lambda process: process.stop(_STOP_TIMEOUT_S), processes))


def answers(port: int, path: str) -> bool:
    """Whether the server says 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _log(part: Part) -> str:
    return (
        f"Its log, {part.process.log_file}, ends with:\n{part.process.log_tail()}\n"
        "`warmline doctor` checks what it needs; then run the demonstration again."
    )
