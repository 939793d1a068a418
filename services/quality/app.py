"""Builds the quality service from its settings; the only place that opens connections."""

from __future__ import annotations

from services.quality.auditing import Auditor, audits
from services.quality.audits import Sampling
from services.quality.closing import Closing, endless
from services.quality.company import load_terms
from services.quality.handlers import Recorder
from services.quality.ledger import conversations, visits
from services.quality.licensor import Licensor
from services.quality.rebuilding import Rebuilding
from services.quality.register import Register
from services.quality.returning import Returning
from services.quality.returns import Window
from services.quality.rules import Timing
from services.quality.settings import QualitySettings
from services.quality.streams import subscriptions
from services.runtime.applied import Applied
from services.runtime.clock import now
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.recovery import Recovery
from services.runtime.redis import connect
from services.runtime.settings import group_of
from services.runtime.streaming import Service
from warmline.topics import OUTCOMES


def build(settings: QualitySettings) -> Service:
    """Raises ConfigurationError where the company's files cannot be used."""
    terms = load_terms(settings.company)
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    timing = Timing(
        assume_after_ms=round(settings.assume_after_s * 1000),
        settle_ms=round(settings.settle_s * 1000),
    )
    keys = Keys(settings.desk)
    window = Window(round(settings.return_window_s * 1000), timing.settle_ms)
    applied = Applied(redis.commands, keys.applied("ledger"))
    ledger = conversations(redis.commands, keys, timing, applied)
    visitors = visits(redis.commands, keys, window, applied)
    closing = Closing(ledger, visitors, timing, now)
    returning = Returning(visitors, window, now)
    sampling = Sampling(
        share=settings.audit_share,
        double_share=settings.audit_double_share,
        seed=settings.audit_seed,
        open_max=settings.audits_open_max,
        expires_ms=round(settings.audit_expires_s * 1000),
    )
    auditor = Auditor(
        audits(redis.commands, keys, sampling, applied),
        Conversations(redis.commands, keys),
        sampling,
        now,
    )
    rebuilding = Rebuilding(
        settings,
        conversations(redis.commands, keys, timing),
        visits(redis.commands, keys, window),
        audits(redis.commands, keys, sampling),
        window,
        now,
    )
    group = group_of("quality", settings)
    recovery = Recovery(settings, group, applied, rebuilding.restore, published=[OUTCOMES])
    licensor = Licensor(settings, Register(redis.commands, keys), terms)

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="quality",
        settings=settings,
        subscriptions=subscriptions(Recorder(ledger, visitors, clock=now), auditor, applied.note),
        background=[
            lambda publisher: endless(closing.round, publisher, settings.retry_for_s),
            lambda publisher: endless(returning.round, publisher, settings.retry_for_s),
            lambda publisher: endless(auditor.round, publisher, settings.retry_for_s),
            licensor.run,
            licensor.tell_progress,
            applied.watch,
        ],
        ready={"redis": redis_answers, "evidence": licensor.following.ready},
        prepare=recovery.on_start,
        close=redis.aclose,
    )
