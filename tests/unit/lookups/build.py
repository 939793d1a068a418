"""A company's folder with one look-up, changed as a test needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.lookups.configuration import Lookup

ORDER: dict[str, Any] = {
    "topics": ["payment_due_date"],
    "url": "https://orders.example.com/v1/orders/{order_number}",
    "parameters": {"order_number": "order_number"},
    "belongs_to": "customer.id",
    "hosts": ["orders.example.com"],
    "facts": {
        "due_date": {"field": "invoice.due", "kind": "date"},
        "open_amount": {"field": "invoice.open", "kind": "amount", "currency": "EUR"},
        "plan": {"field": "plan", "kind": "text"},
        "instalments": {"field": "instalments", "kind": "number"},
        "paused": {"field": "states.0.paused", "kind": "flag"},
    },
}


def lookup(**changes: Any) -> Lookup:
    return Lookup.model_validate({**ORDER, **changes})


def write(folder: Path, **changes: Any) -> Path:
    """`lookups.yaml` in `folder`; a change to None takes the key away."""
    one = {key: value for key, value in {**ORDER, **changes}.items() if value is not None}
    file = folder / "lookups.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "lookups": {"order": one}}, sort_keys=False))
    return file
