"""Builds the worker and the API from settings; the only place that opens files and connections."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import stamina

from services.agents.config import Configuration
from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.insights import Insights
from services.agents.records import Records
from services.agents.recovery import Recovery
from services.agents.relay import Relay
from services.agents.reload import hold_configuration, reload_changes
from services.agents.settings import AgentsSettings
from services.agents.streams import subscriptions
from services.agents.sweeping import sweep_again_and_again
from services.agents.timers import run_timers
from services.agents.versions import publish_files
from services.agents.waits import Waits
from services.intake.forms import Forms, check_forms_of
from services.knowledge.base import KnowledgeBase, check_knowledge
from services.knowledge.suggesting import Suggester
from services.runtime.applied import Applied
from services.runtime.clock import now
from services.runtime.handling import Publisher
from services.runtime.keys import Keys
from services.runtime.processing import is_passing
from services.runtime.redis import RedisClients, connect
from services.runtime.settings import group_of
from services.runtime.streaming import Service
from services.runtime.telemetry import get_logger

log = get_logger(__name__)


@dataclass(frozen=True)
class Parts:
    """What worker and API share."""

    redis: RedisClients
    keys: Keys
    applied: Applied
    pool: RedisPool
    records: Records

    async def redis_answers(self) -> None:
        await self.redis.commands.ping()


def assemble(settings: AgentsSettings) -> Parts:
    """Raises ConfigurationError where the desk's files cannot be used. Connects to nothing yet."""
    configuration = load(settings.company)
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    keys = Keys(settings.desk)
    applied = Applied(redis.commands, keys.applied("desk"))
    pool = RedisPool(
        redis.commands, keys, configuration, clock=now, zone=settings.zone, applied=applied
    )
    return Parts(
        redis=redis,
        keys=keys,
        applied=applied,
        pool=pool,
        records=pool.records,
    )


def load_suggester(company: Path) -> Suggester:
    """Over the articles without a fault: people answer also where the knowledge base is broken, or
    nobody has written one."""
    folder = company / "knowledge"
    articles, faults = check_knowledge(folder) if folder.is_dir() else ([], [])
    for fault in faults:
        log.warning("article is not suggested", why=str(fault))
    return Suggester(KnowledgeBase(articles))


def load_sound_forms(company: Path) -> Forms | None:
    """None also where the file has a fault: people answer then without a brief's completeness."""
    forms, faults = check_forms_of(company)
    for why in faults:
        log.error("briefs say neither completeness nor deadline", why=why)
    return forms


def build_recovery(settings: AgentsSettings, parts: Parts, intake: Intake) -> Recovery:
    """What brings back from Kafka what Redis has lost."""
    group = group_of("agents", settings)
    return Recovery(settings, group, parts.pool, intake, parts.applied, now)


def build_worker(settings: AgentsSettings) -> Service:
    """Streams, relay and timers."""
    parts = assemble(settings)
    forms = load_sound_forms(settings.company)
    token = f"{settings.replica}-{uuid4()}"
    relay = Relay(
        parts.redis,
        parts.keys,
        token,
        settings.retry_for_s,
        lambda: parts.pool.rules.configuration,
    )

    async def timers(_: Publisher) -> None:
        await run_timers(parts.pool, settings.retry_for_s)

    suggester = load_suggester(settings.company)
    intake = Intake(parts.pool, parts.pool.rules, forms, suggester=suggester, zone=settings.zone)
    recovery = build_recovery(settings, parts, intake)

    insights = Insights(parts.redis, parts.keys, parts.records, parts.pool.rules, now)

    async def samples(_: Publisher) -> None:
        await insights.keep_sampling(token, settings.retry_for_s)

    waits = Waits(insights, token)

    async def changes(publisher: Publisher) -> None:
        async def publish(configuration: Configuration) -> None:
            await publish_files(publisher, configuration, now())

        async for attempt in stamina.retry_context(
            on=is_passing, attempts=None, timeout=settings.retry_for_s, wait_max=1.0
        ):
            with attempt:
                await publish(parts.pool.rules.configuration)
        await reload_changes(parts.pool, settings.company, before=publish)

    async def holding(_: Publisher) -> None:
        await hold_configuration(parts.pool)

    async def sweeping(_: Publisher) -> None:
        await sweep_again_and_again(parts.pool)

    return Service(
        name="agents",
        settings=settings,
        subscriptions=subscriptions(intake, parts.applied.note),
        background=(
            relay.run,
            timers,
            samples,
            waits.run,
            changes,
            holding,
            sweeping,
            parts.applied.watch,
        ),
        ready={"redis": parts.redis_answers},
        prepare=recovery.on_start,
        close=parts.redis.aclose,
    )
