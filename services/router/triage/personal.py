"""Personal data in training texts: what should not be learnt, shown or kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["an e-mail address", "a bank account", "a card number", "a phone number"]

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_IBAN = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.-])")
_DIGITS = re.compile(r"\d(?:[^\w]{0,2}\d){6}")
_REGIONS = {"de": "DE", "en": "GB"}


def personal_data(text: str, language: str) -> Iterator[Kind]:
    """Each kind that the text holds, once. Check digits are checked, so that order numbers pass."""
    if _EMAIL.search(text):
        yield "an e-mail address"
    if not _DIGITS.search(text):
        return
    accounts = [match[0] for match in _IBAN.finditer(text) if _is_iban(match[0])]
    cards = [match[0] for match in _CARD.finditer(text) if _is_card(match[0])]
    if accounts:
        yield "a bank account"
    if cards:
        yield "a card number"
    for number in (*accounts, *cards):
        text = text.replace(number, " ")
    if _DIGITS.search(text) and _has_phone(text, _REGIONS.get(language)):
        yield "a phone number"


def _is_iban(candidate: str) -> bool:
    """Trailing words may have been caught too: every shorter reading is tried."""
    from stdnum import iban

    parts = candidate.split(" ")
    return any(
        bool(iban.is_valid("".join(parts[:count]), check_country=False))
        for count in range(1, len(parts) + 1)
    )


def _is_card(candidate: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", candidate)
    return digits[0] in "3456" and bool(luhn.is_valid(digits))


def _has_phone(text: str, region: str | None) -> bool:
    from phonenumbers import Leniency, PhoneNumberMatcher

    return any(PhoneNumberMatcher(text, region, leniency=Leniency.VALID, max_tries=20))
