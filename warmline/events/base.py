"""What every payload has in common, and the field types they are built from."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
)

TEXT_MAX_BYTES = 32 * 1024
"""A customer's message or a reply, unless the validation context `{"text_max_bytes": n}` says otherwise.
Longer ones are refused, never cut: half a complaint is another complaint."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def _says_something(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty: a message needs at least one visible character")
    return text


def _fits(text: str, info: ValidationInfo) -> str:
    limit = (info.context or {}).get("text_max_bytes", TEXT_MAX_BYTES)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ValueError("the text holds half of a surrogate pair: send valid Unicode") from error
    if size > limit:
        raise ValueError(f"the text has {size} bytes, the limit is {limit} (UTF-8)")
    return text


def _one_line(text: str) -> str:
    if text != text.strip() or _CONTROL.search(text):
        raise ValueError("a name must be one line without blanks at its ends or control characters")
    return text


def _says_why(reason: str) -> str:
    if not reason.strip():
        raise ValueError("a reason needs at least one visible character")
    return reason


Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$")]
"""Printable ASCII without blanks, so that it is safe in keys, headers, URLs and logs."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_one_line)]
"""A topic, queue or skill, as the desk's own files spell it."""

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""ISO 639 code in lower case; `und` where nobody can tell."""

Text = Annotated[str, AfterValidator(_says_something), AfterValidator(_fits)]
"""What a person reads: at least one visible character, at most 32 KiB of UTF-8."""

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 code."""

Note = Annotated[str, StringConstraints(max_length=2000)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(_says_why)]
"""An order needs a reason: it is on the event."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Scalar = Annotated[str, StringConstraints(max_length=1024)] | bool | int | float
Attributes = Annotated[
    dict[Annotated[str, StringConstraints(min_length=1, max_length=64)], Scalar],
    Field(max_length=32),
]
"""The integrator's own facts about an inquiry: at most 32 names with plain values."""


class Part(BaseModel):
    """A frozen piece of a payload; unknown fields are refused, so that a typo never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Payload(Part):
    """The data of one kind of event.

    A change that old readers would misread needs a new class with the next VERSION; golden files
    in `tests/contract` refuse anything else.
    """

    KIND: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if not getattr(cls, "KIND", None):
            raise TypeError(f"{cls.__name__} needs a KIND")

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents type, such as `warmline.inquiry.v1`."""
        return f"warmline.{cls.KIND}.v{cls.VERSION}"
