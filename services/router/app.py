"""Builds the router from its settings; the only place that opens files and connections."""

from __future__ import annotations

from services.router.handlers import Router
from services.router.policy import load_policy
from services.router.reading import load_reader
from services.router.settings import RouterSettings
from services.router.streams import subscriptions
from services.runtime.clock import now
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.streaming import Service


def build(settings: RouterSettings) -> Service:
    """Raises ConfigurationError where the policy or the model cannot be used."""
    policy, policy_version = load_policy(settings.company / "topics.yaml")
    reader = load_reader(settings.model, policy.languages)
    redis = connect(settings.redis_url.get_secret_value())
    router = Router(
        conversations=Conversations(redis.commands, Keys(settings.desk)),
        reader=reader,
        policy=policy,
        policy_version=policy_version,
        clock=now,
    )

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="router",
        settings=settings,
        subscriptions=subscriptions(router),
        ready={"redis": redis_answers},
        close=redis.aclose,
    )
