"""Which facts a system's answer holds. Pure.

The answer is another program's: a field that is missing or of another type is no fact, and says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from services.intake.facts.found import Conventions
from services.intake.facts.typed import value_of
from services.lookups.configuration import FactField, Lookup

Why = Literal["missing", "wrong_kind", "not_json", "other_customer"]


class Read(NamedTuple):
    """`facts` in their normal form; `dropped` says of each other one, by name, why it is none."""

    facts: dict[str, str]
    dropped: dict[str, Why]


class NotJsonError(ValueError):
    """The answer is no JSON object."""


def read_answer(lookup: Lookup, body: bytes, customer_id: str, conventions: Conventions) -> Read:
    """Raises NotJsonError. Nothing is taken from an answer on another customer's matter."""
    answer = _parse(body)
    if lookup.belongs_to is not None and not _is(_at(answer, lookup.belongs_to), customer_id):
        return Read({}, dict.fromkeys(lookup.facts, "other_customer"))
    facts: dict[str, str] = {}
    dropped: dict[str, Why] = {}
    for name, field in lookup.facts.items():
        given = _at(answer, field.field)
        value = _value(field, given, answer, conventions)
        if value is not None:
            facts[name] = value
        else:
            dropped[name] = "missing" if given is None else "wrong_kind"
    return Read(facts, dropped)


def _parse(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        raise NotJsonError from None
    if not isinstance(answer, dict):
        raise NotJsonError
    return answer


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _at(answer: Any, path: str) -> Any:
    """None where nothing stands there."""
    for part in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isdecimal() and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer


def _value(field: FactField, given: Any, answer: Any, conventions: Conventions) -> str | None:
    if field.kind == "amount":
        return _amount(field, given, answer, conventions)
    if field.kind in ("number", "flag"):
        fits = isinstance(given, bool) == (field.kind == "flag") and isinstance(given, int)
        return value_of(field.kind, given, conventions) if fits else None
    return value_of(field.kind, given, conventions) if isinstance(given, str) else None


def _amount(field: FactField, given: Any, answer: Any, conventions: Conventions) -> str | None:
    currency = field.currency or _at(answer, field.currency_field or "")
    if not isinstance(currency, str) or isinstance(given, bool):
        return None
    if not isinstance(given, str | int | Decimal) or " " in str(given).strip():
        return None
    number = value_of("amount", given, conventions)
    return value_of("amount", f"{number} {currency}", conventions) if number is not None else None


def _is(given: Any, customer_id: str) -> bool:
    return (
        isinstance(given, str | int) and not isinstance(given, bool) and str(given) == customer_id
    )
