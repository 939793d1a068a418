"""The router's settings."""

from __future__ import annotations

from pathlib import Path

from services.runtime.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """`company` is the folder with `topics.yaml`; `model` the folder that `warmline train` wrote."""

    company: Path = Path("examples/paylater")
    model: Path = Path(".warmline/model")
