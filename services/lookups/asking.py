"""Which address is asked for an inquiry: typed values, each escaped into its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from services.intake.facts.found import Conventions
from services.intake.facts.numbers import with_letters_of_mask
from services.intake.facts.typed import value_of
from services.lookups.configuration import Lookup
from warmline.events.base import Scalar

VALUE_MAX = 128


def address(lookup: Lookup, known: Mapping[str, Scalar], conventions: Conventions) -> str | None:
    """None where a value is missing or is none of its kind: nothing is asked then."""
    values = {}
    for name, kind in lookup.parameters.items():
        value = value_of(kind, known.get(name), conventions)
        if value is None and kind == "order_number":
            value = with_letters_of_mask(str(known.get(name)), conventions.order_masks)
        if value is None or len(value) > VALUE_MAX or not value.strip("."):
            return None
        values[name] = quote(value, safe="")
    return lookup.url.format_map(values)
