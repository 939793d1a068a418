"""Every number of the report in one shape, so that each format shows the same ones. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from services.quality.estimates import Estimate
from services.quality.report.comparison import Compared
from services.quality.report.fairness import Gap
from services.quality.report.prices import money
from services.quality.report.totals import REJECTED_FOR, WAITS_S, Repeats, Totals
from services.quality.report.worth import Forecast, Parts, Side, Worth
from services.quality.statistics import wilson

Number = Decimal | float | int | None

SECTIONS: Mapping[str, tuple[str, str]] = {
    "endings": (
        "How inquiries ended",
        "Each inquiry ends once. What the customer left without a word is `assumed` and never "
        "counts as resolved.",
    ),
    "comparison": (
        "Bot beside people",
        "Chance decided who got the inquiry; it counts for the arm it was given to, whoever ended "
        "it (intention to treat). Handling is the time of people in either arm.",
    ),
    "proposals": (
        "What people made of proposals",
        "As they judged them at the desk; a proposal sent unchanged is what earns a licence.",
    ),
    "briefs": (
        "Customers who had to repeat themselves",
        "As the person said at the end of the work, by topic. Who did not say is not counted as a no.",
    ),
    "worth": (
        "What a kept resolution costs",
        "Kept: the customer confirmed it or a person finished it, and nobody came back with it. A "
        "return is charged to whoever gave the answer. Saved: against everything to people, over "
        "the inquiries that the bot had.",
    ),
    "forecast": (
        "What the next licence would bring",
        "Only topics with judged drafts and people's cases of their own; for as many inquiries as "
        "this period had.",
    ),
    "fairness": (
        "Waiting, help and automation by language, channel and market",
        "Each part beside all others of its kind. The intervals hold for all of them together; an "
        "alert needs the whole interval beyond the limit. Different topics may explain a gap.",
    ),
    "waiting": ("Waiting for the first answer", "Of the inquiries that were answered at all."),
    "licences": (
        "Licences",
        "What the bot may do, with the lower bound of its precision and the judged answers behind "
        "it.",
    ),
}
"""Name of each section: its title and what must be known to read it."""


class Figure(NamedTuple):
    """`size`: the cases behind it. `low` and `high`: its interval, None where there is none or it
    has no bound. `unit`: share, count, s, 1 to 5, text or a currency."""

    section: str
    subject: str
    who: str
    measure: str
    unit: str
    size: int | None
    value: Number
    low: Number = None
    high: Number = None
    note: str = ""


def of_endings(totals: Totals) -> Iterator[Figure]:
    size = sum(totals.endings.values())
    yield Figure("endings", "all", "inquiries", "received", "count", size, size)
    for kind, count in sorted(totals.endings.items()):
        name, interval = kind.replace("_", " "), wilson(count, size, 0.05)
        yield Figure("endings", "all", "inquiries", name, "count", size, count)
        yield Figure("endings", "all", "share", name, "share", size, count / size, *interval)


def of_comparison(compared: Sequence[Compared]) -> Iterator[Figure]:
    if not compared:
        yield _nothing("comparison", "bot beside people")
    for one in compared:
        subject = _topic(one.topic, one.language)
        for who, size, estimate in (
            ("bot", one.bot_size, one.bot),
            ("people", one.people_size, one.people),
            ("difference", None, one.difference),
        ):
            yield Figure(
                "comparison", subject, who, one.yardstick, one.unit, size, *_bounded(estimate)
            )


def of_proposals(totals: Totals, error: float) -> Iterator[Figure]:
    for key, some in sorted(totals.proposals.items()):
        subject, size = _topic(*key), some["unchanged"] + some["edited"] + some["rejected"]
        share, interval = some["unchanged"] / size, wilson(some["unchanged"], size, error)
        yield Figure(
            "proposals", subject, "people", "sent unchanged", "share", size, share, *interval
        )
        for became in ("edited", "rejected"):
            yield Figure("proposals", subject, "people", became, "count", size, some[became])
        for name in sorted(some):
            if name.startswith(REJECTED_FOR):
                yield Figure("proposals", subject, "people", name, "count", size, some[name])


def of_briefs(totals: Totals, error: float) -> Iterator[Figure]:
    everything = Repeats()
    for some in totals.repeats.values():
        everything.yes += some.yes
        everything.no += some.no
        everything.not_said += some.not_said
    if everything.asked == 0:
        return
    parts = [(_topic(*key), some) for key, some in sorted(totals.repeats.items())]
    for subject, some in [("all", everything), *parts]:
        if some.asked:
            share, interval = some.yes / some.asked, wilson(some.yes, some.asked, error)
            yield Figure(
                "briefs", subject, "people", "had to repeat", "share", some.asked, share, *interval
            )
        yield Figure("briefs", subject, "people", "did not say", "count", None, some.not_said)


def of_worth(found: Worth | None, currency: str) -> Iterator[Figure]:
    if found is None:
        yield _nothing("worth", "saved by the bot")
        return
    for who, side in (("bot", found.bot), ("people", found.people)):
        yield from _of_side(who, side, currency)
    cases = found.bot.cases
    yield _amount("worth", "all", "difference", "saved by the bot", found.saved, currency, cases)
    yield Figure(
        "worth",
        "all",
        "difference",
        "more kept than by people",
        "count",
        cases,
        *_bounded(found.kept_more),
    )
    for topic, language in found.left_out:
        yield Figure(
            "worth", _topic(topic, language), "difference", "saved by the bot", "text", None, None,
            note="no comparison group: nothing is claimed",
        )  # fmt: skip


def _nothing(section: str, measure: str) -> Figure:
    return Figure(
        section, "all", "difference", measure, "text", None, None,
        note="no topic has settled cases of both the bot and the comparison group: nothing is claimed",
    )  # fmt: skip


def of_spending(parts: Parts, estimated: Fraction, currency: str) -> Iterator[Figure]:
    """`estimated`: as much of the model's calls its endpoint has not counted."""
    for name, amount in _named(parts):
        if name != "returns":
            yield _exact("worth", "everything", name, amount, currency, "all inquiries")
        if name == "model calls" and estimated:
            part = "of model calls, estimated"
            yield _exact("worth", "everything", part, estimated, currency, "all inquiries")


