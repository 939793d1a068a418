"""Builds the model from settings. Imports nothing of it where no endpoint is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.asyncio import Redis

from services.language_model.settings import ModelSettings
from services.runtime.breaker import Breaker
from services.runtime.keys import Keys
from services.runtime.settings import require
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.language_model.model import LanguageModel


def build_model(settings: ModelSettings, redis: Redis) -> LanguageModel | None:
    """None without an endpoint. Raises ConfigurationError."""
    if settings.model_url is None:
        return None
    require(bool(settings.model_name), "WARMLINE_MODEL_NAME: missing, WARMLINE_MODEL_URL is set")
    try:
        from services.language_model.calls import Calls
        from services.language_model.endpoint import Endpoint
        from services.language_model.guard.language import load_identifier
        from services.language_model.model import LanguageModel, Price
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"WARMLINE_MODEL_URL needs {error.name}: pip install 'warmline[model]'"
        ) from None
    load_identifier()
    return LanguageModel(
        Endpoint(
            settings.model_url, settings.model_name, settings.model_key, settings.model_timeout_s
        ),
        Calls(
            redis,
            Keys(settings.desk),
            settings.model_tokens_per_hour,
            settings.model_tokens_per_conversation,
        ),
        Price(settings.model_price_in, settings.model_price_out, settings.model_currency),
        Breaker(),
    )
