"""What a language model was paid is in the costs of the inquiry that it was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.quality.report.cases import cases_of
from services.quality.report.document import Choices, document_of
from services.quality.report.facts import fact_of, to_line
from services.quality.report.moments import Measure
from services.quality.report.prices import Prices
from services.quality.report.reading import Read
from services.quality.report.sorting import SortedLines
from services.quality.report.totals import Period, Totals, totals_of
from services.quality.report.worth import spent
from tests.unit.quality.report.company import Company
from warmline.errors import ConfigurationError
from warmline.events import Decision, Event, ModelCall

FOREVER = Period(0, 10**15, window_ms=0, late_ms=60_000)
PRICES = Prices(
    currency="EUR",
    person_hour=Decimal(0),
    model_call=Decimal(0),
    complaint=Decimal(0),
)


def call(
    decision: Decision, number: int, cost: str, currency: str = "EUR", *, estimated: bool = False
) -> Event[Any]:
    made = ModelCall(
        call_id=f"call-{decision.inquiry.inquiry_id}-{number}",
        inquiry_id=decision.inquiry.inquiry_id,
        conversation_id=decision.inquiry.conversation_id,
        topic=decision.topic,
        language=decision.language,
        model="small",
        result="used",
        tokens_in=200,
        tokens_out=100,
        estimated=estimated,
        cost=Decimal(cost),
        currency=currency,
    )
    return Event(made.call_id, "/warmline/bot", datetime(2026, 11, 22, tzinfo=UTC), made)


def history() -> tuple[list[Event[Any]], list[Decision]]:
    events: list[Event[Any]] = [event for _, event in Company(7, 60).history()]
    return events, [event.data for event in events if isinstance(event.data, Decision)]


def totals_with(currency: str = "EUR") -> tuple[Totals, int]:
    """Every inquiry has two calls, one of which was read twice; returns how many inquiries there are."""
    events, decisions = history()
    calls = [
        call(made, n, cost, currency)
        for made in decisions
        for n, cost in ((1, "0.00009"), (2, "0.001"))
    ]
    return totals_over([*calls, *events, *calls[:1], replace(calls[-1])]), len(decisions)


def totals_over(events: list[Event[Any]]) -> Totals:
    with SortedLines(50) as lines:
        for event in events:
            found = fact_of(event)
            if found is not None:
                lines.add(to_line(*found))
        return totals_of(cases_of(lines), FOREVER)


def test_calls_add_up_to_the_last_digit_however_often_they_are_read() -> None:
    totals, inquiries = totals_with()
    cost = spent(totals.groups, PRICES)
    settled = sum(moments.size for moments in totals.groups.values())
    assert settled == inquiries
    assert cost.model_calls == Fraction("0.00109") * inquiries
    assert cost.total == cost.model_calls
    assert sum(m.sums[Measure.MODEL_NANO] for m in totals.groups.values()) == 1_090_000 * inquiries


def test_amounts_in_another_currency_are_never_added() -> None:
    totals, _ = totals_with("USD")
    read = Read(Counter(), Counter())
    with pytest.raises(ConfigurationError, match="USD"):
        document_of(totals, read, Choices(FOREVER, 0.05, 0.1, PRICES))
    document_of(totals, read, Choices(FOREVER, 0.05, 0.1, None))


def test_what_was_estimated_is_told_apart_until_its_end_is_known() -> None:
    events, decisions = history()
    first, second, *_ = decisions
    guessed = [call(each, 1, "0.002", estimated=True) for each in (first, second)]
    known = call(first, 1, "0.0005")
    for calls in ([*guessed, known], [known, *guessed]):
        totals = totals_over([*calls, *events])
        assert spent(totals.groups, PRICES).model_calls == Fraction("0.0025")
        assert totals.estimated_nano == 2_000_000
    document = document_of(totals, Read(Counter(), Counter()), Choices(FOREVER, 0.05, 0.1, PRICES))
    [shown] = [one.value for one in document.figures if one.measure == "of model calls, estimated"]
    assert shown == Decimal("0.0020")
    assert totals_with()[0].estimated_nano == 0
