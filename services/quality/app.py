"""Builds the quality service from its settings; the only place that opens connections."""

from __future__ import annotations

from services.quality.closing import Closing
from services.quality.handlers import Recorder
from services.quality.ledger import Ledger
from services.quality.rules import Timing
from services.quality.settings import QualitySettings
from services.quality.streams import subscriptions
from services.runtime.clock import now
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.streaming import Service


def build(settings: QualitySettings) -> Service:
    redis = connect(settings.redis_url.get_secret_value())
    timing = Timing(
        assume_after_ms=round(settings.assume_after_s * 1000),
        settle_ms=round(settings.settle_s * 1000),
    )
    ledger = Ledger(redis.commands, Keys(settings.desk), timing)

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="quality",
        settings=settings,
        subscriptions=subscriptions(Recorder(ledger, clock=now)),
        background=[Closing(ledger, timing, now, settings.retry_for_s).run],
        ready={"redis": redis_answers},
        close=redis.aclose,
    )
