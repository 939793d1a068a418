"""A candidate model reads what the model in use reads, and decides nothing.

What it would have decided is compared by the same rules, on the same texts, as first messages. It works
after the decision, from a bounded queue: where it cannot keep up, inquiries are not compared, and
counted as such; nobody waits for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Literal

from services.router import rules
from services.router.metrics import SHADOW
from services.router.model_in_use import ModelInUse
from services.router.policy import Policy
from services.router.signals import Signals
from services.runtime.conversation import Conversation
from services.runtime.handling import Publisher
from services.runtime.telemetry import get_logger
from warmline.events.inquiry import Inquiry

log = get_logger(__name__)

WAITING_MAX = 2_000
BATCH = 64
REPORT_EVERY = 1_000
"""Comparisons between two lines of the log that sum them up."""

Result = Literal["same", "other_topic", "bot_instead", "people_instead", "not_compared"]
Allowed = Callable[[str | None, str], Policy]
"""What the bot may do for a topic in a language."""


class Shadow:
    """One candidate. `saw` and `run` belong to one event loop."""

    def __init__(self, candidate: ModelInUse, allowed: Allowed) -> None:
        self.counts: Counter[Result] = Counter()
        self.moved: Counter[tuple[str | None, str | None]] = Counter()
        """Topic given, topic that the candidate would have given: how often they differ."""
        self._candidate = candidate
        self._allowed = allowed
        self._waiting: deque[tuple[Inquiry, Signals]] = deque()
        self._more = asyncio.Event()

    def saw(self, inquiries: Sequence[Inquiry], signals: Sequence[Signals]) -> None:
        """Told of each fresh decision; returns at once and never raises."""
        room = WAITING_MAX - len(self._waiting)
        self._waiting.extend(zip(inquiries[:room], signals[:room], strict=True))
        self._count("not_compared", len(inquiries) - len(inquiries[:room]))
        self._more.set()

    async def run(self, _: Publisher) -> None:
        """Endless. A fault in comparing is logged and costs only that comparison."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in islice(range(len(self._waiting)), BATCH)]
                try:
                    results = await asyncio.to_thread(self.compare, batch)
                except Exception as error:  # the shadow must never stop the router
                    log.error("shadow failed", error=f"{type(error).__name__}: {error}")
                    results = ["not_compared"] * len(batch)
                for result in results:
                    self._count(result)

    def compare(self, batch: Sequence[tuple[Inquiry, Signals]]) -> list[Result]:
        """One result for each inquiry and what the model in use read in it."""
        reader = self._candidate.reader
        read = reader.read([inquiry.text for inquiry, _ in batch])
        results = []
        for (inquiry, ours), theirs in zip(batch, read, strict=True):
            result = _compared(self._route(inquiry, ours), self._route(inquiry, theirs))
            if ours.topic != theirs.topic:
                self.moved[ours.topic, theirs.topic] += 1
                result = "other_topic" if result == "same" else result
            results.append(result)
        return results

    def _route(self, inquiry: Inquiry, signals: Signals) -> str:
        policy = self._allowed(signals.topic, signals.language)
        return rules.decide(inquiry, Conversation(), signals, policy).route

    def _count(self, result: Result, times: int = 1) -> None:
        if not times:
            return
        before = self.counts.total() // REPORT_EVERY
        self.counts[result] += times
        SHADOW.labels(result).inc(times)
        if self.counts.total() // REPORT_EVERY > before:
            log.info(
                "shadow compared",
                candidate=self._candidate.version,
                **{str(name): count for name, count in self.counts.items()},
                moved=[f"{a} -> {b}: {n}" for (a, b), n in self.moved.most_common(5)],
            )


def _compared(ours: str, theirs: str) -> Result:
    if ours == theirs:
        return "same"
    return "bot_instead" if theirs == "bot" else "people_instead"
