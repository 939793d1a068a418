"""Values that systems give, read as what they are declared to be. Pure.

A customer's words are searched for facts (`recognise`); a system's value either is of its kind or it is
not used: a wrong date in an answer or in a brief is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from services.intake.facts.found import Conventions, Kind
from services.intake.facts.recognise import read_as
from warmline.events.base import Scalar

ValueKind = Kind | Literal["text", "number", "flag"]
"""What a value may be: a fact's kind, plain text of one line, a whole number, yes or no."""

TEXT_MAX = 500

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?( [A-Z]{3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=$|T[0-9:.]{5,15}(Z|[+-][0-9]{2}:?[0-9]{2})?$)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Also what turns the direction of writing around: it would reorder the sentence that the value stands in."""


def value_of(
    kind: ValueKind, value: Scalar | Decimal | None, conventions: Conventions
) -> str | None:
    """The value's normal form, None where it is not of this kind. Dates are ISO 8601; of a moment its
    date counts."""
    if kind == "flag":
        shown = str(value).lower()
        return shown if isinstance(value, bool) or shown in ("true", "false") else None
    if value is None or isinstance(value, bool):
        return None
    if kind == "number":
        return _whole(value)
    if kind == "amount":
        return _amount(value)
    if not isinstance(value, str | int) or len(text := str(value).strip()) > TEXT_MAX:
        return None
    if not text or _CONTROL.search(text):
        return None
    if kind == "date":
        return _date(text)
    if kind == "text":
        return text
    read = read_as(kind, text, replace(conventions, today=None))
    return str(read) if read is not None else None


def without_wrong_kinds(
    values: Mapping[str, Scalar], kinds: Mapping[str, ValueKind], conventions: Conventions
) -> tuple[dict[str, Scalar], list[str]]:
    """What may be shown, each in its normal form where a kind is declared for its name; and the names
    of what is no value of its kind."""
    good: dict[str, Scalar] = {}
    wrong = []
    for name, value in values.items():
        kind = kinds.get(name)
        shown = value_of(kind, value, conventions) if kind is not None else value
        if shown is None:
            wrong.append(name)
        else:
            good[name] = shown
    return good, wrong


def _whole(value: Scalar | Decimal) -> str | None:
    text = str(value).strip()
    return text if re.fullmatch(r"-?[0-9]{1,18}", text) else None


def _amount(value: Scalar | Decimal) -> str | None:
    """Never below zero: a sign says who owes whom, and that is for words to say."""
    if isinstance(value, str):
        text = value.strip()
    else:
        number = Decimal(str(value))
        text = format(number, "f") if number.is_finite() and abs(number.adjusted()) < 15 else ""
    if not _AMOUNT.fullmatch(text):
        return None
    amount, blank, currency = text.partition(" ")
    whole, point, places = amount.partition(".")
    return f"{whole}{point}{places.ljust(2, '0') if point else ''}{blank}{currency}"


def _date(text: str) -> str | None:
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[0]).isoformat()
    except ValueError:
        return None
