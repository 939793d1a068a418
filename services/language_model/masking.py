"""Personal data is replaced before a text leaves, and put back afterwards. Pure.

Each value becomes a placeholder such as `[[ORDER_1]]`; the same value in several texts of one call
becomes the same one. Brackets that a writer put there are neutralised first, so a placeholder in a
masked text is always one of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.intake.facts import contacts, numbers
from services.intake.facts.found import Conventions
from services.intake.facts.recognise import recognise
from services.intake.facts.text import plain
from services.language_model.personal import find_personal
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact

PLACEHOLDER = re.compile(r"\[\[[A-Z]+_[0-9]+\]\]")

_LABELS = {"order_number": "ORDER", "iban": "IBAN", "email": "EMAIL", "phone": "PHONE"}
_PERSONAL_KEY = re.compile(
    r"name|surname|address|adress|strasse|straße|street|city|postcode|plz|zip|birth|geburt|employer"
    r"|email|e-mail|mail|phone|telefon|mobil|iban|bic|account|konto|card|karte|customer|kunde|number"
    r"|nummer|reference|passport|ausweis|contract|vertrag|(?:^|[_-])id$",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\+?(?:\b[A-Za-z]{1,4}-?)?[0-9](?:[ ./-]?[0-9]){5,60}")
_DATE = re.compile(
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}){1,2}|[0-9]{4}-[0-9]{2}-[0-9]{2})"
)


class _Span(NamedTuple):
    start: int
    end: int
    label: str


class Mask:
    """The placeholders of one call. `mask` may be called for each text of it, in any order."""

    def __init__(self, known: Mapping[str, Scalar], conventions: Conventions) -> None:
        """`known` are the integrator's attributes: those whose names sound personal are masked
        wherever their values turn up, and so is each word of a name."""
        self._known = _pattern_of(known)
        self._conventions = conventions
        self._by_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._masked: dict[str, str] = {}
        self._count: Counter[str] = Counter()

    def mask(self, text: str) -> str:
        if text not in self._masked:
            self._masked[text] = self._mask(text)
        return self._masked[text]

    def _mask(self, text: str) -> str:
        text = text.replace("[[", "((").replace("]]", "))")
        parts, at = [], 0
        for span in _disjoint(self._spans(text)):
            parts += [text[at : span.start], self._placeholder(text[span.start : span.end], span)]
            at = span.end
        return "".join([*parts, text[at:]])

    def unmask(self, text: str) -> str:
        """One pass: what a value holds is never read again. Unknown placeholders stay."""
        return PLACEHOLDER.sub(lambda found: self._values.get(found[0], found[0]), text)

    def _placeholder(self, written: str, span: _Span) -> str:
        key = (span.label, re.sub(r"[\s.-]", "", written).casefold())
        if key not in self._by_value:
            self._count[span.label] += 1
            self._by_value[key] = f"[[{span.label}_{self._count[span.label]}]]"
            self._values[self._by_value[key]] = written
        return self._by_value[key]

    def _spans(self, text: str) -> Iterator[_Span]:
        bare = plain(text)
        facts = recognise(text, self._conventions)
        for found in facts:
            if found.kind in _LABELS:
                yield _Span(found.start, found.end, _LABELS[found.kind])
        if self._known is not None:
            yield from (_Span(*match.span(), "PERSONAL") for match in self._known.finditer(bare))
        yield from (_Span(*found) for found in find_personal(bare, facts))
        for start, end in (*contacts.find_wrong_ibans(bare), *numbers.find_other_numbers(bare)):
            yield _Span(start, end, "NUMBER")
        for match in _LONG_NUMBER.finditer(bare):
            if not _DATE.fullmatch(match[0]):
                yield _Span(*match.span(), "NUMBER")


def with_known(decision: Decision, facts: Sequence[Fact]) -> Decision:
    """What was looked up or said is masked like the platform's attributes before anything leaves."""
    inquiry = decision.inquiry
    known = {fact.name: fact.value for fact in facts} | inquiry.attributes
    whole = inquiry.model_copy(update={"attributes": known})
    return decision.model_copy(update={"inquiry": whole})


def placeholders_in(text: str) -> list[str]:
    return PLACEHOLDER.findall(text)


def _pattern_of(known: Mapping[str, Scalar]) -> re.Pattern[str] | None:
    values: set[str] = set()
    for key, value in known.items():
        if isinstance(value, bool) or not _PERSONAL_KEY.search(key):
            continue
        written = plain(str(value)).strip()
        words = re.findall(r"[^\W\d_][\w'-]+", written) if "name" in key.casefold() else []
        values |= {word for word in (written, *words) if len(word) >= 2}
    if not values:
        return None
    longest_first = sorted(values, key=lambda value: (-len(value), value))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)


def _disjoint(spans: Iterable[_Span]) -> Iterator[_Span]:
    """The ones that begin first, of these the longest; what overlaps a kept one is added to it, so
    that no part of a value stays behind."""
    current: _Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if current is None or span.start >= current.end:
            if current is not None:
                yield current
            current = span
        elif span.end > current.end:
            current = current._replace(end=span.end)
    if current is not None:
        yield current
