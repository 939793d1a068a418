"""Amounts of money: with a currency, or where the words around a number say that it is money."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from services.intake.facts.found import Conventions, Found, Money
from services.intake.facts.money_words import (
    ANY_CASE,
    BEFORE_TOO,
    CENTS,
    CODES,
    DOLLARS,
    MONEY_VERB_AFTER,
    MONEY_WORD,
    NO_MONEY_AFTER,
    NO_MONEY_BEFORE,
    NOUN_RIGHT_BEFORE,
    NUMBER_ENDS,
    UPPER_CASE_ONLY,
    VERB_RIGHT_BEFORE,
    WITHOUT_CENTS,
)

_NUMBER = (
    r"(?P<number>[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){1,3}(?:,[0-9]{1,2})?"
    r"|(?:,[0-9]{3}){1,3}(?:\.[0-9]{1,2})?|(?:'[0-9]{3}){1,3}(?:[.,][0-9]{1,2})?"
    r"|(?: [0-9]{3}){1,3}(?P<spaced>[.,][0-9]{2})?)(?![0-9])(?![.,'][0-9])"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,2})?(?![0-9])(?![.,'][0-9]))"
)
_START = r"(?<![\w.,'/:#§@])(?<![A-Za-z]-)"
_DASHES = r"(?:,-{1,2}|\.-{1,2})?"
_THOUSANDS = r"(?P<thousand>k| ?tsd\.?| ?tausend| ?thousand)?"
_AFTER = "|".join(sorted((re.escape(c) for c in (*ANY_CASE, *CENTS)), key=len, reverse=True))
_UPPER_AFTER = "|".join(UPPER_CASE_ONLY)

_BEHIND = re.compile(
    rf"{_START}{_NUMBER}{_DASHES}{_THOUSANDS}(?: {{0,2}}|-)(?P<unit>(?:{_AFTER})|(?-i:{_UPPER_AFTER}))"
    rf"(?:(?<=[€£$¥₹])|(?!\w))(?!(?<=p)\.m)",
    re.IGNORECASE,
)
_IN_FRONT = re.compile(
    rf"(?<![\w$])(?P<unit>{'|'.join(map(re.escape, BEFORE_TOO))}|(?:{'|'.join(map(re.escape, CODES))}"
    rf"|{_UPPER_AFTER}|EURO|eur|usd|gbp|chf))(?![a-z]) {{0,2}}{_NUMBER}{_DASHES}{_THOUSANDS}(?![\w%])(?! ?%)"
)
_AND_CENTS = re.compile(
    r"(?: |, | and | und )(?P<cents>[0-9]{1,2}) ?(?:cents?|ct|pence|p)(?!\w)"
    r"| (?P<bare_cents>[0-9]{2})(?=[,.;!?)]{0,3}(?:$|\n)|[.,;!?)] )"
    r"|(?<=[€£$])(?P<tight_cents>[0-9]{2})(?!\w|[.,][0-9])",
    re.IGNORECASE,
)

_TOO_MUCH = 10**12
_WINDOW = 45
_CLAUSE_END = re.compile(r"[.!?;] |\n")
_BARE = re.compile(rf"{_START}{_NUMBER}{_DASHES}(?![\w%@])(?! ?%)")


def find_amounts(text: str, conventions: Conventions) -> Iterator[Found]:
    """Those with a currency. A sign in front is left out: "-49,90 €" is a debit of 49.90."""
    for match in _IN_FRONT.finditer(text):
        yield from _found(match, match.end(), conventions)
    for match in _BEHIND.finditer(text):
        cents = _AND_CENTS.match(text, match.end())
        if match["unit"].lower() in CENTS:
            yield from _found_cents(match, conventions)
        elif cents is not None and match["number"].isdecimal() and not match["thousand"]:
            more = cents["cents"] or cents["bare_cents"] or cents["tight_cents"]
            yield from _found(match, cents.end(), conventions, more)
        else:
            yield from _found(match, match.end(), conventions)


def find_amounts_without_currency(text: str) -> Iterator[Found]:
    """Numbers with cents near a word of money, or any number right behind one ("a fee of 5")."""
    for match in _BARE.finditer(text):
        start, end = match.span()
        if NO_MONEY_AFTER.match(text, end) or (
            NO_MONEY_BEFORE.search(text[max(0, start - 12) : start])
        ):
            continue
        if match["number"].isdecimal() and not match[0].endswith("-"):
            sure = _whole_number_is_money(text, start, end) and not _is_year(match["number"])
        else:
            sure = _money_word_near(text, start, end)
        value = _decimal(match["number"])
        if sure and value is not None:
            yield Found("amount", _money(value, None), start, end)


def read_amount(text: str) -> Money | None:
    """The amount of a text that is nothing but a number."""
    match = re.fullmatch(rf" *{_NUMBER}{_DASHES} *", text)
    value = _decimal(match["number"]) if match is not None else None
    return _money(value, None) if value is not None else None


def _found(
    match: re.Match[str], end: int, conventions: Conventions, cents: str | None = None
) -> Iterator[Found]:
    if match["spaced"] is None and " " in match["number"] and conventions.language == "en":
        return  # English writes no blank in 2 500: these are two numbers
    value = _decimal(match["number"])
    if value is None:
        return
    value *= 1000 if match["thousand"] else 1
    value += Decimal(cents.zfill(2)) / 100 if cents is not None else 0
    if value < _TOO_MUCH:
        money = _money(value, _currency(match["unit"], conventions))
        yield Found("amount", money, match.start(), end)


def _found_cents(match: re.Match[str], conventions: Conventions) -> Iterator[Found]:
    """ "p" is pence only where pence are spent: elsewhere 480p is a resolution."""
    unit = match["unit"].lower()
    value = _decimal(match["number"])
    small = value is not None and value < 100
    tight = match["number"] + match["unit"] == match[0]
    if value is None or match["thousand"]:
        return
    if unit == "p" and not (tight and small and _british(conventions)):
        return
    currency = CENTS[unit]
    if currency == "EUR" and conventions.language == "en":
        currency = None
    yield Found("amount", _money(value / 100, currency), match.start(), match.end())


def _british(conventions: Conventions) -> bool:
    return conventions.language in ("en", None) and conventions.region in ("GB", None)


def _currency(unit: str, conventions: Conventions) -> str | None:
    if unit == "$":
        return DOLLARS.get(conventions.region or "US", "USD")
    return ANY_CASE.get(unit.lower().rstrip("."), unit.upper())


def _decimal(number: str) -> Decimal | None:
    """Money has no thousandths, so a separator before three digits groups thousands in any
    language, and one before fewer is the decimal's."""
    compact = number.replace(" ", "").replace("'", "")
    head, point, tail = compact.rpartition(max(".,", key=compact.rfind))
    if not point or len(tail) == 3:
        return Decimal(compact.replace(".", "").replace(",", ""))
    return Decimal(f"{head.replace('.', '').replace(',', '')}.{tail}")


def _money(value: Decimal, currency: str | None) -> Money:
    places = Decimal(1) if currency in WITHOUT_CENTS else Decimal("0.01")
    return Money(f"{value.quantize(places, ROUND_HALF_UP):f}", currency)


def _money_word_near(text: str, start: int, end: int) -> bool:
    """In the same clause, a few words before or after."""
    before = _CLAUSE_END.split(text[max(0, start - _WINDOW) : start])[-1]
    after = _CLAUSE_END.split(text[end : end + _WINDOW])[0]
    return bool(MONEY_WORD.search(before) or MONEY_WORD.search(after))


def _whole_number_is_money(text: str, start: int, end: int) -> bool:
    """Whole numbers count so many things that the word of money must stand right beside them."""
    before = text[max(0, start - 30) : start]
    if NOUN_RIGHT_BEFORE.search(before):
        return True
    if end - start < 2:
        return False
    if MONEY_VERB_AFTER.match(text, end):
        return True
    return bool(VERB_RIGHT_BEFORE.search(before) and NUMBER_ENDS.match(text, end))


def _is_year(number: str) -> bool:
    return len(number) == 4 and number[:2] in ("19", "20")
