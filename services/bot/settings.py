"""The bot's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.language_model.settings import ModelSettings


class BotSettings(ModelSettings):
    """`company` is the folder with `knowledge/`, `texts.yaml` and, if the bot shall ask for facts,
    `intake.yaml`. Who does not answer a question for `intake_wait_s` is handed over without. A model also
    words proposals to people, with `model_words_answers` answers to customers too, and translates wishes into
    `model_desk_language`."""

    company: Path = Path("examples/paylater")
    intake_wait_s: float = Field(default=180.0, gt=0, le=86_400)
    model_words_answers: bool = False
    model_desk_language: str | None = Field(default=None, pattern=r"^(en|de)$")
