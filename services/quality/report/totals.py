"""Sums over the cases of a period: everything that is concluded later follows from them. Pure.

Only whole numbers are summed, so the same events give the same totals to the last digit.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from services.quality.report.cases import Case
from services.quality.report.facts import Drafted, Verdict
from services.quality.report.moments import Measure, Moments, terms_of

Key = TypeVar("Key")

DAY_MS = 24 * 60 * 60 * 1000
STEPS = 100
"""Of the confidence, from 0 to 1."""
REJECTED_FOR = "rejected: "
"""Followed by the desk's reason."""

WAITS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)
"""Upper ends of the classes of waiting; one more class has no end."""


@dataclass(frozen=True, slots=True)
class Period:
    """Milliseconds since 1970; `until_ms` is not part of it. An inquiry counts by the moment at
    which it was received. For `window_ms` after it a return may still come, so a younger one is
    counted among the endings, but not yet where bot and people are compared."""

    since_ms: int
    until_ms: int
    window_ms: int
    late_ms: int

    def holds(self, received_ms: int) -> bool:
        return self.since_ms <= received_ms < self.until_ms

    def settled(self, received_ms: int) -> bool:
        return received_ms + self.window_ms <= self.until_ms


class Group(NamedTuple):
    """`arm`: what chance assigned (`bot`, `people`), or empty where it had no say."""

    topic: str
    language: str
    arm: str


class Slice(NamedTuple):
    """Of customers: `by` is language, channel or market."""

    by: str
    name: str


@dataclass(slots=True)
class Judged:
    """At one step of confidence: inquiries, and how people judged proposals and answers of the bot.
    What customers say is no verdict: who answers a survey is not a random sample."""

    seen: int = 0
    right: int = 0
    wrong: int = 0


@dataclass(slots=True)
class Repeats:
    """Of work that people finished: whether the customer had to repeat what was known."""

    yes: int = 0
    no: int = 0
    not_said: int = 0

    @property
    def asked(self) -> int:
        return self.yes + self.no


@dataclass
class Totals:
    """`endings`: by kind, and `open`. `groups`, `slices` and `days` hold settled cases only; `days`
    by day since 1970 and who had the inquiry first. `waits`: answered inquiries by class of waiting.
    `judged`: by topic and step of confidence. `drafts`: by topic and language, right and wrong.
    `proposals`: what people made of them, and why they rejected some. `repeats`: by topic and language.
    `currencies`: those that the language model was paid in; `estimated_nano`: what of its cost its endpoint
    has not counted, in billionths."""

    endings: Counter[str] = field(default_factory=Counter)
    unsettled: int = 0
    groups: dict[Group, Moments] = field(default_factory=dict)
    slices: dict[Slice, Moments] = field(default_factory=dict)
    days: dict[tuple[int, str], Moments] = field(default_factory=dict)
    waits: dict[str, list[int]] = field(default_factory=dict)
    judged: dict[str, list[Judged]] = field(default_factory=dict)
    drafts: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    proposals: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    repeats: dict[tuple[str, str], Repeats] = field(default_factory=dict)
    currencies: set[str] = field(default_factory=set)
    estimated_nano: int = 0


def totals_of(cases: Iterable[Case | Verdict | Drafted], period: Period) -> Totals:
    totals = Totals()
    for case in cases:
        if isinstance(case, Verdict):
            if period.holds(case.at_ms):
                _judge(totals, case)
            continue
        if isinstance(case, Drafted):
            if period.holds(case.at_ms):
                _draft(totals, case)
            continue
        if not period.holds(case.asked.received_ms):
            continue
        totals.endings[case.end.kind if case.end is not None else "open"] += 1
        _repeat(totals, case)
        if case.end is None or not period.settled(case.asked.received_ms):
            totals.unsettled += 1
            continue
        _add(totals, case, period)
    return totals


