"""Dates: in figures, with month names, and, where today is known, relative ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from services.intake.facts.date_words import MONTHS, ORDINALS
from services.intake.facts.found import Conventions, Found
from services.intake.facts.relative_dates import find_relative_dates
from services.intake.facts.text import either

_CENTURY_TURNS_AT = 50
"""A two-digit year below is of this century, from here on of the last (births)."""

_MONEY_FOLLOWS = r"(?! ?(?:€|\$|£|%|eur|usd|gbp|chf|pounds?|pfund|dollar|franken))"
_TIME_FOLLOWS = r"(?! ?(?:uhr|h\b|am\b|pm\b|a\.m|p\.m))"
_START = r"(?<![\w/+#§])(?<![0-9][.,:])"
_END = r"(?!\w)(?![./][0-9])"
_DAY, _MONTH_NO = "[0-3]?[0-9]", "[0-3]?[0-9]"
_MONTH = rf"(?P<month>{either(MONTHS)})"

_CUE_DE = r"(?:am|vom|bis|ab|seit|zum|den|dem|auf)"
_CUE = rf"(?:{_CUE_DE}|on|from|by|since|until|till|dated|due|before|after|to)"
_SURE_CUE = r"(?:am|vom|dated|on|zum|bis zum)"

_YEAR_FIRST = re.compile(
    r"(?<![\w.,/+-])(?P<y>[0-9]{4})(?P<sep>[-/.])(?P<m>[0-9]{1,2})(?P=sep)(?P<d>[0-9]{1,2})"
    r"(?:(?=[Tt][0-9]{2}:)|(?![\w-])(?![./][0-9]))"
)
_NO_YEAR_ISO = re.compile(r"(?<![\w-])--(?P<m>[0-9]{2})-(?P<d>[0-9]{2})(?![\w-])")
_FIGURES = re.compile(
    rf"{_START}(?P<a>{_DAY})(?:(?P<sep>[./-])(?P<b>{_MONTH_NO})(?P=sep)(?P<y>[0-9]{{4}}|[0-9]{{2}})"
    rf"|\. (?P<b2>{_MONTH_NO})\. ?(?P<y2>[0-9]{{4}}))(?:{_END}|(?=-[0-9]))"
)
_DOTTED = re.compile(
    rf"(?:(?<!\w){_CUE} (?:den |dem )?(?P<a2>{_DAY})\. (?P<b2>{_MONTH_NO})\."
    rf"|{_START}(?P<a>{_DAY})\.(?P<b>{_MONTH_NO})\.)(?!\w)(?! ?[0-9]{{4}}){_TIME_FOLLOWS}",
    re.IGNORECASE,
)
_DOTTED_OPEN = re.compile(
    rf"(?<!\w){_CUE_DE} (?:den |dem |zum )?(?P<a>{_DAY})\.(?P<b>{_MONTH_NO})"
    rf"(?![\w:-])(?![.,][0-9]){_TIME_FOLLOWS}{_MONEY_FOLLOWS}",
    re.IGNORECASE,
)
_SLASHED = re.compile(
    rf"(?<!\w){_CUE} (?:the |den |dem )?(?P<a>{_DAY})/(?P<b>{_MONTH_NO})(?![\w/:%-])(?! of\b)",
    re.IGNORECASE,
)
_YEAR_TAIL = (
    rf"(?:(?:,? |\. ?|-|/)(?P<y>(?:19|20)[0-9]{{2}})(?![\w%])(?![.,:][0-9]){_MONEY_FOLLOWS}"
    r"|(?(joint)(?P=joint)| ')(?P<yy>[0-9]{2})(?!\w)(?![.,:][0-9])"
    r"|,? (?P<yz>[0-9]{2})(?=[,.;!?)]{0,3}(?:\n|$)|[.;!?)] |, [^0-9]))?"
)
_ORDINAL = either(ORDINALS)
_DAY_FIRST = re.compile(
    rf"(?<![\w/+#§])(?<![0-9][.,:])(?:(?P<d>{_DAY})(?P<nth>st|nd|rd|th|ten|ter|sten|\.)?"
    rf"|(?P<word>{_ORDINAL}))(?P<of> {{1,2}}(?:of|des) | {{0,2}}|(?P<joint>[-/]))"
    rf"{_MONTH}(?!\w)\.?{_YEAR_TAIL}",
    re.IGNORECASE,
)
_NAME_FIRST = re.compile(
    rf"(?<!\w)(?<!\w-){_MONTH}\.?(?P<of>,? (?:the )?|(?P<joint>-)| -)"
    rf"(?:(?P<d>{_DAY})(?P<nth>st|nd|rd|th)?|(?P<word>{_ORDINAL}))"
    rf"(?!\w)(?![.,:/][0-9])(?!\.[0-9]){_MONEY_FOLLOWS}{_TIME_FOLLOWS}{_YEAR_TAIL}",
    re.IGNORECASE,
)
_NOT_A_DATE_BEFORE = re.compile(
    r"(?:version|release|ver\.?|v|ios|android|windows|macos|firmware|punkt|kapitel|ziffer|abschnitt"
    r"|absatz|artikel|section|clause|chapter|item|sort code|blz|no\.|nr\.|§)[ .:]{0,2}$",
    re.IGNORECASE,
)
_CUE_BEFORE = re.compile(rf"(?<!\w){_CUE} (?:the |den |dem )?$", re.IGNORECASE)
_SURE_CUE_BEFORE = re.compile(rf"^{_SURE_CUE} ", re.IGNORECASE)
_MONTH_ONLY_BEFORE = re.compile(r"(?<!\w)(?:in|im) $", re.IGNORECASE)
_FRACTIONS = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (1, 10)})


def find_dates(text: str, conventions: Conventions) -> Iterator[Found]:
    """In no order; they may overlap, the longest being the right one."""
    for match in _YEAR_FIRST.finditer(text):
        yield from _made(match, match["d"], match["m"], match["y"])
    for match in _NO_YEAR_ISO.finditer(text):
        yield from _made(match, match["d"], match["m"], None)
    yield from _in_figures(text, conventions)
    yield from _with_names(text)
    if conventions.today is not None:
        yield from find_relative_dates(text, conventions.today)


def read_date(text: str, conventions: Conventions) -> str | None:
    """The date of a text that is nothing but a date: 28.4 and 28/4 need no word before them."""
    match = re.fullmatch(rf" *({_DAY}) ?[./-] ?({_MONTH_NO})[./]? *", text)
    if match is None:
        return None
    day, month = _day_and_month(match[1], match[2], conventions.month_first)
    return _iso(day, month, None)


def _in_figures(text: str, conventions: Conventions) -> Iterator[Found]:
    for match in _FIGURES.finditer(text):
        if not _NOT_A_DATE_BEFORE.search(text, max(0, match.start() - 12), match.start()):
            month_first = conventions.month_first and match["sep"] in ("/", "-")
            second = match["b"] or match["b2"]
            day, month = _day_and_month(match["a"], second, month_first)
            yield from _made(match, day, month, match["y"] or match["y2"])
    for match in _DOTTED.finditer(text):
        group = "a" if match["a"] else "a2"
        start = match.start(group)
        sure = match["a2"] or _reads_as_date(text, start, match.end(), conventions)
        if sure and not _NOT_A_DATE_BEFORE.search(text, max(0, start - 12), start):
            yield from _made(match, match[group], match["b"] or match["b2"], None, start)
    for match in _DOTTED_OPEN.finditer(text):
        yield from _made(match, match["a"], match["b"], None, match.start("a"))
    for match in _SLASHED.finditer(text):
        first, second = int(match["a"]), int(match["b"])
        sure = _SURE_CUE_BEFORE.match(match[0])
        if (first, second) == (24, 7) or ((first, second) in _FRACTIONS and not sure):
            continue
        day, month = _day_and_month(first, second, conventions.month_first)
        yield from _made(match, day, month, None, match.start("a"))


def _reads_as_date(text: str, start: int, end: int, conventions: Conventions) -> bool:
    """Whether the second dot of 15.6. is the date's own. At the end of a sentence it may be the
    sentence's, so that only German, or a word such as "on", makes it a date."""
    if conventions.language == "de" or _CUE_BEFORE.search(text, max(0, start - 14), start):
        return True
    rest = text[end : end + 2]
    return bool(rest.strip()) and not rest.strip()[0].isupper()


