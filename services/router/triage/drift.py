"""Has what customers write changed since the thresholds were certified? Pure counting and comparing.

A window counts inquiries by language: how many of each topic, how sure the model was, how many words
it had never seen. Two windows are compared by how far the shares have moved (population stability
index, PSI: below 0.1 is commonly read as stable, above 0.25 as a marked change) and by whether
chance could have moved them so far (G-test). Both must speak: a small window moves by chance, and in
a large one every trifle is significant.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

CONFIDENCE_EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
UNKNOWN_WORDS_EDGES = (0.001, 0.1, 0.2, 0.35, 0.5, 0.75)

DISTANCE = 0.1
CHANCE = 0.01
"""Of windows in which nothing has changed, at most this share shows any drift (Bonferroni)."""
RARE = 10
"""Cells with fewer inquiries than this in both windows together are tested as one."""
LEAST = 100
"""Fewer inquiries of a language in a window say nothing yet."""

Measure = Literal["topics", "share", "confidence", "unknown_words"]


class Seen(NamedTuple):
    """What counts of one inquiry."""

    topic: str
    language: str
    confidence: float
    unknown_words: float


class Counts(BaseModel):
    """Inquiries of one topic in one language. The means are over the inquiries."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    inquiries: int = Field(ge=0)
    confidence_sum: float = Field(ge=0)
    unknown_words_sum: float = Field(ge=0)
    confidence: tuple[int, ...] = Field(
        min_length=len(CONFIDENCE_EDGES) + 1, max_length=len(CONFIDENCE_EDGES) + 1
    )
    unknown_words: tuple[int, ...] = Field(
        min_length=len(UNKNOWN_WORDS_EDGES) + 1, max_length=len(UNKNOWN_WORDS_EDGES) + 1
    )

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            inquiries=self.inquiries + other.inquiries,
            confidence_sum=self.confidence_sum + other.confidence_sum,
            unknown_words_sum=self.unknown_words_sum + other.unknown_words_sum,
            confidence=_added(self.confidence, other.confidence),
            unknown_words=_added(self.unknown_words, other.unknown_words),
        )


NOTHING = Counts(
    inquiries=0,
    confidence_sum=0,
    unknown_words_sum=0,
    confidence=(0,) * (len(CONFIDENCE_EDGES) + 1),
    unknown_words=(0,) * (len(UNKNOWN_WORDS_EDGES) + 1),
)


class Window(BaseModel):
    """Counts by language, then by topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    languages: dict[str, dict[str, Counts]]

    def of(self, language: str, topic: str | None = None) -> Counts:
        """Of a topic, or (None) of all topics together."""
        topics = self.languages.get(language, {})
        if topic is not None:
            return topics.get(topic, NOTHING)
        return sum(topics.values(), start=NOTHING)


class Shift(NamedTuple):
    """How one measure moved. `expected` and `seen`: the topic's share (`share`), or the mean
    (`confidence`, `unknown_words`); of `topics`: 1 and the share of inquiries whose topic is where
    it was expected. `chance`: how likely chance alone moves it so far."""

    topic: str | None
    language: str
    measure: Measure
    inquiries: int
    expected: float
    seen: float
    distance: float
    chance: float
    drifted: bool = False


class Tally:
    """Counts inquiries one by one, in memory that grows with topics and languages only."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[str, _Cell]] = {}

    def add(self, seen: Seen) -> None:
        self._cells.setdefault(seen.language, {}).setdefault(seen.topic, _Cell()).add(seen)

    def window(self) -> Window:
        """What was counted so far."""
        return Window(
            languages={
                language: {topic: cell.counts() for topic, cell in sorted(cells.items())}
                for language, cells in sorted(self._cells.items())
            }
        )


class _Cell:
    """The numbers of one topic in one language."""

    def __init__(self) -> None:
        self.inquiries = 0
        self.confidence_sum = self.unknown_words_sum = 0.0
        self.confidence = [0] * (len(CONFIDENCE_EDGES) + 1)
        self.unknown_words = [0] * (len(UNKNOWN_WORDS_EDGES) + 1)

    def add(self, seen: Seen) -> None:
        self.inquiries += 1
        self.confidence_sum += seen.confidence
        self.unknown_words_sum += seen.unknown_words
        self.confidence[bisect_right(CONFIDENCE_EDGES, seen.confidence)] += 1
        self.unknown_words[bisect_right(UNKNOWN_WORDS_EDGES, seen.unknown_words)] += 1

    def counts(self) -> Counts:
        return Counts(
            inquiries=self.inquiries,
            confidence_sum=self.confidence_sum,
            unknown_words_sum=self.unknown_words_sum,
            confidence=tuple(self.confidence),
            unknown_words=tuple(self.unknown_words),
        )


