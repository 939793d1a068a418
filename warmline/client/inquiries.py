"""Making inquiries without having to think of ids."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from warmline.events import Inquiry


def new_inquiry(
    text: str,
    *,
    inquiry_id: str | None = None,
    conversation_id: str | None = None,
    customer_id: str | None = None,
    **fields: Any,
) -> Inquiry:
    """An inquiry; ids that are not given are made up (UUID 4), a conversation of its own included.

    Give your own `inquiry_id` wherever the same message may be published twice: Warmline answers an
    id once. `fields` are those of `Inquiry`. Raises pydantic's ValidationError.
    """
    inquiry_id = inquiry_id or str(uuid4())
    return Inquiry(
        inquiry_id=inquiry_id,
        conversation_id=conversation_id or inquiry_id,
        customer_id=customer_id or str(uuid4()),
        text=text,
        **fields,
    )
