"""Every fact in a text. Each character belongs to one fact at most: the surest kind takes it first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from services.intake.facts import amounts, contacts, dates, numbers
from services.intake.facts.found import Conventions, Found, Kind, Money
from services.intake.facts.text import plain, use_up

_Finder = Callable[[str], Iterable[Found | tuple[int, int]]]


def recognise(text: str, conventions: Conventions) -> tuple[Found, ...]:
    """In the order of the text, never overlapping. Takes any text; time grows with its length."""
    rest = plain(text)
    found: list[Found] = []
    for find in _finders(conventions):
        taken = _longest(find(rest))
        found += [one for one in taken if isinstance(one, Found)]
        rest = use_up(rest, map(_span, taken))
    return tuple(sorted(found, key=_span))


def read_as(kind: Kind, text: str, conventions: Conventions) -> str | Money | None:
    """The one value of this kind in the answer to a question for it; None if there is none, or more
    than one. The question makes sure what "49,90" or "28/4" is."""
    bare = plain(text).strip()
    value: str | Money | None = None
    if kind == "date":
        value = dates.read_date(bare, conventions)
        conventions = replace(conventions, language="de")  # the last dot of 28.4. is the date's
    elif kind == "amount":
        value = amounts.read_amount(bare)
    elif kind == "phone":
        value = contacts.read_phone(bare, conventions)
    elif kind == "order_number":
        value = numbers.read_order_number(bare, conventions.order_masks)
    if value is not None:
        return value
    values = {one.value for one in recognise(text, conventions) if one.kind == kind}
    return values.pop() if len(values) == 1 else None


def _finders(conventions: Conventions) -> tuple[_Finder, ...]:
    """The surest first. Those that give bare spans use up what only looks like a fact."""
    masks = conventions.order_masks
    return (
        contacts.find_emails,
        contacts.find_urls,
        contacts.find_ibans,
        contacts.find_wrong_ibans,
        lambda text: dates.find_dates(text, conventions),
        lambda text: amounts.find_amounts(text, conventions),
        lambda text: numbers.find_order_numbers(text, masks),
        numbers.find_other_numbers,
        numbers.find_lookalikes,
        lambda text: contacts.find_phones(text, conventions),
        amounts.find_amounts_without_currency,
    )


def _longest(candidates: Iterable[Found | tuple[int, int]]) -> list[Found | tuple[int, int]]:
    """Of those that overlap, the one that begins first, and of these the longest."""
    kept: list[Found | tuple[int, int]] = []
    free_from = 0
    for one in sorted(candidates, key=lambda one: (_span(one)[0], -_span(one)[1])):
        start, end = _span(one)
        if start >= free_from:
            kept.append(one)
            free_from = end
    return kept


def _span(one: Found | tuple[int, int]) -> tuple[int, int]:
    return one if isinstance(one, tuple) else (one.start, one.end)
