"""Facts that a customer wrote: dates, amounts, order numbers, IBANs, e-mails and phones."""

from __future__ import annotations
