"""Watches whether inquiries still are what the thresholds were certified on: as metrics and as events.

A window belongs to one model and one certificate; it closes when it is old enough and holds enough. It
is kept in memory only: after a restart a new one begins, and nothing that was decided depends on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from services.router.metrics import CONFIDENCE, DRIFT, DRIFTED, TOPICS, UNKNOWN_WORDS
from services.router.model_in_use import ModelInUse
from services.router.signals import Signals
from services.router.triage import drift
from services.runtime.clock import Clock
from services.runtime.handling import Output, Publisher
from services.runtime.telemetry import get_logger
from warmline import topics
from warmline.errors import UnavailableError
from warmline.events.drift import Drift, Shift
from warmline.events.envelope import Event, event_id
from warmline.events.inquiry import Inquiry

log = get_logger(__name__)

SOURCE = "/warmline/router"
OTHER = "other"
"""The label of every language that the desk does not serve."""


class DriftWatch:
    """`saw` and `run` belong to one event loop. `languages`: those that the desk serves."""

    def __init__(
        self,
        model: ModelInUse,
        languages: Sequence[str],
        *,
        replica: str,
        every_s: float,
        clock: Clock,
    ) -> None:
        self._model = model
        self._languages = frozenset(languages)
        self._replica = replica
        self._every_s = every_s
        self._clock = clock
        self._unpublished: list[Output] = []
        self._begin()

    def saw(self, _: Sequence[Inquiry], signals: Sequence[Signals]) -> None:
        """Told of each fresh decision; returns at once and never raises."""
        for each in signals:
            language = each.language if each.language in self._languages else OTHER
            TOPICS.labels(each.topic or OTHER, language).inc()
            CONFIDENCE.labels(language).observe(each.confidence)
            UNKNOWN_WORDS.labels(language).observe(each.unknown_words)
            if (each.model, each.certificate) != (self._of_model, self._of_certificate):
                self._begin(each)
            self._tally.add(each.seen())

    async def run(self, publisher: Publisher) -> None:
        """Endless. Where Kafka does not answer, the closed window is published later."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                self._unpublished = self._unpublished or self.close()
                await publisher.publish(self._unpublished)
                self._unpublished = []
            except UnavailableError as error:
                log.warning("drift not published, tried again later", error=str(error))
            except Exception as error:  # watching must never stop the router
                log.error("drift not measured", error=f"{type(error).__name__}: {error}")

    def close(self) -> list[Output]:
        """The window against the calibration window, and a new one begun; nothing, and the window goes
        on, while either is too small."""
        certificate = self._model.reader.certificate
        if certificate is None or certificate.window is None:
            return []
        if certificate.version != self._of_certificate:
            return []
        window = self._tally.window()
        shifts = drift.compare(certificate.window, window)
        if not shifts:
            return []
        self._show(shifts)
        until = self._clock()
        found = events(shifts, window, since=self._since, until=until, replica=self._replica,
                       model=self._model.version, certificate=certificate.version)  # fmt: skip
        self._begin()
        return [Output(topics.DRIFT, event) for event in found]

    def _begin(self, first: Signals | None = None) -> None:
        self._tally = drift.Tally()
        self._since = self._clock()
        self._of_model = first.model if first else None
        self._of_certificate = first.certificate if first else None

    def _show(self, shifts: Sequence[drift.Shift]) -> None:
        for shift in shifts:
            if shift.topic is None:
                DRIFT.labels(shift.measure, shift.language).set(shift.distance)
        for language in {shift.language for shift in shifts}:
            own = [shift for shift in shifts if shift.language == language and shift.drifted]
            DRIFTED.labels("topic", language).set(len({s.topic for s in own if s.topic}))
            DRIFTED.labels("*", language).set(any(s.topic is None for s in own))
            if own:
                log.warning(
                    "inquiries have drifted",
                    language=language,
                    measures=[f"{s.topic or '*'}: {s.measure}" for s in own[:20]],
                )


def events(
    shifts: Sequence[drift.Shift],
    window: drift.Window,
    *,
    since: datetime,
    until: datetime,
    replica: str,
    model: str,
    certificate: str,
) -> list[Event[Drift]]:
    """One event for each topic and language that was compared. Ids follow from the window. What was
    read as no topic counts in its language only."""
    found = []
    for (language, topic), group in groupby(shifts, key=lambda s: (s.language, s.topic)):
        if topic == "":
            continue
        members = list(group)
        whole = window.of(language).inquiries
        data = Drift(
            topic=topic,
            language=language,
            since=since,
            until=until,
            inquiries=window.of(language, topic).inquiries,
            of=whole,
            drifted=any(shift.drifted for shift in members),
            shifts=tuple(_part(shift) for shift in members),
            model=model,
            certificate=certificate,
            replica=replica,
        )
        cause = f"{replica}/{certificate}/{since.isoformat()}"
        found.append(
            Event(event_id(cause, f"drift/{topic or '*'}/{language}"), SOURCE, until, data)
        )
    return found


def _part(shift: drift.Shift) -> Shift:
    """Rounded, and kept within the bounds of the contract."""
    return Shift(
        measure=shift.measure,
        expected=round(min(max(shift.expected, 0.0), 1.0), 6),
        seen=round(min(max(shift.seen, 0.0), 1.0), 6),
        distance=round(max(shift.distance, 0.0), 6),
        chance=min(max(shift.chance, 0.0), 1.0),
        drifted=shift.drifted,
    )
