"""Everything a demonstration needs to run, set up step by step and cleared away again."""

from __future__ import annotations

import secrets
from pathlib import Path

from rich.markup import escape

from warmline.client.broker import Broker
from warmline.client.provisioning import apply
from warmline.demo import leftovers, words
from warmline.demo.board import Board
from warmline.demo.company import HISTORY, copy_company, people_of
from warmline.demo.licences import begin_with_history
from warmline.demo.model import Training
from warmline.demo.services import Crew, Part, Wiring
from warmline.local.ports import LOOPBACK, free_port
from warmline.local.stack import Stack

_MANY = 2000
_PACE, _PACE_FOR_MANY = 1, 4
_CAPACITY, _CAPACITY_FOR_MANY = 1, 12


class Stage:
    """`folder` holds the servers' data, logs and models. With `keep` the processes outlive this one.

    Every run has topics and a desk of its own, so that it meets nothing of an earlier one.
    """

    def __init__(self, board: Board, folder: Path, keep: bool) -> None:
        name = leftovers.NAME_PREFIX + secrets.token_hex(4)
        self.folder = folder.resolve()
        self.logs = self.folder / "logs"
        self.desk, self.prefix = name, f"{name}."
        self.api_port = free_port()
        self._orders_port = free_port()
        self.crew = Crew(lambda message: board.say(f"[yellow]{escape(message)}[/]"))
        self._board = board
        self._keep = keep
        self._stack = Stack(folder, die_with_parent=not keep)
        self._kept = leftovers.Kept(self.folder / "demo", self.logs)
        self._servers: list[str] = []

    @property
    def broker(self) -> Broker:
        return Broker(self._stack.kafka.bootstrap)

    def set_up(self, inquiries: int) -> None:
        """Raises WarmlineError that says what did not start, why, and what to do."""
        training = Training(self.folder / "models", self.logs)
        known = training.known
        try:
            if not known:
                training.start()
            with self._board.step("Kafka and Redis") as tell:
                self._servers = self._kept.stop() or []
                self._servers += self._stack.up(tell)
                tell(f"really running, on {self.broker.bootstrap} and {self._stack.redis.url}")
            with self._board.step("Triage model") as tell:
                if not known:
                    tell("learning from the sample company's sentences (once)")
                    training.finish()
                tell("learnt before" if known else "learnt from the sample company's sentences")
        finally:
            training.process.stop()
        with self._board.step("Topics") as tell:
            removed = leftovers.remove_topics(self.broker)
            leftovers.remove_keys(self._stack.redis.url)
            created = apply(self.broker, self.prefix)
            tell(
                f"{len(created)} created, named {self.prefix}…"
                + (f"; {removed} of earlier runs removed" if removed else "")
            )
        many = inquiries > _MANY
        company = copy_company(
            self.folder / "demo" / "company",
            _CAPACITY_FOR_MANY if many else _CAPACITY,
            self._orders_port,
        )
        wiring = self._wiring(company, training.folder)
        self._start_services(wiring)
        self._start_people(wiring, _PACE_FOR_MANY if many else _PACE)
        self._give_licences(company)

    def clear(self) -> None:
        """Stops what this run started, and only that."""
        if not (self.crew.parts or self._servers):
            return
        with self._board.step("Stopping") as tell:
            self.crew.stop()
            self._stack.down(tell, self._servers)
            tell("everything that this run started; nothing else")

    def leave_running(self) -> str:
        """Remembers what to stop later; returns what to tell."""
        self._kept.remember([part.name for part in self.crew.parts], self._servers)
        health = [(part.name, part.port) for part in self.crew.parts if part.port is not None]
        return words.still_running(
            self.broker.bootstrap, self._stack.redis.url, self.prefix, self.api_port, health
        )

    def stop_kept(self) -> bool:
        """Stops what an earlier run left running; False if there was nothing."""
        servers = self._kept.stop()
        if servers is not None:
            self._stack.down(names=servers)
        return servers is not None

    def _wiring(self, company: Path, model: Path) -> Wiring:
        return Wiring(
            bootstrap=self.broker.bootstrap,
            redis_url=self._stack.redis.url,
            prefix=self.prefix,
            desk=self.desk,
            company=company,
            model=model,
            logs=self.logs,
            die_with_parent=not self._keep,
            orders_port=self._orders_port,
            orders_secret=f"Bearer {secrets.token_hex(16)}",
        )

    def _start_services(self, wiring: Wiring) -> None:
        with self._board.step("Services") as tell:
            self.crew.start(wiring.services(self.api_port))
            self.crew.wait_until_ready(lambda names: tell(f"waiting for {', '.join(names)}"))
            tell(", ".join(part.name for part in self.crew.parts) + ": a process each")

    def _start_people(self, wiring: Wiring, pace: float) -> None:
        with self._board.step("Simulated people") as tell:
            url = f"http://{LOOPBACK}:{self.api_port}"
            argv = ["-m", "warmline.demo.people", url, str(wiring.company), str(pace)]
            self.crew.start([Part(wiring.process("people", argv, {}))])
            tell(f"{len(people_of(wiring.company))} sign in at the desk's HTTP API, {url}")

    def _give_licences(self, company: Path) -> None:
        with self._board.step("Licences") as tell:
            tell("quality reads the sample company's labelled history")
            states = begin_with_history(self.broker, self.prefix, company / HISTORY)
            tell(", ".join(f"{count} {state}" for state, count in sorted(states.items())))
