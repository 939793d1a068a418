"""The settings of whoever may ask a language model."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.runtime.settings import ServiceSettings


class ModelSettings(ServiceSettings):
    """With `model_url`, the base address of an OpenAI-compatible endpoint, its model `model_name` is asked.
    Conversations of `model_summary_from` messages and more are summarised. Prices are in `model_currency`
    for a million tokens. Budgets are the desk's: services that share a Redis share them."""

    # In a compose file, what is not set arrives as an empty text.
    model_config = SettingsConfigDict(env_ignore_empty=True)

    model_url: str | None = Field(default=None, pattern=r"^https?://")
    model_name: str = Field(default="", max_length=100)
    model_key: SecretStr | None = None
    model_timeout_s: float = Field(default=3.0, gt=0, le=5)
    model_tokens_per_hour: int = Field(default=1_000_000, ge=0)
    model_tokens_per_conversation: int = Field(default=20_000, ge=0)
    model_price_in: Decimal = Field(default=Decimal(0), ge=0)
    model_price_out: Decimal = Field(default=Decimal(0), ge=0)
    model_summary_from: int = Field(default=8, ge=2, le=20)
    model_currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
