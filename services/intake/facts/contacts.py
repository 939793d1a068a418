"""Bank accounts, e-mail addresses, web addresses and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers
from phonenumbers import Leniency, PhoneNumber, PhoneNumberFormat, PhoneNumberMatcher
from stdnum import iban, numdb

from services.intake.facts.found import Conventions, Found
from services.intake.facts.text import use_up

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])(?=(?P<iban>[A-Za-z]{2} ?[0-9]{2}(?:[ .-]?[A-Za-z0-9]){8,30}))"
)
_WRONG_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ .-]?[0-9]{4}){3,7}(?:[ .-]?[0-9]{1,3})?"
)
_EMAIL = re.compile(
    r"(?<![\w.%+'@-])[\w+%'-]{1,64}(?:\.[\w+%'-]{1,64}){0,8}"
    r"@(?P<domain>[^\W_](?:[\w-]{0,61}[^\W_])?(?:\.[^\W_](?:[\w-]{0,61}[^\W_])?){1,7})(?![\w@])"
)
_URL = re.compile(r"(?<!\w)(?:https?://|www\.)[^\s\x00<>\"]{1,2000}", re.IGNORECASE)
_PHONE_WORD = re.compile(
    r"(?<!\w)(?:tel\.?|telefon(?:nummer|isch)?|phone(?: number)?|mobil(?:e|nummer)?|mobile number|cell"
    r"|handy(?:nummer)?|fon|call|ring|text|whatsapp|sms|ruf(?:en|t)?|rückruf|rufnummer|anrufen"
    r"|erreichbar|erreichen|reach|number|nummer|fax)(?!\w)[^\n\x00]{0,25}$",
    re.IGNORECASE,
)
_DIGITS_ON_END = re.compile(r"(?:[0-9][^\w\n]{0,3}){60,}")
"""More than a few numbers in a row are no phone numbers, and cost the matcher the most."""
_NUMBERS = numdb.get("iban")
_E164_MIN = 9
"""Characters of +, country code and number, below which nobody is called."""
_TRIES = 60
"""Of the matcher on one text: enough for a real message, and a bound for any other."""


def find_ibans(text: str) -> Iterator[Found]:
    """With the right length for their country and right check digits (ISO 7064, mod 97-10)."""
    for match in _IBAN.finditer(text):
        candidate = match["iban"]
        length = _iban_length(candidate)
        end = _end_of(candidate, length) if length else None
        if end is None or text[match.start() + end : match.start() + end + 1].isalnum():
            continue
        number = iban.compact(candidate[:end])
        if iban.is_valid(number, check_country=False):
            yield Found("iban", number, match.start(), match.start() + end)


def find_wrong_ibans(text: str) -> Iterator[tuple[int, int]]:
    """What was meant as an IBAN and has a slip in it: no fact, and no phone number either."""
    return (match.span() for match in _WRONG_IBAN.finditer(text))


def find_emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        ending = match["domain"].rpartition(".")[2]
        if len(ending) >= 2 and not ending.isdecimal() and match.end() - match.start() <= 254:
            yield Found("email", match[0].lower().lstrip("'"), match.start(), match.end())


def find_urls(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _URL.finditer(text))


def find_phones(text: str, conventions: Conventions) -> Iterator[Found]:
    """Numbers that exist by the country's own rules. With a +, a word such as "call" before them or
    the groups of a phone number, the right length is enough: series are added all the time."""
    region = conventions.phone_region
    text = use_up(text, (match.span() for match in _DIGITS_ON_END.finditer(text)))
    for match in PhoneNumberMatcher(text, region, Leniency.VALID, _TRIES):
        yield Found("phone", _e164(match.number), match.start, match.end)
    for match in PhoneNumberMatcher(text, region, Leniency.POSSIBLE, _TRIES):
        raw, value = match.raw_string, _e164(match.number)
        announced = _PHONE_WORD.search(text[max(0, match.start - 40) : match.start])
        dialled = raw.lstrip("(").startswith("0") and (announced or _is_written_as_phone(raw))
        stable = len(value) >= _E164_MIN and read_phone(value, conventions) == value
        if stable and (raw.startswith(("+", "00")) or dialled):
            yield Found("phone", value, match.start, match.end)


def read_phone(text: str, conventions: Conventions) -> str | None:
    """The number of a text that is nothing else."""
    try:
        number = phonenumbers.parse(text, conventions.phone_region)
    except phonenumbers.NumberParseException:
        return None
    return _e164(number) if phonenumbers.is_possible_number(number) else None


def _iban_length(candidate: str) -> int | None:
    """None for two letters that are no country with IBANs."""
    [(_, properties), *_] = _NUMBERS.info(candidate[:2].upper())
    structure = properties.get("bban")
    return 4 + sum(map(int, re.findall(r"([0-9]+)!", structure))) if structure else None


def _end_of(candidate: str, length: int) -> int | None:
    """Where `length` letters and digits end, whatever stands between them."""
    at = [position for position, c in enumerate(candidate) if c.isalnum()]
    return at[length - 1] + 1 if len(at) >= length else None


def _is_written_as_phone(raw: str) -> bool:
    return sum(c.isdecimal() for c in raw) >= 10 and not raw.isdecimal()


def _e164(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
