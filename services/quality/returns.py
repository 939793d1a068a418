"""Who came back: the visits of one customer, and which ends they undo. Pure.

A customer who writes again on the same topic within the window, on whatever channel, was not helped the
first time: that end is reversed and debited to whoever gave it. Each fact about a visit only ever
moves one way, so visits and ends may be learnt in any order and twice; what follows from them is
concluded once they have been quiet for `settle_ms`, and then stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import Field

from services.quality.judging import evidence_on
from services.quality.lives import Asked
from warmline.events.base import Part
from warmline.events.evidence import Evidence
from warmline.events.quality import Outcome

VISITS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Window:
    """`length_ms`: how long after an answer coming back counts."""

    length_ms: int
    settle_ms: int


class Visit(Part):
    """One inquiry. `answered_ms`: since when the customer could be content, known with its `outcome`.
    `reversed_by` stands once it is published; `told`: the window has passed and was told of."""

    asked: Asked | None = None
    outcome: Outcome | None = None
    answered_ms: int = 0
    reversed_by: str | None = None
    told: bool = False


class Visits(Part):
    """By inquiry id. `changed_ms`: when something new was last learnt, by our clock."""

    changed_ms: int = 0
    visits: dict[str, Visit] = Field(default_factory=dict)


def came(visits: Visits, inquiry_id: str, asked: Asked, now_ms: int) -> Visits:
    """After a first decision on an inquiry of this customer."""
    known = visits.visits.get(inquiry_id, _UNKNOWN)
    if known.asked is not None and known.asked.epoch <= asked.epoch:
        return visits
    return _changed(visits, inquiry_id, known.model_copy(update={"asked": asked}), now_ms)


def ended(visits: Visits, outcome: Outcome, answered_ms: int, now_ms: int) -> Visits:
    """After the end of one; the first that is learnt stands, as it does in the ledger."""
    known = visits.visits.get(outcome.inquiry_id, _UNKNOWN)
    if known.outcome is not None or outcome.kind == "abandoned":
        return visits
    news = {"outcome": outcome, "answered_ms": answered_ms}
    return _changed(visits, outcome.inquiry_id, known.model_copy(update=news), now_ms)


def reversals(visits: Visits, window: Window, now_ms: int) -> list[Outcome]:
    """Corrections to be published now; the same on every call until they are noted."""
    if visits.changed_ms + window.settle_ms > now_ms:
        return []
    return [
        visit.outcome.model_copy(update={"revision": 1, "reversed_by": by})
        for inquiry_id, visit in visits.visits.items()
        if visit.outcome is not None
        and visit.reversed_by is None
        and (by := _return_of(visits, inquiry_id, window)) is not None
    ]


def kept_or_not(visits: Visits, window: Window, now_ms: int) -> list[Evidence]:
    """For licences, each at the end of its window: whoever comes back does so early and whoever stays
    away is known late, so all are told at the same age."""
    return [
        evidence_on(
            inquiry_id,
            visit.asked,
            "return",
            good=_return_of(visits, inquiry_id, window) is None,
            at_ms=visit.answered_ms + window.length_ms,
        )
        for inquiry_id, visit in _untold(visits)
        if visit.asked is not None and _told_ms(visits, visit, window) <= now_ms
    ]


def noted(
    visits: Visits,
    reversed_by: Mapping[str, str],
    told: frozenset[str],
    window: Window,
    now_ms: int,
) -> Visits:
    """The record after these were published; what can no longer matter is forgotten."""
    known = {
        inquiry_id: visit.model_copy(
            update={
                "reversed_by": visit.reversed_by or reversed_by.get(inquiry_id),
                "told": visit.told or inquiry_id in told,
            }
        )
        for inquiry_id, visit in visits.visits.items()
        if _moment_ms(visit) + 2 * window.length_ms > now_ms
    }
    newest = sorted(known, key=lambda inquiry_id: _moment_ms(known[inquiry_id]))[-VISITS_KEPT:]
    return visits.model_copy(update={"visits": {each: known[each] for each in newest}})


def next_look_ms(visits: Visits, window: Window) -> int | None:
    settled_ms = visits.changed_ms + window.settle_ms
    looks = [settled_ms] if reversals(visits, window, settled_ms) else []
    looks += [_told_ms(visits, visit, window) for _, visit in _untold(visits)]
    return min(looks, default=None)


_UNKNOWN = Visit()


def _changed(visits: Visits, inquiry_id: str, visit: Visit, now_ms: int) -> Visits:
    return Visits(
        changed_ms=max(now_ms, visits.changed_ms), visits={**visits.visits, inquiry_id: visit}
    )


def _return_of(visits: Visits, inquiry_id: str, window: Window) -> str | None:
    """The first inquiry on the same topic after the answer and within the window."""
    visit = visits.visits[inquiry_id]
    if visit.outcome is None or visit.outcome.topic is None:
        return None
    later = [
        (other.asked.received_ms, other_id)
        for other_id, other in visits.visits.items()
        if other_id != inquiry_id
        and other.asked is not None
        and other.asked.topic == visit.outcome.topic
        and 0 < other.asked.received_ms - visit.answered_ms <= window.length_ms
    ]
    return min(later)[1] if later else None


def _untold(visits: Visits) -> Iterator[tuple[str, Visit]]:
    """Ended, in the comparison of bot and people, and not told of yet."""
    for inquiry_id, visit in visits.visits.items():
        compared = visit.asked is not None and visit.asked.arm is not None
        if visit.outcome is not None and compared and not visit.told:
            yield inquiry_id, visit


def _told_ms(visits: Visits, visit: Visit, window: Window) -> int:
    return max(visit.answered_ms + window.length_ms, visits.changed_ms + window.settle_ms)


def _moment_ms(visit: Visit) -> int:
    return max(visit.answered_ms, visit.asked.received_ms if visit.asked is not None else 0)
