"""Desks whose true quality is known, driven through the real rules one piece of evidence at a time."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from services.quality.licensing import Cell, Standing, Terms, after
from warmline.events import Evidence, LicenceOrder

TOPIC = "refund_status"
CELL = Cell(TOPIC, "en")
TERMS = Terms(harms={TOPIC: "information"}, languages=("en",), thresholds=(0.8,), history_min=3)

_ids = itertools.count()


def evidence(kind: Any, good: bool = True, **more: Any) -> Evidence:
    values = {"topic": TOPIC, "language": "en", "at_ms": 1000, **more}
    return Evidence(evidence_id=f"e{next(_ids)}", kind=kind, good=good, **values)


def order(do: Any, *, force: bool = False, state: Any = "licensed", **more: Any) -> Evidence:
    said = LicenceOrder(do=do, state=state, reason="because", by="ada", force=force)
    return evidence("order", order=said, **more)


class Desk:
    """What stands for each cell; `tell` gives it one piece of evidence."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.terms = terms
        self.standings: dict[Cell, Standing] = {}

    def tell(self, piece: Evidence) -> Standing:
        cell = Cell(piece.topic, piece.language)
        self.standings[cell] = after(self.standings, piece, self.terms)
        return self.standings[cell]

    def tell_many(self, count: int, kind: Any, good: bool = True, **more: Any) -> Standing:
        for _ in range(count - 1):
            self.tell(evidence(kind, good, **more))
        return self.tell(evidence(kind, good, **more))

    def tell_until(self, state: str, limit: int, kind: Any, good: bool = True, **more: Any) -> int:
        """How many pieces it took."""
        for told in range(limit):
            if self.tell(evidence(kind, good, **more)).state == state:
                return told + 1
        raise AssertionError(f"not {state} after {limit}: {self.standings}")


def drafting(terms: Terms = TERMS, **more: Any) -> Desk:
    desk = Desk(terms)
    desk.tell_many(terms.history_min, "history", **more)
    return desk


def licensed(terms: Terms = TERMS, **more: Any) -> Desk:
    desk = drafting(terms, **more)
    desk.tell_until("licensed", 3000, "draft", confidence=0.99, **more)
    return desk


def coin(seed: int, share: float, size: int) -> list[bool]:
    return list(np.random.default_rng(seed).random(size) < share)
