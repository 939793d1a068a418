"""The figures of a text in one normal form each: amounts, dates, times, percentages, bare numbers.

Two texts claim the same figures if these lists are equal, whatever the language or the spelling.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from services.intake.facts.found import Conventions, Money
from services.intake.facts.recognise import recognise
from services.intake.facts.text import use_up
from services.language_model.guard.numerals import with_digits

_UNITS = {
    "workday": r"(?:working|business|banking?|bank) ?-?days?|werktag\w*|arbeitstag\w*|bank(?:arbeits)?tag\w*",
    "day": r"(?:calendar )?days?|tage?n?|tägig\w*",
    "week": r"weeks?|wochen?|wöchig\w*",
    "month": r"months?|monate?n?|monatig\w*",
    "year": r"years?|jahre?n?|jährig\w*",
    "hour": r"hours?|hrs?|stunden?|stündig\w*",
    "minute": r"minutes?|mins?|minuten?|minütig\w*",
    "second": r"seconds?|secs?|sekunden?",
    "percent": r"%|percent|per cent|prozent\w*",
    "oclock": r"uhr|o'?clock|[ap]\.?m\.?",
    "money": r"€|£|\$|euros?|eur|pounds?|dollars?|cents?|bucks|chf|franken|usd|gbp",
}
_UNIT = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _UNITS.items())
_AT_LEAST = r"at least|minimum(?: of)?|more than|over|mindestens|mehr als|über"
_AT_MOST = r"up to|at most|maximum(?: of)?|no more than|bis zu|höchstens|maximal"
_BOUND = re.compile(rf"(?<!\w)(?:(?P<least>{_AT_LEAST})|(?:{_AT_MOST})) $")
_NUMBER = re.compile(
    rf"(?:(?:(?P<least>(?<!\w)(?:{_AT_LEAST}) )|(?P<most>(?<!\w)(?:{_AT_MOST}) ))?"
    rf"(?P<number>[0-9]+(?:[.,:/][0-9]+)*)"
    rf"|(?<!\w)(?P<one>half an?|eine halbe|(?:a |the )?few|(?:a )?couple of|several|some|ein paar|wenige\w*"
    rf"|einige\w*|mehrere\w*|one|an?|eine?[mnrs]?))"
    rf"(?:[ -]?(?:{_UNIT})(?!\w))?"
)
_SOON = {
    "at once": r"immediately|instant(?:ly)?|right away|straight ?away|at once|right now|sofort\w*|umgehend\w*"
    r"|unverzüglich\w*",
    "today": r"today|tonight|heute|heutig\w*",
    "tomorrow": r"tomorrow|overnight|morgen|über nacht",
    "soon": r"soon|shortly|any minute|any moment|bald|demnächst|in kürze",
    "half": r"half|halb\w*|hälfte",
    "next": r"(?:next|this|coming|nächste\w*|diese\w?|kommende\w*) (?:week|month|year|woche|monat|jahr)s?",
    "monday": r"mondays?|montags?",
    "tuesday": r"tuesdays?|dienstags?",
    "wednesday": r"wednesdays?|mittwochs?",
    "thursday": r"thursdays?|donnerstags?",
    "friday": r"fridays?|freitags?",
    "weekend": r"weekends?|saturdays?|sundays?|wochenende\w*|samstags?|sonnabends?|sonntags?",
    "month": r"january|february|april|june|july|august|september|october|november|december"
    r"|januar|februar|märz|mai|juni|juli|oktober|dezember",
}
_TIMES = re.compile(
    "|".join(f"(?P<t{n}>(?<!\\w)(?:{pattern})(?!\\w))" for n, pattern in enumerate(_SOON.values()))
)
_ONE_TO = re.compile(r"(?<!\w)(?:one|eine?[mnrs]?)(?= (?:to|bis) \w)", re.IGNORECASE)
_LIST_MARK = re.compile(
    r"^[ 	]*[0-9]{1,2}[.)][ 	]+(?!jan|feb|mär|apr|mai|jun|jul|aug|sep|okt|nov|dez)",
    re.MULTILINE | re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{3})+")
_APART = frozenset({"email", "iban", "phone"})
"""Contacts are compared by themselves."""


def figures_in(text: str, language: str) -> list[str]:
    """In the order of the text; a repetition right behind is one."""
    text = _LIST_MARK.sub("", unicodedata.normalize("NFKC", text))
    found = recognise(text, Conventions(language=language))
    placed = [
        (one.start, f"{_bound(text[: one.start])}{_normal(one.kind, one.value)}")
        for one in found
        if one.kind not in _APART
    ]
    rest = use_up(text, [(one.start, one.end) for one in found])
    # Written numbers change the length, so each piece between two facts is read by itself.
    start = 0
    for piece in re.split(r"(\x00+)", rest):
        if "\x00" not in piece:
            placed += [(start, number) for number in _numbers(piece)]
        start += len(piece)
    ordered = [figure for _, figure in sorted(placed, key=lambda one: one[0])]
    return [one for n, one in enumerate(ordered) if n == 0 or ordered[n - 1] != one]


def unbound(figures: Iterable[str]) -> set[str]:
    """Without "at least" and "at most": a summary may leave them out."""
    return {one.removeprefix("at least ").removeprefix("at most ") for one in figures}


def times_in(text: str) -> set[str]:
    """Words that say when or how fast, by meaning."""
    names = tuple(_SOON)
    plain = unicodedata.normalize("NFKC", text).lower()
    return {names[int((match.lastgroup or "t0")[1:])] for match in _TIMES.finditer(plain)}


def contacts_in(text: str) -> set[str]:
    """E-mail addresses, bank accounts, phone numbers."""
    conventions = Conventions(region="DE")
    return {str(one.value) for one in recognise(text, conventions) if one.kind in _APART}


def _normal(kind: str, value: str | Money) -> str:
    return f"{kind} {value}"


def _numbers(piece: str) -> list[str]:
    figures = []
    for match in _NUMBER.finditer(with_digits(_ONE_TO.sub("1", piece))):
        unit = next((name for name in _UNITS if match[name]), None)
        if match["one"] and unit is None:
            continue
        number = _one(match["one"]) if match["one"] else _digits(match["number"])
        bound = _bound(match["least"] or match["most"] or "")
        figures.append(f"{bound}{number}{' ' + unit if unit else ''}")
    return figures


def _bound(before: str) -> str:
    """By the words right before a figure."""
    found = _BOUND.search(before[-20:].lower())
    return "" if found is None else "at least " if found["least"] else "at most "


def _one(word: str) -> str:
    if word.startswith(("half", "eine halbe")):
        return "half"
    return "1" if re.fullmatch(r"one|an?|eine?[mnrs]?", word) else "few"


def _digits(number: str) -> str:
    if _THOUSANDS.fullmatch(number):
        return re.sub("[.,]", "", number)
    return number.replace(",", ".")
