"""Days told from today: yesterday, vor drei Tagen, last Monday."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from services.intake.facts.date_words import COUNTS, DAYS_FROM_TODAY, WEEKDAYS
from services.intake.facts.found import Found
from services.intake.facts.text import either

_NAMED = re.compile(rf"(?<![\w-]){either(DAYS_FROM_TODAY)}(?![\w-])", re.IGNORECASE)
_NO_TOMORROW = re.compile(
    r"(?:guten|schönen|schoenen|heute|gestern|vorgestern|jeden|am|der|den|dieser|diesen)\s$",
    re.IGNORECASE,
)
_COUNT = rf"(?P<n>[0-9]{{1,3}}|{either(COUNTS)})"
_UNIT = r"(?P<unit>days?|weeks?|tag(?:en|e)?|wochen?)"
_AGO = re.compile(rf"(?<![\w.,/-]){_COUNT} {_UNIT} ago(?!\w)", re.IGNORECASE)
_VOR = re.compile(rf"(?<!\w)vor {_COUNT} {_UNIT}(?!\w)", re.IGNORECASE)
_IN = re.compile(rf"(?<!\w)in {_COUNT} {_UNIT}(?!\w)(?! time)", re.IGNORECASE)
_TERMS_IN_DAYS = frozenset({"14", "30", "60", "90"})
_PAYING = re.compile(r"(?:pay|payment|zahlung|zahlen|kauf) $", re.IGNORECASE)
_LAST = re.compile(
    rf"(?<!\w)(?:last|letzten|letzter|vergangenen|am letzten) (?P<day>{either(WEEKDAYS)})(?!\w)",
    re.IGNORECASE,
)


def find_relative_dates(text: str, today: date) -> Iterator[Found]:
    """Those whose day is certain. "Next Friday" is not: half of all people mean the one after."""
    for match in _NAMED.finditer(text):
        word = match[0].lower()
        if word == "morgen" and _is_morning(match, text):
            continue
        yield from _made(match, today, DAYS_FROM_TODAY[word])
    for pattern, sign in ((_AGO, -1), (_VOR, -1), (_IN, 1)):
        for match in pattern.finditer(text):
            if pattern is _IN and _is_a_payment_term(match, text):
                continue
            count = int(match["n"]) if match["n"].isdecimal() else COUNTS[match["n"].lower()]
            in_days = 7 if match["unit"][0] in "wW" else 1
            yield from _made(match, today, sign * count * in_days)
    for match in _LAST.finditer(text):
        back = (today.weekday() - WEEKDAYS[match["day"].lower()] - 1) % 7 + 1
        yield from _made(match, today, -back)


def _is_a_payment_term(match: re.Match[str], text: str) -> bool:
    """ "Pay in 30 days" is what is sold, "can I pay in two weeks" a day."""
    before = text[max(0, match.start() - 10) : match.start()]
    return match["n"] in _TERMS_IN_DAYS and bool(_PAYING.search(before))


def _is_morning(match: re.Match[str], text: str) -> bool:
    """German has one word for both; the noun has a capital letter and mostly a word before it."""
    before = text[max(0, match.start() - 12) : match.start()]
    return match[0][0] == "M" or bool(_NO_TOMORROW.search(before))


def _made(match: re.Match[str], today: date, days: int) -> Iterator[Found]:
    try:
        day = today + timedelta(days=days)
    except OverflowError:
        return
    yield Found("date", day.isoformat(), match.start(), match.end())
