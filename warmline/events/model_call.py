"""What the optional language model was asked for, what became of it and what it cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from warmline.events.base import Currency, Id, Language, Name, Note, Payload

CallPurpose = Literal["wording", "summary", "translation"]
CallResult = Literal["used", "rejected", "failed"]


class ModelCall(Payload):
    """One call, on one inquiry. `used`: its text went out, a wording in the article's place; `rejected`: the
    guard refused it, `reason` says by which rule; `failed`: no usable answer came in time.

    `cost` is in `currency` (ISO 4217), by the tokens that the endpoint has counted; `estimated`: it has not
    counted all of them, and these are at least as many as it may bill. Should the end of an estimated call
    come to be known after all, it follows with the same `call_id` and counts instead. No text of anybody
    is on it.
    """

    KIND: ClassVar[str] = "model_call"

    call_id: Id
    inquiry_id: Id
    conversation_id: Id
    topic: Name | None
    language: Language
    model: Name
    purpose: CallPurpose = "wording"
    result: CallResult
    reason: Note | None = None
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    estimated: bool = False
    cost: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    currency: Currency
