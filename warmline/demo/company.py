"""Where the sample company is, and a copy of it with a desk that suits a demonstration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from warmline.errors import ConfigurationError
from warmline.local.ports import LOOPBACK

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLE_COMPANY = CHECKOUT / "examples" / "paylater"
SAMPLE_INQUIRIES = "inquiries.jsonl"
UTTERANCES = "utterances.csv"
HISTORY = "history.csv"
ORDERS = "orders.csv"
LOOKUPS = "lookups.yaml"
LOOKED_UP = frozenset({"payment_due_date_order", "refund_status_paid"})
"""Articles that need a fact of the order system."""

AUTHORIZATION = "ORDERS_AUTHORIZATION"
"""The environment variable with the header that the order system asks for, here and at the bot."""

OFFER_TIMEOUT_S = 5
"""A simulated person who lets an offer lapse keeps a simulated customer waiting this long."""


def require_checkout() -> None:
    """Raises ConfigurationError where the package was installed without the sample company."""
    if not (SAMPLE_COMPANY / UTTERANCES).is_file() or not (CHECKOUT / "services").is_dir():
        raise ConfigurationError(
            "the demonstration needs a checkout of the project: its services and examples/paylater "
            f"were not found in {CHECKOUT}. Clone the repository and run `make demo` there."
        )


def copy_company(to: Path, capacity: int = 1, orders_port: int | None = None) -> Path:
    """A fresh copy in which offers lapse soon and everybody holds `capacity` conversations or more. The
    order system is asked at `orders_port`, with a secret from the environment; None: there is none.
    """
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(SAMPLE_COMPANY, to)
    people = _load(to / "people.yaml")
    for person in people["people"]:
        person["capacity"] = max(capacity, person["capacity"])
    _save(to / "people.yaml", people)
    _save(to / "desk.yaml", _load(to / "desk.yaml") | {"offer_timeout_s": OFFER_TIMEOUT_S})
    _point_to_orders(to / LOOKUPS, orders_port)
    return to


def _point_to_orders(file: Path, port: int | None) -> None:
    if port is None:
        file.unlink()
        return
    lookups = _load(file)
    order = lookups["lookups"]["order"]
    order["url"] = f"http://{LOOPBACK}:{port}{urlsplit(order['url']).path}"
    order["headers"] = {"Authorization": {"from_env": AUTHORIZATION}}
    _save(file, lookups)


def people_of(company: Path) -> list[dict[str, Any]]:
    """Each with at least `id`, `name` and `languages`."""
    people: list[dict[str, Any]] = _load(company / "people.yaml")["people"]
    return people


def _load(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def _save(file: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    file.write_text("# Made by `warmline demo`; changes are lost.\n" + text, encoding="utf-8")
