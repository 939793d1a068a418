"""What the router says of changed inquiries, as evidence.

Each window is one observation for each of its topics: worded as before, or not. Licences take it from
there, so that one window that looks odd by chance lowers nothing, and several in a row do.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.quality.closing import evidence_event
from services.runtime.clock import millis
from services.runtime.handling import Output
from warmline.events.drift import Drift, Shift
from warmline.events.envelope import Event, event_id
from warmline.events.evidence import Evidence
from warmline.topics import EVIDENCE


async def drifts(events: Sequence[Event[Drift]]) -> list[list[Output]]:
    """Windows of a language as a whole give none: what moves there and in no topic is how many ask about
    what, and that is no reason to doubt the answers."""
    return [
        [Output(EVIDENCE, evidence_event(evidence_of(event, event.data.topic)))]
        if event.data.topic is not None
        else []
        for event in events
    ]


def evidence_of(event: Event[Drift], topic: str) -> Evidence:
    """The id follows from the window's, so that it counts once however often it is read."""
    drift = event.data
    return Evidence(
        evidence_id=event_id(event.id, "evidence/drift"),
        topic=topic,
        language=drift.language,
        kind="drift",
        good=not any(_is_worse(shift) for shift in drift.shifts),
        at_ms=millis(drift.until),
    )


def _is_worse(shift: Shift) -> bool:
    """New words, or texts that are read less clearly, as new intents are. That more or fewer ask about
    the topic, or are read more clearly, says nothing against it."""
    match shift.measure:
        case "unknown_words":
            return shift.drifted and shift.seen > shift.expected
        case "confidence":
            return shift.drifted and shift.seen < shift.expected
    return False
