"""A fact's normal form the way people read it, so that they can tell whether it is right."""

from __future__ import annotations

from decimal import Decimal

import phonenumbers
from phonenumbers import PhoneNumberFormat
from stdnum import iban

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}


def readable(kind: str, value: str, language: str) -> str:
    """`value` itself where nothing reads better, or the language is neither English nor German."""
    if kind == "date" and language in _MONTHS:
        return _date(value, language)
    if kind == "amount":
        return _amount(value, language)
    if kind == "iban":
        return str(iban.format(value))
    if kind == "phone":
        return _phone(value)
    return value


def _date(value: str, language: str) -> str:
    year, month, day = value[:-6], value[-5:-3], value[-2:]
    name = _MONTHS[language].split()[int(month) - 1]
    point = "." if language == "de" else ""
    return f"{int(day)}{point} {name} {year.strip('-')}".strip()


def _amount(value: str, language: str) -> str:
    number, _, currency = value.partition(" ")
    shown = f"{Decimal(number):,}"
    if language == "de":
        shown = shown.translate(str.maketrans(",.", ".,"))
    return f"{shown} {currency}".strip()


def _phone(value: str) -> str:
    number = phonenumbers.parse(value, None)
    return str(phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
