"""What a recogniser gives, and what it has to know about the writer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Kind = Literal["date", "amount", "order_number", "iban", "email", "phone"]

_REGION_OF_LANGUAGE = {"de": "DE", "en": "GB"}
_MONTH_FIRST = frozenset({"US"})


@dataclass(frozen=True, slots=True)
class Money:
    """`value` is a decimal with a point and the currency's own number of places; `currency` an
    ISO 4217 code, or None where the writer named none."""

    value: str
    currency: str | None

    def __str__(self) -> str:
        return f"{self.value} {self.currency}" if self.currency else self.value


@dataclass(frozen=True, slots=True)
class Found:
    """A fact in a text: `text[start:end]` says it, `value` is its one normal form.

    Dates are `2026-04-28`, or `--04-28` without a year (the form of vCard, RFC 6350); phones are
    E.164; order numbers and IBANs are in upper case without blanks; e-mails in lower case.
    """

    kind: Kind
    value: str | Money
    start: int
    end: int

    def as_dict(self, text: str) -> dict[str, Any]:
        """For JSON; `text` is what the fact was found in."""
        value = self.value
        return {
            "kind": self.kind,
            "value": value
            if isinstance(value, str)
            else {"value": value.value, "currency": value.currency},
            "text": text[self.start : self.end],
            "start": self.start,
            "end": self.end,
            "source": "customer_said",
        }


@dataclass(frozen=True, slots=True)
class Conventions:
    """How the writer writes. `language` is an ISO 639 code, `region` an ISO 3166 one, each None
    where nobody knows. Only with `today` are words such as "yesterday" a date. `order_masks` are
    the company's own order numbers: `#` is a digit, `@` a letter, all else stands for itself.
    """

    language: str | None = None
    region: str | None = None
    today: date | None = None
    order_masks: tuple[str, ...] = ()

    @property
    def month_first(self) -> bool:
        """Whether 4/5 is April 5th; the day comes first wherever nobody says otherwise."""
        return self.region in _MONTH_FIRST

    @property
    def phone_region(self) -> str | None:
        """Whose numbers need no country code; None: only international ones are recognised."""
        return self.region or _REGION_OF_LANGUAGE.get(self.language or "")


def conventions_of(
    language: str | None = None,
    locale: str | None = None,
    market: str | None = None,
    *,
    today: date | None = None,
    order_masks: tuple[str, ...] = (),
) -> Conventions:
    """From what an inquiry says of itself. `market` counts as a region where it looks like one."""
    of_locale, *rest = (locale or "").replace("_", "-").split("-")
    region = next((part for part in rest if _is_region(part)), None)
    if region is None and market is not None and _is_region(market):
        region = market
    spoken = (language or of_locale or "").lower()
    return Conventions(
        language=spoken if spoken not in ("", "und") else None,
        region=region.upper() if region is not None else None,
        today=today,
        order_masks=order_masks,
    )


def _is_region(word: str) -> bool:
    return len(word) == 2 and word.isascii() and word.isalpha()
