"""Builds the router from its settings; the only place that opens files and connections."""

from __future__ import annotations

from services.router.handlers import Router
from services.router.holdout import Holdout
from services.router.licences import Licences
from services.router.policy import load_policy
from services.router.reading import load_reader
from services.router.settings import RouterSettings
from services.router.streams import subscriptions
from services.runtime.clock import now
from services.runtime.conversations import Conversations
from services.runtime.following import Following
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.streaming import Service
from warmline.topics import LICENCES


def build(settings: RouterSettings) -> Service:
    """Raises ConfigurationError where the policy or the model cannot be used."""
    policy, policy_version = load_policy(settings.company / "topics.yaml")
    reader = load_reader(settings.model, policy.languages)
    redis = connect(settings.redis_url.get_secret_value())
    keys = Keys(settings.desk)
    licences = Licences(policy)
    following = Following(settings, LICENCES, licences.learn)
    holdout = Holdout(settings.holdout_share, settings.holdout_seed, settings.holdout_waiting_max)
    router = Router(
        conversations=Conversations(redis.commands, keys),
        reader=reader,
        licences=licences,
        holdout=holdout,
        policy_version=policy_version,
        clock=now,
        licences_known=following.caught_up,
    )

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="router",
        settings=settings,
        subscriptions=subscriptions(router),
        background=[following.run, holdout.watching(redis.commands, keys)],
        ready={"redis": redis_answers, "licences": following.ready},
        close=redis.aclose,
    )
