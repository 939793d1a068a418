"""Where the sample company is, and a copy of it with a desk that suits a demonstration."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from warmline.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parents[2]
SAMPLE_COMPANY = CHECKOUT / "examples" / "paylater"
SAMPLE_INQUIRIES = "inquiries.jsonl"
UTTERANCES = "utterances.csv"
HISTORY = "history.csv"

OFFER_TIMEOUT_S = 5
"""A simulated person who lets an offer lapse keeps a simulated customer waiting this long."""


def require_checkout() -> None:
    """Raises ConfigurationError where the package was installed without the sample company."""
    if not (SAMPLE_COMPANY / UTTERANCES).is_file() or not (CHECKOUT / "services").is_dir():
        raise ConfigurationError(
            "the demonstration needs a checkout of the project: its services and examples/paylater "
            f"were not found in {CHECKOUT}. Clone the repository and run `make demo` there."
        )


def copy_company(to: Path, capacity: int = 1) -> Path:
    """A fresh copy in which offers lapse soon and everybody holds `capacity` conversations or more."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(SAMPLE_COMPANY, to)
    people = _load(to / "people.yaml")
    for person in people["people"]:
        person["capacity"] = max(capacity, person["capacity"])
    _save(to / "people.yaml", people)
    _save(to / "desk.yaml", _load(to / "desk.yaml") | {"offer_timeout_s": OFFER_TIMEOUT_S})
    return to


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
