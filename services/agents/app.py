"""Builds the worker and the API from settings; the only place that opens files and connections."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.records import Records
from services.agents.relay import Relay
from services.agents.rules import Rules
from services.agents.settings import AgentsSettings
from services.agents.streams import subscriptions
from services.agents.timers import run_timers
from services.intake.forms import load_forms_of
from services.runtime.clock import now
from services.runtime.handling import Publisher
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients, connect
from services.runtime.streaming import Service


@dataclass(frozen=True)
class Parts:
    """What worker and API share."""

    redis: RedisClients
    keys: Keys
    rules: Rules
    pool: RedisPool
    records: Records

    async def redis_answers(self) -> None:
        await self.redis.commands.ping()


def assemble(settings: AgentsSettings) -> Parts:
    """Raises ConfigurationError where the desk's files cannot be used. Connects to nothing yet."""
    configuration = load(settings.company)
    redis = connect(settings.redis_url.get_secret_value())
    keys = Keys(settings.desk)
    return Parts(
        redis=redis,
        keys=keys,
        rules=Rules(configuration),
        pool=RedisPool(redis.commands, keys, configuration, clock=now),
        records=Records(redis.commands, keys),
    )


def build_worker(settings: AgentsSettings) -> Service:
    """Streams, relay and timers."""
    parts = assemble(settings)
    forms = load_forms_of(settings.company)
    relay = Relay(parts.redis, parts.keys, f"{settings.replica}-{uuid4()}", settings.retry_for_s)

    async def timers(_: Publisher) -> None:
        await run_timers(parts.pool, settings.retry_for_s)

    return Service(
        name="agents",
        settings=settings,
        subscriptions=subscriptions(Intake(parts.pool, parts.rules, forms)),
        background=(relay.run, timers),
        ready={"redis": parts.redis_answers},
        close=parts.redis.aclose,
    )