def of_forecasts(found: Sequence[Forecast], currency: str) -> Iterator[Figure]:
    for one in found:
        subject = _topic(one.topic, one.language)
        yield _amount("forecast", subject, "if licensed", "saved", one.saved, currency, None)
        yield Figure(
            "forecast",
            subject,
            "if licensed",
            "answered wrongly",
            "count",
            None,
            *_bounded(one.wrong),
        )


def of_fairness(found: Sequence[Gap]) -> Iterator[Figure]:
    for gap in found:
        where = ("fairness", f"{gap.by} {gap.name or 'not given'}")
        what = (gap.matter, "share")
        alert = "ALERT" if gap.alert else ""
        yield Figure(*where, "here", *what, gap.size, gap.share, *gap.share_interval)
        yield Figure(*where, "others", *what, None, gap.others_share)
        yield Figure(*where, "gap", *what, None, gap.gap, *gap.interval, note=alert)
        if gap.matter == "answered late":
            yield Figure(*where, "here", "mean wait", "s", gap.size, gap.mean_wait_s)


def of_waiting(totals: Totals) -> Iterator[Figure]:
    for who, classes in sorted(totals.waits.items()):
        size, within = sum(classes), 0
        for limit_s, count in zip(WAITS_S, classes, strict=False):
            within += count
            low, high = wilson(within, size, 0.05)
            name = f"within {duration(limit_s)}"
            yield Figure("waiting", "all", who, name, "share", size, within / size, low, high)


def _of_side(who: str, side: Side, currency: str) -> Iterator[Figure]:
    yield _amount(
        "worth", "all", who, "cost per kept resolution", side.per_kept, currency, side.cases
    )
    yield Figure("worth", "all", who, "kept resolutions", "count", side.cases, side.kept)
    for name, amount in _named(side.parts):
        yield _exact("worth", "all", name, amount, currency, who)


def _named(parts: Parts) -> Iterator[tuple[str, Fraction]]:
    for name, amount in parts._asdict().items():
        yield name.replace("_", " "), amount
    yield "total", parts.total


def _exact(
    section: str, subject: str, measure: str, amount: Fraction, currency: str, who: str
) -> Figure:
    return Figure(section, subject, who, measure, currency, None, money(amount, currency).amount)


def _amount(
    section: str,
    subject: str,
    who: str,
    measure: str,
    estimate: Estimate,
    currency: str,
    size: int | None,
) -> Figure:
    value, low, high = (
        None if number is None else money(number, currency).amount for number in _bounded(estimate)
    )
    return Figure(section, subject, who, measure, currency, size, value, low, high)


def _bounded(estimate: Estimate) -> tuple[float | None, float | None, float | None]:
    low, high = estimate.interval
    return _finite(estimate.value), _finite(low), _finite(high)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _topic(topic: str | None, language: str | None) -> str:
    if topic is None:
        return "all"
    return f"{topic or 'no topic'}/{language}"


def duration(seconds: float) -> str:
    for unit, name in ((24 * 3600, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} s"


def shown(figure: Figure) -> str:
    """As people read it: the value, its interval and the cases behind it."""
    unknown = figure.value is None and figure.note
    value = "" if unknown else shown_number(figure.value, figure.unit)
    if figure.low is not None and figure.high is not None:
        ends = [shown_number(end, figure.unit) for end in (figure.low, figure.high)]
        value += f" ({ends[0]} to {ends[1]})"
    return " ".join(part for part in (figure.note, value) if part)


def shown_number(value: Number, unit: str) -> str:
    if value is None:
        return "" if unit == "text" else "unknown"
    if unit == "share":
        return f"{100 * float(value):.1f} %"
    if unit == "count":
        return f"{value:,.0f}"
    if unit == "s":
        return f"{value:,.1f} s"
    if isinstance(value, Decimal):
        return f"{value:,.2f} {unit}"
    return f"{value:,.2f}"
