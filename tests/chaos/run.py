"""A run from start to end: load, deaths, rest, and what the topics say of it."""

from __future__ import annotations

import heapq
import itertools
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos.drain import left_to_do
from tests.chaos.history import read_history
from tests.chaos.plan import Kill, Options, Plan, Wipe, make_plan
from tests.chaos.recovery import Pulse, recovery_s
from tests.chaos.system import DESK, PREFIX, System, running_system
from tests.chaos.verdict import violations
from warmline.client import Client
from warmline.demo.company import SAMPLE_COMPANY, SAMPLE_INQUIRIES
from warmline.demo.customers import Customers
from warmline.demo.reading import Watch, read_back
from warmline.demo.samples import Sample, read_samples
from warmline.demo.sending import Sending
from warmline.demo.services import Say
from warmline.events import Event

_TICK_S = 0.05
_AT_WORK_S = 60.0
"""What does nothing for so long is killed all the same."""

_REST_S = 2.0
_STANDSTILL_S = 120.0
"""Longer than any lease, session or watchdog: what has not moved for so long is lost."""


@dataclass(frozen=True)
class Report:
    """`missing` are the inquiries without an end; `recovery` the seconds of each restart, None where
    nothing was left to do afterwards."""

    inputs: int
    kills: int
    wiped: Wipe | None
    missing: tuple[str, ...]
    duplicate_deliveries: int
    violations: tuple[str, ...]
    recovery: tuple[tuple[str, float | None], ...]
    seed: int

    @property
    def good(self) -> bool:
        return not self.missing and not self.violations

    def as_json(self) -> dict[str, Any]:
        seconds = [taken for _, taken in self.recovery if taken is not None]
        return {
            "inputs": self.inputs,
            "kills": self.kills,
            "wiped": self.wiped,
            "missing": len(self.missing),
            "duplicate_deliveries": self.duplicate_deliveries,
            "duplicate_effects": len(self.violations),
            "recovery_s": {
                "p50": round(statistics.median(seconds), 2) if seconds else None,
                "max": round(max(seconds), 2) if seconds else None,
            },
            "seed": self.seed,
        }


def run(options: Options, folder: Path, model: Path, say: Say) -> Report:
    """`folder` is emptied first and keeps the logs and the data. Raises WarmlineError where a server
    or a simulation fails, which says nothing about the services."""
    shutil.rmtree(folder, ignore_errors=True)
    samples, _ = read_samples(SAMPLE_COMPANY / SAMPLE_INQUIRIES)
    plan = make_plan(options, [sample.inquiry.text for sample in samples])
    with running_system(folder, model, options.seed, say) as system:
        say("everything runs")
        with Client(system.kafka.bootstrap, PREFIX, timeout_s=60.0) as client:
            _play(options, plan, system, client, say)
            say("reading the topics back")
            history = read_history(client)
            tally = read_back(client, PREFIX)
    ended = {inquiry_id for inquiry_id, life in tally.lives.items() if life.ended}
    return Report(
        inputs=len(plan.inquiries),
        kills=len(plan.kills),
        wiped=options.wipe,
        missing=tuple(each.inquiry_id for each in plan.inquiries if each.inquiry_id not in ended),
        duplicate_deliveries=history.repeated_deliveries(),
        violations=tuple(violations(tally, history)),
        recovery=tuple(recovery_s(history, system.restarts)),
        seed=options.seed,
    )


def _play(options: Options, plan: Plan, system: System, client: Client, say: Say) -> None:
    samples = [Sample(inquiry, None) for inquiry in plan.inquiries]
    sending = Sending(client, samples, options.per_s, in_flight=len(samples))
    customers = Customers(client)
    pulse = Pulse()

    def see(event: Event[Any]) -> None:
        pulse.see(event, datetime.now(UTC))
        customers.see(event)

    watch = Watch(system.broker, PREFIX, see)
    threads = (watch, customers, sending)
    with ExitStack() as ends:
        for thread in threads:
            ends.callback(thread.stop)
            thread.start()

        def look_after() -> None:
            system.look_after()
            for thread in threads:
                if thread.failure is not None:
                    raise thread.failure

        _carry_out(plan, system, pulse, look_after)
        while sending.is_alive():
            look_after()
            time.sleep(_TICK_S)
        say(f"all is published; ended so far: {watch.tally.ended}")
        _wait_for_rest(system, watch, len(samples), look_after, say)


def _carry_out(plan: Plan, system: System, pulse: Pulse, look_after: Callable[[], None]) -> None:
    """Every kill and every restart at its moment."""
    order = itertools.count()
    due: list[tuple[float, int, Callable[[], None]]] = []

    def after(wait_s: float, do: Callable[[], None]) -> None:
        heapq.heappush(due, (time.monotonic() + wait_s, next(order), do))

    def kill(each: Kill, deadline: float) -> None:
        started_at = system.started_at(each.target)
        at_work = started_at is not None and pulse.beats_since(each.target, started_at)
        if at_work or (started_at is not None and time.monotonic() > deadline):
            system.kill(each.target)
            after(each.down_s, lambda: system.revive(each.target))
        else:
            after(each.works_s + _TICK_S, lambda: kill(each, deadline))

    for each in plan.kills:
        deadline = time.monotonic() + each.at_s + _AT_WORK_S
        after(each.at_s, partial(kill, each, deadline))
    after(plan.kafka_restart_s, system.restart_kafka)
    if plan.wipe is not None:
        at_s, what = plan.wipe
        after(at_s, partial(system.wipe_redis, what))
    while due:
        while due and due[0][0] <= time.monotonic():
            heapq.heappop(due)[2]()
        look_after()
        time.sleep(_TICK_S)


def _wait_for_rest(
    system: System, watch: Watch, inputs: int, look_after: Callable[[], None], say: Say
) -> None:
    """Returns when nothing more can happen, or when nothing has happened for too long."""
    before: Sequence[object] = ()
    moved_at = time.monotonic()
    while time.monotonic() - moved_at < _STANDSTILL_S:
        look_after()
        left = left_to_do(system.broker, PREFIX, system.redis.url, DESK)
        if not left and watch.tally.ended >= inputs:
            return
        now = (watch.tally.ended, left)
        if now != before:
            before, moved_at = now, time.monotonic()
            say(f"ended: {watch.tally.ended} of {inputs}, left: {sum(left.values())}")
        time.sleep(_REST_S)
    say(f"nothing moves any more; left: {left}")
