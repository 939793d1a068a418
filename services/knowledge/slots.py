"""Slots in an article: `{{ due_date }}` stands for a value that a system knows. Pure.

There is no template language, so nothing can escape from one: a slot is a name, its kind is declared
in the front matter, and a value is put in once and never read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from services.intake.facts.wording import readable
from warmline.events.base import Scalar

SlotKind = Literal["text", "date", "amount", "number"]

TEXT_MAX = 200

_SLOT = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,63}) *\}\}")
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,3})?( [A-Z]{3})?")
_NOT_PRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def names_in(body: str) -> set[str]:
    return set(_SLOT.findall(body))


def faults_of(body: str, slots: Mapping[str, SlotKind]) -> Iterator[str]:
    """What does not fit together."""
    used = names_in(body)
    for name in sorted(used - slots.keys()):
        yield f"slots: {{{{ {name} }}}} is used but not declared: add `{name}: text` or another kind"
    for name in sorted(slots.keys() - used):
        yield f"slots: {name} is declared but not used in the text"
    rest = _SLOT.sub("", body)
    if "{{" in rest or "}}" in rest:
        yield "a slot is written {{ name }}, in small letters, digits and _"


def values_for(
    slots: Mapping[str, SlotKind], known: Mapping[str, Scalar], language: str
) -> dict[str, str] | None:
    """What stands in each slot, written out for reading; None where a value is missing or is no
    value of its kind: the article is then not used."""
    values: dict[str, str] = {}
    for name, kind in slots.items():
        shown = _shown(kind, known.get(name), language)
        if shown is None:
            return None
        values[name] = shown
    return values


def fill(body: str, values: Mapping[str, str]) -> str:
    """One pass: what a value holds is text, whatever it looks like."""
    return _SLOT.sub(lambda slot: values[slot.group(1)], body)


def _shown(kind: SlotKind, value: Scalar | None, language: str) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    text = str(value).strip()
    if kind == "date":
        return readable("date", text, language) if _is_date(text) else None
    if kind == "amount":
        return readable("amount", text, language) if _AMOUNT.fullmatch(text) else None
    if kind == "number":
        return text if isinstance(value, int) or text.isdecimal() else None
    return text if text and len(text) <= TEXT_MAX and not _NOT_PRINTABLE.search(text) else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
