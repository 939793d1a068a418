"""Publishes what follows from customers' visits: corrections of outcomes, and evidence at the end of
each window.

Published first, then noted in the record: a crash in between publishes the same again, with the same
ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from prometheus_client import Counter

from services.quality import returns
from services.quality.closing import LOOKS_MAX, SOURCE, evidence_event
from services.quality.records import Records
from services.quality.returns import Visits, Window
from services.runtime.clock import Clock, millis
from services.runtime.handling import Output, Publisher
from warmline.events.envelope import Event, event_id
from warmline.events.evidence import Evidence
from warmline.events.quality import Outcome
from warmline.topics import EVIDENCE, OUTCOMES

REVERSED = Counter("warmline_quality_reversed_total", "Ends undone by a return.", ["by"])


class _Due(NamedTuple):
    reversals: Sequence[Outcome]
    evidence: Sequence[Evidence]


class Returning:
    """`round` looks at what is due now."""

    def __init__(self, visits: Records[Visits], window: Window, clock: Clock) -> None:
        self._visits = visits
        self._window = window
        self._clock = clock

    async def round(self, publisher: Publisher) -> int:
        """Returns how many customers it looked at."""
        now_ms = millis(self._clock())
        claimed = await self._visits.claim_due(now_ms, LOOKS_MAX)
        if not claimed:
            return 0
        stands = await self._visits.update(dict.fromkeys(claimed, _as_it_is))
        due = {
            customer_id: _Due(
                returns.reversals(visits, self._window, now_ms),
                returns.kept_or_not(visits, self._window, now_ms),
            )
            for customer_id, visits in stands.items()
        }
        await publisher.publish(
            [
                Output(OUTCOMES, _event(one, now_ms))
                for each in due.values()
                for one in each.reversals
            ]
            + [
                Output(EVIDENCE, evidence_event(one))
                for each in due.values()
                for one in each.evidence
            ]
        )
        await self._visits.update(
            {
                customer_id: partial(
                    returns.noted,
                    reversed_by={
                        one.inquiry_id: one.reversed_by for one in each.reversals if one.reversed_by
                    },
                    told=frozenset(one.inquiry_id or "" for one in each.evidence),
                    window=self._window,
                    now_ms=now_ms,
                )
                for customer_id, each in due.items()
            },
            always=True,
        )
        for each in due.values():
            for one in each.reversals:
                REVERSED.labels(one.by).inc()
        return len(claimed)


def _as_it_is(visits: Visits) -> Visits:
    return visits


def _event(correction: Outcome, now_ms: int) -> Event[Outcome]:
    return Event(
        id=event_id(correction.inquiry_id, f"outcome/{correction.revision}"),
        source=SOURCE,
        time=datetime.fromtimestamp(now_ms / 1000, UTC),
        data=correction,
    )
