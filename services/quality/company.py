"""Which topics may have a licence, and on what terms: from the company's own files.

`topics.yaml` is the router's file; quality reads of it which topics exist, what harm a wrong answer
does, and which ones the desk keeps with people. `licences.yaml` beside it may name other terms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError

from services.quality.licensing import Terms
from services.runtime.yaml_file import fault_at, read_yaml
from warmline.errors import ConfigurationError


class _Topic(BaseModel):
    id: str
    harm: str
    bot: str


class _Topics(BaseModel):
    threshold: float = 0.9
    languages: tuple[str, ...] = ("en", "de")
    topics: tuple[_Topic, ...]


class _Named(RootModel[dict[str, Any]]):
    """Terms by their names; which there are, and of what kind, `Terms` says."""


def load_terms(company: Path) -> Terms:
    """Raises ConfigurationError with file, line and place."""
    file = company / "topics.yaml"
    desk, _ = read_yaml(file, _Topics)
    derived = {
        "harms": {
            topic.id: topic.harm
            for topic in desk.topics
            if topic.harm != "risk" and topic.bot != "human_only"
        },
        "languages": desk.languages,
        "thresholds": _thresholds(desk.threshold),
    }
    own = company / "licences.yaml"
    source = own if own.exists() else file
    named, tree = read_yaml(source, _Named)
    try:
        return Terms.model_validate(derived | (named.root if source == own else {}))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        told = [fault_at(source, tree, fault["loc"], fault["msg"]) for fault in faults]
        raise ConfigurationError("\n".join(told)) from None


def _thresholds(lowest: float) -> tuple[float, ...]:
    """The desk's own, and two that leave a half and a quarter of its doubt."""
    return tuple(dict.fromkeys(round(1 - (1 - lowest) / part, 4) for part in (1, 2, 4)))
