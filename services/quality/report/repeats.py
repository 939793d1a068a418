"""Where customers had to repeat what was known: the briefs that fail. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.quality.report.totals import Repeats
from services.quality.statistics import wilson

LIMIT = 0.1
"""Share of customers who may have to repeat themselves, before somebody should look at a topic's brief."""

ANSWERS_MIN = 10
NAMED_MAX = 3


class Failing(NamedTuple):
    """A topic whose brief fails: the whole interval is beyond the limit."""

    topic: str
    language: str
    share: float
    size: int
    interval: tuple[float, float]


def failing(repeats: Mapping[tuple[str, str], Repeats], error: float) -> list[Failing]:
    """At most three, the worst first. Who did not say is neither a yes nor a no."""
    found = [
        Failing(topic, language, some.yes / some.asked, some.asked, interval)
        for (topic, language), some in sorted(repeats.items())
        if some.asked >= ANSWERS_MIN
        and (interval := wilson(some.yes, some.asked, error))[0] > LIMIT
    ]
    return sorted(found, key=lambda one: -one.share)[:NAMED_MAX]
