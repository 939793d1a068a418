"""Which topics may have a licence, and on what terms: from the company's own files.

`topics.yaml` is the router's file; quality reads of it which topics exist, what harm a wrong answer
does, and which ones the desk keeps with people. `licences.yaml` beside it may name other terms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from services.quality.licensing import Terms
from warmline.errors import ConfigurationError


class _Topic(BaseModel):
    id: str
    harm: str
    bot: str


class _Topics(BaseModel):
    threshold: float = 0.9
    languages: tuple[str, ...] = ("en", "de")
    topics: tuple[_Topic, ...]


def load_terms(company: Path) -> Terms:
    """Raises ConfigurationError with file and place."""
    file = company / "topics.yaml"
    try:
        desk = _Topics.model_validate(_read(file))
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {_first(error)}") from None
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
    try:
        return Terms.model_validate(derived | (_read(own) if own.exists() else {}))
    except ValidationError as error:
        raise ConfigurationError(f"{own}: {_first(error)}") from None


def _thresholds(lowest: float) -> tuple[float, ...]:
    """The desk's own, and two that leave a half and a quarter of its doubt."""
    return tuple(dict.fromkeys(round(1 - (1 - lowest) / part, 4) for part in (1, 2, 4)))


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: not YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{file}: must hold names and values")
    return content


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'file'}: {fault['msg']}"
