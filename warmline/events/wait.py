"""What a customer who waits for a person may be told."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from warmline.events.base import Id, Name, Note, Payload


class Wait(Payload):
    """The place in line of a waiting piece of work, and how long it will probably wait. The newest of an
    inquiry counts, until an `assignments` step says that it waits no longer.

    `expected_s` is None where too little is known to name a number; `basis` says why, or from what the number
    was calculated. `members` are all inquiries that this work will answer, itself included.
    """

    KIND: ClassVar[str] = "wait"

    inquiry_id: Id
    conversation_id: Id
    queue: Name
    position: int = Field(ge=1)
    expected_s: float | None = Field(ge=0)
    waited_ms: int = Field(ge=0)
    basis: Note
    members: tuple[Id, ...] = ()
    config_version: str
