"""Reads from Kafka what was published of a desk, for those who ask about the past."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.agents.config import Configuration
from services.agents.past import Told, place_of
from services.agents.versions import configuration_of
from services.runtime.clock import millis
from services.runtime.rereading import Reach, reach_of, read_again
from services.runtime.settings import ServiceSettings
from warmline.events.work import Assignment
from warmline.topics import ASSIGNMENTS, DESK_FILES, DESK_PEOPLE

LATE_MS = 60_000
"""Between a step and its record: clocks differ, and a relay may have been away."""

Span = tuple[int, int]
"""From and to, both included, in milliseconds."""


@dataclass(frozen=True)
class Recorded:
    """Every call raises UnavailableError where Kafka does not answer."""

    settings: ServiceSettings

    async def steps_of(
        self, inquiry_id: str, since_ms: int = 0, newest_seq: int | None = None
    ) -> list[tuple[int, Assignment]]:
        """The steps of an inquiry with their times, in order; reads on until it has seen `newest_seq`, or to
        the end."""
        found: dict[int, tuple[int, Assignment]] = {}
        since_ms = max(0, since_ms - LATE_MS)
        async for some in read_again(self.settings, ASSIGNMENTS, since_ms, key=inquiry_id):
            for kept in some:
                step = kept.event.data
                found[step.seq] = (millis(kept.event.time), step)
            if newest_seq in found:
                break
        return [found[seq] for seq in sorted(found)]

    async def around(self, span: Span) -> list[Told]:
        """What was published of people and their work in some time, in the order of the desk, each once."""
        since_ms, until_ms = span[0] - LATE_MS, span[1] + LATE_MS
        found: dict[tuple[int, ...], Told] = {}
        for topic in (DESK_PEOPLE, ASSIGNMENTS):
            async for some in read_again(self.settings, topic, since_ms, until_ms):
                for kept in some:
                    what = kept.event.data
                    if what.desk_order is not None:
                        place = place_of(what.desk_order)
                        found[place] = Told(place, millis(kept.event.time), what)
        return [found[place] for place in sorted(found)]

    async def configurations(self) -> dict[str, Configuration]:
        """By version: those that were ever in use and can still be read."""
        found: dict[str, Configuration] = {}
        async for some in read_again(self.settings, DESK_FILES):
            for kept in some:
                configuration = configuration_of(kept.event.data)
                if configuration is not None:
                    found[configuration.version] = configuration
        return found

    async def people_reach(self) -> Reach:
        """How far back people are known."""
        return await reach_of(self.settings, DESK_PEOPLE)


def spans_of(moments_ms: Iterable[int], before_ms: int) -> list[tuple[Span, Sequence[int]]]:
    """What has to be read to know the people at each of these moments: spans that do not overlap, and the
    numbers of the moments in each."""
    spans: list[tuple[Span, list[int]]] = []
    for number, at_ms in enumerate(moments_ms):
        if spans and at_ms - before_ms <= spans[-1][0][1]:
            (from_ms, _), numbers = spans[-1]
            spans[-1] = ((from_ms, at_ms), [*numbers, number])
        else:
            spans.append(((at_ms - before_ms, at_ms), [number]))
    return list(spans)
