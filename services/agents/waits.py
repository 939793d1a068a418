"""Tells customers who wait their place and expected wait: when they begin to, and when it has changed.

Nothing of it is in the engine's scripts: one worker of a desk reads the lines every few seconds and
remembers what it has told. Another one that goes on after it tells everybody once more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from prometheus_client import Counter

from services.agents.estimates import Outlook, Wait, unknown_waits
from services.agents.insights import FOR_ONE, Insights
from services.agents.work import Work
from services.runtime.clock import millis
from services.runtime.handling import Output, Publisher
from services.runtime.processing import is_passing
from services.runtime.redis import load_script
from services.runtime.telemetry import get_logger
from warmline import events
from warmline.events.envelope import Event, event_id
from warmline.topics import WAITS

log = get_logger(__name__)

LOOK_EVERY_S = 2.0
REST = 9
"""After a look it rests at least so many times as long as it took: a tenth of the time is the most."""

TELL_EVERY_S = 20.0
"""A customer is told no more often."""

LINE_MOST = 50_000
"""Who stands behind so many of the same class is told nothing yet."""

LEASE_MS = 15_000
AT_ONCE = 500

CHANGED_BY = 0.2
CHANGED_LEAST_S = 15.0

TOLD = Counter("warmline_agents_waits_told_total", "Times that a customer was told their wait.")


@dataclass(frozen=True, slots=True)
class Told:
    """What a customer knows, and since when."""

    at_ms: int
    wait: Wait


def is_news(before: Told, wait: Wait, now_ms: int) -> bool:
    """Whether a customer should hear of it: their place, or the moment at which somebody will probably be
    free, has moved by a fifth. A wait that only passes as it was foretold is no news."""
    if now_ms - before.at_ms < TELL_EVERY_S * 1000:
        return False
    told = before.wait
    if abs(wait.position - told.position) >= max(1.0, CHANGED_BY * told.position):
        return True
    if wait.expected_s is None or told.expected_s is None:
        return wait.expected_s != told.expected_s
    left_s = told.expected_s - (now_ms - before.at_ms) / 1000
    moved_s = abs(wait.expected_s - left_s)
    return moved_s >= max(CHANGED_LEAST_S, CHANGED_BY * told.expected_s)


def waits_of(
    lines: Mapping[str, Sequence[str]], outlooks: Mapping[str, Outlook]
) -> Iterator[tuple[str, Wait]]:
    """Every inquiry in line, with its wait."""
    for name, line in lines.items():
        outlook = outlooks.get(name)
        waits = unknown_waits(FOR_ONE) if outlook is None else outlook.in_line()
        yield from zip(line, waits, strict=False)


def output_of(work: Work, wait: Wait, now: datetime, config_version: str) -> Output:
    told = events.Wait(
        inquiry_id=work.inquiry_id,
        conversation_id=work.conversation_id,
        queue=work.queue,
        position=wait.position,
        expected_s=wait.expected_s,
        waited_ms=max(0, millis(now) - work.arrival_ms),
        basis=wait.basis,
        members=work.members,
        config_version=config_version,
    )
    wait_id = event_id(work.inquiry_id, f"wait/{millis(now)}")
    return Output(WAITS, Event(wait_id, "/warmline/agents", now, told))


@dataclass
class Waits:
    """`token` names this process among those of the desk."""

    insights: Insights
    token: str
    told: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._hold = load_script(self.insights.redis.commands, "services.agents", "hold_relay")

    async def run(self, publisher: Publisher) -> None:
        """Never ends. Estimates are no reason to stop a desk: where Redis or Kafka is away, the next look
        tries again."""
        while True:
            began = time.monotonic()
            try:
                await self.look(publisher)
            except Exception as fault:
                if not is_passing(fault):
                    raise
                log.warning("waits are not told", error=type(fault).__name__)
            await asyncio.sleep(max(LOOK_EVERY_S, REST * (time.monotonic() - began)))

    async def look(self, publisher: Publisher) -> int:
        """Tells everybody for whom there is news; returns how many. Nothing where another process does it."""
        if not await self._is_mine():
            self.told.clear()
            return 0
        now_ms = millis(self.insights.clock())
        lines = await self.insights.records.lines(LINE_MOST)
        queues = [name for name in lines if not name.startswith("@")]
        outlooks = await self.insights.outlooks(queues)
        in_line: set[str] = set()
        news: list[tuple[str, Wait]] = []
        for number, (inquiry_id, wait) in enumerate(waits_of(lines, outlooks)):
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # a long line must not keep others from working
            in_line.add(inquiry_id)
            before = self.told.get(inquiry_id)
            if before is None or is_news(before, wait, now_ms):
                news.append((inquiry_id, wait))
        told = 0
        for start in range(0, len(news), AT_ONCE):
            if not await self._is_mine():
                break
            told += await self._tell(dict(news[start : start + AT_ONCE]), publisher)
        self._forget(in_line, now_ms)
        return told

    async def _is_mine(self) -> bool:
        key = self.insights.keys.teller()
        return bool(await self._hold(keys=[key], args=[self.token, LEASE_MS]))

    async def _tell(self, news: Mapping[str, Wait], publisher: Publisher) -> int:
        """Who is no longer waiting by now hears nothing."""
        now, version = self.insights.clock(), self.insights.rules.configuration.version
        works = await self.insights.records.works(list(news))
        waiting = [work for work in works if work.state == "waiting"]
        await publisher.publish(
            [output_of(work, news[work.inquiry_id], now, version) for work in waiting]
        )
        for work in waiting:
            self.told[work.inquiry_id] = Told(millis(now), news[work.inquiry_id])
        TOLD.inc(len(waiting))
        return len(waiting)

    def _forget(self, in_line: set[str], now_ms: int) -> None:
        """Who may be back in line in a moment, because an offer lapses, is remembered until then."""
        kept_ms = now_ms - 2 * TELL_EVERY_S * 1000
        self.told = {
            inquiry_id: told
            for inquiry_id, told in self.told.items()
            if inquiry_id in in_line or told.at_ms > kept_ms
        }