def _add(totals: Totals, case: Case, period: Period) -> None:
    asked = case.asked
    totals.currencies |= case.currencies
    totals.estimated_nano += case.estimated_nano
    terms = terms_of(measures_of(case, period.late_ms))
    first = "bot" if asked.route == "bot" and asked.mode == "answer" else "people"
    _of(totals.groups, Group(asked.topic, asked.language, case.arm)).add(terms)
    _of(totals.days, (asked.received_ms // DAY_MS, first)).add(terms)
    _of(totals.slices, Slice("language", asked.language)).count(terms)
    _of(totals.slices, Slice("channel", asked.channel)).count(terms)
    _of(totals.slices, Slice("market", asked.market)).count(terms)
    _wait(totals, case, first)
    if asked.topic:
        _step(totals, asked.topic, asked.confidence).seen += 1


def _of(some: dict[Key, Moments], key: Key) -> Moments:
    """Not `setdefault`, which would make new ones for each case."""
    moments = some.get(key)
    if moments is None:
        moments = some[key] = Moments()
    return moments


def measures_of(case: Case, late_ms: int) -> dict[Measure, int]:
    """Raises ValueError for a case that has not ended."""
    end = case.end
    if end is None:
        raise ValueError("a case that has not ended cannot be measured")
    kind, answered = end.kind, end.by != "nobody"
    resolved = kind in ("confirmed", "handed_off")
    stayed = not end.returned
    asked_bot = case.asked.route == "bot"
    first_ms = end.first_answer_ms
    return {
        Measure.KEPT: resolved and stayed,
        Measure.KEPT_IN_SILENCE: (resolved or kind == "assumed") and stayed,
        Measure.FIRST_CONTACT: answered and stayed,
        Measure.ATTEMPTS: asked_bot,
        Measure.HANDED_OVER: asked_bot and case.asked.mode == "answer" and end.by != "bot",
        Measure.PERSON_MS: case.person_ms,
        Measure.RETURNED: end.returned,
        Measure.COMPLAINED: case.complained,
        Measure.RATED: case.score > 0,
        Measure.SCORE: case.score,
        Measure.ANSWERED: answered,
        Measure.WAITED_MS: max(0, first_ms),
        Measure.LATE: not 0 <= first_ms <= late_ms,
        Measure.AUTOMATED: end.by == "bot",
        Measure.MODEL_NANO: case.model_nano,
    }


def _repeat(totals: Totals, case: Case) -> None:
    if not case.completed:
        return
    repeats = totals.repeats.setdefault((case.asked.topic, case.asked.language), Repeats())
    if case.repeated is None:
        repeats.not_said += 1
    elif case.repeated:
        repeats.yes += 1
    else:
        repeats.no += 1


def _wait(totals: Totals, case: Case, first: str) -> None:
    first_ms = case.end.first_answer_ms if case.end is not None else -1
    if first_ms >= 0:
        classes = totals.waits.setdefault(first, [0] * (len(WAITS_S) + 1))
        classes[bisect_left(WAITS_S, first_ms / 1000)] += 1


def _judge(totals: Totals, verdict: Verdict) -> None:
    step = _step(totals, verdict.topic, verdict.confidence)
    if verdict.good:
        step.right += verdict.alike
    else:
        step.wrong += verdict.alike
    if verdict.kind == "draft":
        drafts = totals.drafts.setdefault((verdict.topic, verdict.language), [0, 0])
        drafts[not verdict.good] += verdict.alike


def _draft(totals: Totals, drafted: Drafted) -> None:
    some = totals.proposals.setdefault((drafted.topic, drafted.language), Counter())
    some[drafted.became] += 1
    if drafted.reason:
        some[REJECTED_FOR + drafted.reason] += 1


def _step(totals: Totals, topic: str, confidence: float) -> Judged:
    steps = totals.judged.get(topic)
    if steps is None:
        steps = totals.judged[topic] = [Judged() for _ in range(STEPS + 1)]
    return steps[int(confidence * STEPS)]


def as_data(totals: Totals) -> dict[str, Any]:
    """All totals as plain data in a fixed order: the same totals give the same bytes of JSON."""
    return {
        "endings": dict(sorted(totals.endings.items())),
        "unsettled": totals.unsettled,
        "model_estimated_nano": totals.estimated_nano,
        "groups": [
            {**group._asdict(), **_data(moments)}
            for group, moments in sorted(totals.groups.items())
        ],
        "slices": [
            {**part._asdict(), **_data(moments)} for part, moments in sorted(totals.slices.items())
        ],
        "days": [
            {"day": day, "first": first, **_data(moments)}
            for (day, first), moments in sorted(totals.days.items())
        ],
        "waits": dict(sorted(totals.waits.items())),
        "judged": {
            topic: [
                [place, step.seen, step.right, step.wrong]
                for place, step in enumerate(steps)
                if step != Judged()
            ]
            for topic, steps in sorted(totals.judged.items())
        },
        "repeats": [
            [*key, some.yes, some.no, some.not_said] for key, some in sorted(totals.repeats.items())
        ],
        "proposals": [
            {"topic": topic, "language": language, **dict(sorted(some.items()))}
            for (topic, language), some in sorted(totals.proposals.items())
        ],
        "drafts": [[*key, *counts] for key, counts in sorted(totals.drafts.items())],
    }


def _data(moments: Moments) -> dict[str, Any]:
    names = [measure.name.lower() for measure in Measure]
    return {
        "size": moments.size,
        "sums": dict(zip(names, moments.sums, strict=True)),
        "products": {
            f"{names[place // len(names)]}*{names[place % len(names)]}": product
            for place, product in enumerate(moments.products)
            if product
        },
        "triples": dict(sorted(moments.triples.items())),
    }
