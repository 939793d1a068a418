"""Gives and takes licences as the evidence comes in, and tells the router at once.

Every replica follows the topic; what each concludes from it is the same, and only one of them gets to
save a step. Licences are published after they are saved. A process that dies in between publishes
what stands when it starts again, and the same again is harmless: the newest record of a key counts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import stamina
from prometheus_client import Counter, Gauge

from services.quality.licensing import Cell, Standing, Terms, after, dump, licence_of
from services.quality.register import Register
from services.runtime.following import Following, Place
from services.runtime.handling import Output, Publisher
from services.runtime.processing import is_passing
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import get_logger
from warmline.events.envelope import Event, event_id
from warmline.events.evidence import Evidence
from warmline.events.quality import Licence, LicenceState
from warmline.topics import EVIDENCE, LICENCES

log = get_logger(__name__)

SOURCE = "/warmline/quality"
PROGRESS_EVERY_S = 2.0
"""How often what has come nearer to a licence is told; a change of state is told at once."""

CHANGES = Counter("warmline_quality_licence_changes_total", "Changes of a licence.", ["state"])
STATES = Gauge(
    "warmline_quality_licences", "Topics and languages by what the bot may do.", ["state"]
)
_STATES: tuple[LicenceState, ...] = ("human_only", "draft", "licensed", "suspended")


class Licensor:
    """Holds in memory what the register holds."""

    def __init__(self, settings: ServiceSettings, register: Register, terms: Terms) -> None:
        self.following = Following(settings, EVIDENCE, self.learn, self.start, bury_as="quality")
        self._register = register
        self._terms = terms
        self._standings: dict[Cell, Standing] = {}
        self._offsets: dict[int, int] = {}
        self._untold: set[Cell] = set()
        self._publisher: Publisher | None = None
        self._publishing = asyncio.Lock()
        self._retry_for_s = settings.retry_for_s

    async def run(self, publisher: Publisher) -> None:
        """Endless; the process stops if it raises."""
        self._publisher = publisher
        await self.following.run(publisher)

    async def tell_progress(self, publisher: Publisher) -> None:
        """Endless. After a start, tells everything once."""
        await self.following.caught_up()
        while True:
            async for attempt in stamina.retry_context(
                on=is_passing, attempts=None, timeout=self._retry_for_s, wait_max=2.0
            ):
                with attempt:
                    await self._publish(publisher, sorted(self._untold))
            await asyncio.sleep(PROGRESS_EVERY_S)

    async def start(self) -> Mapping[int, int]:
        known = await self._register.read()
        self._standings, self._offsets = known.standings, known.offsets
        everything = (
            Cell(topic, language)
            for topic in self._terms.harms
            for language in self._terms.languages
        )
        self._untold |= {*everything, *self._standings}
        return self._offsets

    async def learn(self, events: Sequence[Event[Evidence]], place: Place) -> None:
        """Counts each piece once, saves, and publishes what has changed."""
        pieces = {event.data.evidence_id: event.data for event in reversed(events)}
        fresh = await self._register.unseen([event.data.evidence_id for event in events])
        standings = dict(self._standings)
        touched: dict[Cell, Standing] = {}
        for piece in (pieces[evidence_id] for evidence_id in fresh):
            cell = Cell(piece.topic, piece.language)
            standings[cell] = touched[cell] = after(standings, piece, self._terms)
        before = self._offsets.get(place.partition, 0)
        counted = [pieces[evidence_id] for evidence_id in fresh]
        await self._register.save(before, place, touched, counted)
        moved = [cell for cell, standing in touched.items() if self._has_moved(cell, standing)]
        self._standings = standings
        self._offsets[place.partition] = place.offset
        self._untold |= touched.keys()
        if moved and self._publisher is not None:
            await self._publish(self._publisher, moved)
            self._count(moved)

    def _has_moved(self, cell: Cell, standing: Standing) -> bool:
        before = self._standings.get(cell)
        return standing.version != (before.version if before is not None else 0)

    async def _publish(self, publisher: Publisher, cells: Sequence[Cell]) -> None:
        """One at a time, so that what stood before never comes after what stands now."""
        async with self._publishing:
            self._untold -= set(cells)
            try:
                await publisher.publish([Output(LICENCES, self._event(cell)) for cell in cells])
            except BaseException:
                self._untold |= set(cells)
                raise

    def _count(self, moved: Sequence[Cell]) -> None:
        for cell in moved:
            standing = self._standings[cell]
            CHANGES.labels(standing.state).inc()
            log.info(
                "licence",
                topic=cell.topic,
                language=cell.language,
                state=standing.state,
                version=standing.version,
            )
        for state in _STATES:
            held = sum(standing.state == state for standing in self._standings.values())
            STATES.labels(state).set(held)

    def _event(self, cell: Cell) -> Event[Licence]:
        standing = self._standings.get(cell, Standing())
        at_ms = max(standing.changed_ms, standing.latest_ms)
        return Event(
            id=event_id(f"{cell.topic}/{cell.language}", dump(standing)),
            source=SOURCE,
            time=datetime.fromtimestamp(at_ms / 1000, UTC),
            data=licence_of(cell, standing, self._terms),
        )
