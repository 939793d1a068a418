"""Builds the quality service from its settings; the only place that opens connections."""

from __future__ import annotations

from services.quality.closing import Closing
from services.quality.company import load_terms
from services.quality.handlers import Recorder
from services.quality.ledger import Ledger
from services.quality.licensor import Licensor
from services.quality.register import Register
from services.quality.rules import Timing
from services.quality.settings import QualitySettings
from services.quality.streams import subscriptions
from services.runtime.clock import now
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.streaming import Service


def build(settings: QualitySettings) -> Service:
    """Raises ConfigurationError where the company's files cannot be used."""
    terms = load_terms(settings.company)
    redis = connect(settings.redis_url.get_secret_value())
    timing = Timing(
        assume_after_ms=round(settings.assume_after_s * 1000),
        settle_ms=round(settings.settle_s * 1000),
    )
    keys = Keys(settings.desk)
    ledger = Ledger(redis.commands, keys, timing)
    licensor = Licensor(settings, Register(redis.commands, keys), terms)

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="quality",
        settings=settings,
        subscriptions=subscriptions(Recorder(ledger, clock=now)),
        background=[
            Closing(ledger, timing, now, settings.retry_for_s).run,
            licensor.run,
            licensor.tell_progress,
        ],
        ready={"redis": redis_answers, "evidence": licensor.following.ready},
        close=redis.aclose,
    )
