"""Slots in an article: `{{ due_date }}` stands for a value that a system knows. Pure.

There is no template language, so nothing can escape from one: a slot is a name, its kind is declared
in the front matter, and a value is put in once and never read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from services.intake.facts.found import Conventions
from services.intake.facts.typed import value_of
from services.intake.facts.wording import readable
from warmline.events.base import Scalar

SlotKind = Literal["text", "date", "amount", "number"]

TEXT_MAX = 200

_SLOT = re.compile(r"\{\{ *([a-z][a-z0-9_]{0,63}) *\}\}")
_PLAIN = Conventions()
"""No slot is of a kind that is read differently from country to country."""


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
    """Judged like any other value of a system's, so that bot, desk and preview agree on what it says."""
    text = value_of(kind, value, _PLAIN)
    if text is None or len(text) > TEXT_MAX:
        return None
    return readable(kind, text, language)