def _with_names(text: str) -> Iterator[Found]:
    for pattern in (_DAY_FIRST, _NAME_FIRST):
        for match in pattern.finditer(text):
            if _is_about_a_month(match, text):
                continue
            day = int(match["d"]) if match["d"] else ORDINALS[match["word"].lower()]
            year = match["y"] or match["yy"] or match["yz"]
            month = MONTHS[match["month"].lower()]
            found = list(_made(match, day, month, year))
            # A year that makes no date ("29 February 2027") leaves no date, rather than half of one.
            yield from found


def _is_about_a_month(match: re.Match[str], text: str) -> bool:
    """Whether the number only stands beside the month: "I may 5", "in April 28 parcels"."""
    if match["nth"] or match["word"] or match["y"] or match["yy"]:
        return False
    before = text[max(0, match.start() - 14) : match.start()]
    if match.re is _NAME_FIRST and _MONTH_ONLY_BEFORE.search(before):
        return True
    named = match["month"]
    return named == "may" and match["of"].strip() == "" and not _CUE_BEFORE.search(before)


def _day_and_month(first: str | int, second: str | int, month_first: bool) -> tuple[int, int]:
    """The other way round where only that makes a month."""
    first, second = int(first), int(second)
    day, month = (second, first) if month_first else (first, second)
    return (month, day) if month > 12 >= day else (day, month)


def _made(
    match: re.Match[str], day: str | int, month: str | int, year: str | None, start: int = -1
) -> Iterator[Found]:
    value = _iso(int(day), int(month), year)
    if value is not None:
        yield Found("date", value, match.start() if start < 0 else start, match.end())


def _iso(day: int, month: int, year: str | None) -> str | None:
    """None for a day that does not exist, or a year in which nobody writes to a company."""
    number = 2024 if year is None else int(year)  # without a year, February may have 29 days
    if year is not None and len(year) == 2:
        number += 2000 if number < _CENTURY_TURNS_AT else 1900
    if not 1900 <= number < 2100:
        return None
    try:
        written = date(number, month, day).isoformat()
    except ValueError:
        return None
    return written if year is not None else "-" + written[4:]
