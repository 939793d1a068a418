"""What things cost, from the desk's own file, and amounts of money. Pure but for reading the file.

Warmline has no prices of its own: without the file the report counts calls and minutes.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field

from services.quality.report.moments import Measure
from services.runtime.yaml_file import read_yaml
from warmline.events.base import Part

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
_HOUR_MS = 60 * 60 * 1000
_DIGITS = Decimal("0.0001")
MODEL_NANO = Fraction(1, 10**9)
"""What a billionth of the currency is worth: calls of a language model carry their own cost."""


class Prices(Part):
    """In `currency` (ISO 4217). `person_hour`: what an hour costs in which somebody handles one
    inquiry, everything included; where people handle several at a time, divide by how many.
    `model_call`: one answer or draft of the bot, beyond what a language
    model is paid for it: that is on its own events. `complaint`: what a complaint costs beyond the time
    it takes, such as the fee of an ombudsman."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    person_hour: Price
    model_call: Price
    complaint: Price

    def person_ms(self) -> Fraction:
        return Fraction(self.person_hour) / _HOUR_MS

    def weights(self, return_cost: Fraction) -> dict[Measure, Fraction]:
        """The cost of a case as a weighted sum of its measures; `return_cost`: what it costs that a
        customer comes back."""
        return {
            Measure.ATTEMPTS: Fraction(self.model_call),
            Measure.MODEL_NANO: MODEL_NANO,
            Measure.PERSON_MS: self.person_ms(),
            Measure.RETURNED: return_cost,
            Measure.COMPLAINED: Fraction(self.complaint),
        }


class Money(NamedTuple):
    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """As `1,234.50 EUR`; a cent's parts only below one."""
        digits = 2 if abs(self.amount) >= 1 or self.amount == 0 else 4
        return f"{self.amount:,.{digits}f} {self.currency}"


def money(amount: Fraction | float, currency: str) -> Money:
    """Rounded to a hundredth of a cent, ties to the even digit."""
    exact = Fraction(amount)
    value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Money(value.quantize(_DIGITS, ROUND_HALF_EVEN), currency)


def load_prices(path: Path) -> Prices:
    """Raises ConfigurationError with file, line and place."""
    return read_yaml(path, Prices)[0]
