"""Why an inquiry is with people, in one line in the desk's language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from services.agents.config import DeskLanguage


def because(reason: str, language: DeskLanguage) -> str:
    """For a reason of a handover or of the router's decision; '' for one of another release."""
    return _lines().get(reason, {}).get(language, "")


@cache
def _lines() -> dict[str, dict[str, str]]:
    text = files("services.agents").joinpath("because.yaml").read_text(encoding="utf-8")
    lines: dict[str, dict[str, str]] = yaml.safe_load(text)
    return lines
