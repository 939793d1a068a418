"""Who answers first. The three simple policies listen to nothing; Warmline's listens to evidence."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, Literal, Protocol

from services.quality.licensing import Cell, Standing, Terms, after
from services.quality.simulation.inquiries import Luck, SimulatedInquiry
from services.quality.simulation.world import World
from warmline.events.evidence import Evidence

LANGUAGE = "en"
CLEAR, UNCLEAR = 0.97, 0.5
"""The confidence that triage gives to inquiries it reads clearly, and to others."""

Route = Literal["bot", "people", "draft", "holdout"]
"""`draft`: people, with the bot's proposal beside. `holdout`: people, of the comparison group."""


class Policy(Protocol):
    @property
    def name(self) -> str: ...

    def route(self, inquiry: SimulatedInquiry, clear: bool, wish: bool) -> Route: ...

    def audits(self, inquiry: SimulatedInquiry) -> bool:
        """Whether this answer of the bot is looked at by a person."""

    def hear(self, topic: int, kind: Any, at_min: float, **more: Any) -> None:
        """A piece of evidence."""


class Fixed:
    """The bot gets a share of everything, by chance, whatever the topic, the confidence or the
    customer's wish."""

    def __init__(self, name: str, share: float) -> None:
        self.name = name
        self._share = share

    def route(self, inquiry: SimulatedInquiry, clear: bool, wish: bool) -> Route:  # noqa: ARG002
        return "bot" if inquiry.luck[Luck.HOLDOUT] < self._share else "people"

    def audits(self, inquiry: SimulatedInquiry) -> bool:  # noqa: ARG002
        return False

    def hear(self, topic: int, kind: Any, at_min: float, **more: Any) -> None:
        """Listens to nothing: that is the point."""


class Warmline:
    """The licences of `licensing`, one language. Every change is kept in `changes`: minute, topic,
    state, reason."""

    name = "Warmline"

    def __init__(self, world: World) -> None:
        self._world = world
        self._names = [topic.name for topic in world.topics]
        self._terms = Terms(
            harms={t.name: t.harm for t in world.topics if t.harm != "risk"}, languages=(LANGUAGE,)
        )
        self._standings: dict[Cell, Standing] = {}
        self._ids = count()
        self.changes: list[tuple[float, str, str, str]] = []
        for topic in range(len(self._names)):
            self.hear(topic, "history", 0.0, count=world.practice.history, seeded=True)

    def route(self, inquiry: SimulatedInquiry, clear: bool, wish: bool) -> Route:
        standing = self._standings.get(Cell(self._names[inquiry.topic], LANGUAGE))
        if standing is None or wish or inquiry.returned or standing.state == "human_only":
            return "people"
        if standing.state != "licensed":
            return "draft" if clear else "people"
        confidence = CLEAR if clear else UNCLEAR
        if standing.threshold is None or confidence < standing.threshold:
            return "people"
        held_out = inquiry.luck[Luck.HOLDOUT] < self._world.practice.holdout
        return "holdout" if held_out else "bot"

    def audits(self, inquiry: SimulatedInquiry) -> bool:
        return bool(inquiry.luck[Luck.AUDIT] < self._world.practice.audits)

    def hear(self, topic: int, kind: Any, at_min: float, **more: Any) -> None:
        name = self._names[topic]
        cell = Cell(name, LANGUAGE)
        before = self._standings.get(cell)
        evidence = Evidence(
            evidence_id=str(next(self._ids)),
            topic=name,
            language=LANGUAGE,
            kind=kind,
            at_ms=round(at_min * 60_000),
            confidence=more.pop("confidence", CLEAR),
            **more,
        )
        standing = self._standings[cell] = after(self._standings, evidence, self._terms)
        if standing.state != (before.state if before is not None else "human_only"):
            self.changes.append((at_min, name, standing.state, standing.reason))


def policies(world: World) -> list[Callable[[], Policy]]:
    """In the order in which they are shown; made anew for each run."""
    return [
        lambda: Fixed("everything automated", 1.0),
        lambda: Fixed("80 % automated", 0.8),
        lambda: Fixed("nothing automated", 0.0),
        lambda: Warmline(world),
    ]
