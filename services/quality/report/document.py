"""The report of a period: figures, alerts, licences and the totals they come from. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.quality.report import figures
from services.quality.report.comparison import Compared, compare, yardsticks
from services.quality.report.fairness import Gap, gaps
from services.quality.report.figures import Figure
from services.quality.report.moments import Measure, Moments
from services.quality.report.prices import MODEL_NANO, Prices
from services.quality.report.reading import LicenceStep, Read
from services.quality.report.repeats import failing
from services.quality.report.totals import Group, Period, Totals, as_data
from services.quality.report.worth import Evidence, forecasts, return_cost, spent, worth
from warmline.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Choices:
    """What the reader of the report decides. `error`: of every interval, such as 0.05.
    `gap_limit`: see `fairness.gaps`. `prices` None: no amounts of money."""

    period: Period
    error: float
    gap_limit: float
    prices: Prices | None


@dataclass(frozen=True, slots=True)
class Document:
    choices: Choices
    read: Read
    totals: Totals
    compared: list[Compared]
    gaps: list[Gap]
    licences: list[LicenceStep]
    figures: list[Figure]

    @property
    def alerts(self) -> list[str]:
        """One sentence for each gap that needs somebody's attention, and for each topic whose brief fails."""
        limit = self.choices.gap_limit
        unfair = [
            f"{gap.by} {gap.name or 'not given'}: {gap.matter} {100 * gap.share:.1f} % against "
            f"{100 * gap.others_share:.1f} % elsewhere, beyond the limit of {100 * limit:g} points"
            for gap in self.gaps
            if gap.alert
        ]
        return unfair + [
            f"{one.topic or 'no topic'}/{one.language}: {100 * one.share:.0f} % of {one.size} customers "
            "had to repeat what was known; look at the topic's brief and its form"
            for one in failing(self.totals.repeats, self.choices.error)
        ]


def document_of(totals: Totals, read: Read, choices: Choices) -> Document:
    prices = choices.prices
    currency = prices.currency if prices is not None else ""
    other = totals.currencies - {currency}
    if prices is not None and other:
        raise ConfigurationError(
            f"currency: the prices are in {currency}, but the language model was paid in "
            f"{', '.join(sorted(other))}: set WARMLINE_MODEL_CURRENCY and its prices to {currency}"
        )
    cost = None
    if prices is not None:
        cost = {
            key: prices.weights(return_cost(totals.groups, key, prices))
            for key in {(group.topic, group.language) for group in totals.groups}
        }
    compared = compare(totals.groups, yardsticks(cost, currency), choices.error)
    found = gaps(totals.slices, choices.gap_limit, choices.error)
    now = standing(read.licences, choices.period.until_ms)
    return Document(
        choices=choices,
        read=read,
        totals=totals,
        compared=compared,
        gaps=found,
        licences=now,
        figures=[
            *figures.of_endings(totals),
            *figures.of_comparison(compared),
            *figures.of_proposals(totals, choices.error),
            *figures.of_briefs(totals, choices.error),
            *_money(totals, choices, now),
            *figures.of_fairness(found),
            *figures.of_waiting(totals),
            *_licences(now),
        ],
    )


def _money(totals: Totals, choices: Choices, now: Sequence[LicenceStep]) -> list[Figure]:
    prices = choices.prices
    if prices is None:
        return []
    found = worth(totals.groups, prices, choices.error)
    drafting = [evidence_of(totals, step, prices) for step in now if step.licence.state == "draft"]
    next_ones = forecasts(drafting, prices, choices.error)
    return [
        *figures.of_worth(found, prices.currency),
        *figures.of_spending(
            spent(totals.groups, prices), MODEL_NANO * totals.estimated_nano, prices.currency
        ),
        *figures.of_forecasts(next_ones, prices.currency),
    ]


def evidence_of(totals: Totals, step: LicenceStep, prices: Prices) -> Evidence:
    """Of a topic in draft: what it was asked, how its proposals were judged, what people cost."""
    topic, language = step.licence.topic, step.licence.language
    cases = totals.groups.get(Group(topic, language, ""), Moments())
    right, wrong = totals.drafts.get((topic, language), (0, 0))
    return Evidence(
        topic=topic,
        language=language,
        volume=cases.size,
        answerable=cases.sums[Measure.ATTEMPTS],
        right=right,
        judged=right + wrong,
        people_cost=cases.sample({Measure.PERSON_MS: prices.person_ms()}),
    )


def standing(steps: Sequence[LicenceStep], at_ms: int) -> list[LicenceStep]:
    """The newest step of each licence before `at_ms`, by topic and language."""
    newest = {
        (step.licence.topic, step.licence.language): step for step in steps if step.at_ms < at_ms
    }
    return [newest[key] for key in sorted(newest)]


def _licences(steps: Sequence[LicenceStep]) -> list[Figure]:
    return [
        Figure(
            "licences",
            f"{step.licence.topic}/{step.licence.language}",
            "now",
            "proven precision",
            "share",
            step.licence.sample,
            step.licence.lower_bound,
            note=step.licence.state.replace("_", "-")
            + (" (forced)" if step.licence.forced else ""),
        )
        for step in steps
    ]


def about(document: Document) -> dict[str, Any]:
    """What the report was made of, for whoever has to trust it."""
    period = document.choices.period
    return {
        "since": moment(period.since_ms),
        "until": moment(period.until_ms),
        "returns_counted_for_days": period.window_ms / 86_400_000,
        "late_after_s": period.late_ms / 1000,
        "confidence": 1 - document.choices.error,
        "gap_limit": document.choices.gap_limit,
        "currency": document.choices.prices.currency if document.choices.prices else None,
        "inquiries": sum(document.totals.endings.values()),
        "not_yet_compared": document.totals.unsettled,
        "events": dict(sorted(document.read.events.items())),
        "records_that_break_the_contract": dict(sorted(document.read.bad.items())),
    }


def as_json(document: Document) -> dict[str, Any]:
    return {
        "about": about(document),
        "alerts": document.alerts,
        "figures": [
            {name: _plain(value) for name, value in figure._asdict().items()}
            for figure in document.figures
        ],
        "licence_steps": [
            {"at": moment(step.at_ms), **step.licence.model_dump(mode="json")}
            for step in document.read.licences
        ],
        "totals": as_data(document.totals),
    }


def _plain(value: Any) -> Any:
    """Amounts of money stay decimal, as text."""
    return value if isinstance(value, str | int | float | None) else str(value)


def moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
