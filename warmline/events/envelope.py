"""An event: a payload with the CloudEvents attributes that name, date and trace it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

from warmline.events.base import Payload

P_co = TypeVar("P_co", bound=Payload, covariant=True)

_NAMESPACE = UUID("5c1f6d0e-2f0b-5a43-9d2e-7a2f3c9e1b64")


def event_id(cause: str, step: str) -> str:
    """The id of what follows from `cause` at `step`: the same on every redelivery, so that whatever
    runs twice can be recognised and counts once."""
    return str(uuid5(_NAMESPACE, f"{cause}/{step}"))


@dataclass(frozen=True, slots=True)
class Event(Generic[P_co]):
    """`source` and `id` together are unique (CloudEvents 1.0.2, section 3.1). `time` is aware."""

    id: str
    source: str
    time: datetime
    data: P_co
    traceparent: str | None = None
