"""The bot's settings."""

from __future__ import annotations

from pathlib import Path

from services.runtime.settings import ServiceSettings


class BotSettings(ServiceSettings):
    """`company` is the folder with `knowledge/` and `texts.yaml`."""

    company: Path = Path("examples/paylater")