def count(seen: Iterable[Seen]) -> Window:
    """A window of these inquiries."""
    tally = Tally()
    for each in seen:
        tally.add(each)
    return tally.window()


def compare(before: Window, after: Window) -> list[Shift]:
    """Every language that both windows know well enough: as a whole, then topic by topic."""
    shifts = []
    for language in sorted(before.languages.keys() & after.languages.keys()):
        if min(before.of(language).inquiries, after.of(language).inquiries) >= LEAST:
            shifts += _of_language(before, after, language)
    limit = CHANCE / max(len(shifts), 1)
    return [
        shift._replace(drifted=shift.distance >= DISTANCE and shift.chance < limit)
        for shift in shifts
    ]


def _of_language(before: Window, after: Window, language: str) -> list[Shift]:
    old, new = before.of(language), after.of(language)
    topics = sorted({*before.languages[language], *after.languages[language]})
    was = [before.of(language, topic).inquiries for topic in topics]
    now = [after.of(language, topic).inquiries for topic in topics]
    kept = sum(min(a / old.inquiries, b / new.inquiries) for a, b in zip(was, now, strict=True))
    shifts = [
        Shift(None, language, "topics", new.inquiries, 1.0, kept, psi(was, now), chance(was, now)),
        *_means(old, new, None, language),
    ]
    for topic, a, b in zip(topics, was, now, strict=True):
        old_split, new_split = [a, old.inquiries - a], [b, new.inquiries - b]
        shifts.append(
            Shift(
                topic,
                language,
                "share",
                b,
                a / old.inquiries,
                b / new.inquiries,
                psi(old_split, new_split),
                chance(old_split, new_split),
            )
        )
        if min(a, b) > 0:
            shifts += _means(before.of(language, topic), after.of(language, topic), topic, language)
    return shifts


def _means(old: Counts, new: Counts, topic: str | None, language: str) -> list[Shift]:
    return [
        Shift(
            topic, language, "confidence", new.inquiries,
            old.confidence_sum / old.inquiries, new.confidence_sum / new.inquiries,
            psi(old.confidence, new.confidence), chance(old.confidence, new.confidence),
        ),
        Shift(
            topic, language, "unknown_words", new.inquiries,
            old.unknown_words_sum / old.inquiries, new.unknown_words_sum / new.inquiries,
            psi(old.unknown_words, new.unknown_words), chance(old.unknown_words, new.unknown_words),
        ),
    ]  # fmt: skip


def psi(old: Sequence[int], new: Sequence[int]) -> float:
    """Population stability index of two histograms; half an inquiry is added to each cell."""
    cells = [(a + 0.5, b + 0.5) for a, b in zip(old, new, strict=True) if a or b]
    before, after = sum(a for a, _ in cells), sum(b for _, b in cells)
    return sum((b / after - a / before) * math.log((b / after) / (a / before)) for a, b in cells)


def chance(old: Sequence[int], new: Sequence[int]) -> float:
    """The p-value of the G-test that both histograms come from the same shares."""
    cells = _tested(old, new)
    before, after = sum(a for a, _ in cells), sum(b for _, b in cells)
    if len(cells) < 2 or not before or not after:
        return 1.0
    together = before + after
    statistic = 0.0
    for a, b in cells:
        for value, size in ((a, before), (b, after)):
            if value:
                statistic += 2 * value * math.log(value * together / ((a + b) * size))
    return _chi_square_tail(statistic, len(cells) - 1)


def _tested(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    cells = [(a, b) for a, b in zip(old, new, strict=True) if a + b >= RARE]
    rare = [(a, b) for a, b in zip(old, new, strict=True) if 0 < a + b < RARE]
    if rare:
        cells.append((sum(a for a, _ in rare), sum(b for _, b in rare)))
    return cells


def _chi_square_tail(statistic: float, freedom: int) -> float:
    """P(chi-square > statistic), exactly (Abramowitz and Stegun 26.4.4 and 26.4.5): the router need
    not load scipy for it."""
    half = statistic / 2
    odd = freedom % 2
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    term = math.exp(-half) * (math.sqrt(half / math.pi) * 2 if odd else 1.0)
    for step in range((freedom - odd) // 2):
        tail += term
        term *= half / (step + 1 + odd / 2)
    return min(tail, 1.0)


def _added(left: Sequence[int], right: Sequence[int]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(left, right, strict=True))
