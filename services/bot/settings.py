"""The bot's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.runtime.settings import ServiceSettings


class BotSettings(ServiceSettings):
    """`company` is the folder with `knowledge/`, `texts.yaml` and, if the bot shall ask for facts,
    `intake.yaml`. Who does not answer a question for `intake_wait_s` is handed over without."""

    company: Path = Path("examples/paylater")
    intake_wait_s: float = Field(default=180.0, gt=0, le=86_400)
