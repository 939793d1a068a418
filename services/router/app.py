"""Builds the router from its settings; the only place that opens files and connections."""

from __future__ import annotations

from pathlib import Path

from services.intake.forms import Forms, check_forms_of
from services.router.drifting import DriftWatch
from services.router.handlers import Router
from services.router.holdout import Holdout
from services.router.licences import Licences
from services.router.model_in_use import ModelInUse
from services.router.policy import Policy, load_policy
from services.router.settings import RouterSettings
from services.router.shadow import Shadow
from services.router.signals import Watcher
from services.router.streams import subscriptions
from services.runtime.applied import Applied
from services.runtime.clock import now
from services.runtime.conversations import Conversations
from services.runtime.errors import ModelError
from services.runtime.following import Following
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.retelling import recovery_of_conversations
from services.runtime.streaming import Background, Service
from services.runtime.telemetry import get_logger
from warmline.topics import LICENCES

log = get_logger(__name__)


def build(settings: RouterSettings) -> Service:
    """Raises ConfigurationError where the policy or the model cannot be used."""
    policy, policy_version = load_policy(settings.company / "topics.yaml")
    model = ModelInUse(settings.model, policy.languages)
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    keys = Keys(settings.desk)
    applied = Applied(redis.commands, keys.applied("conversations"))
    recovery = recovery_of_conversations("router", settings, redis.commands, keys, applied, now)
    licences = Licences(policy)
    following = Following(settings, LICENCES, licences.learn)
    holdout = Holdout(settings.holdout_share, settings.holdout_seed, settings.holdout_waiting_max)
    watchers, watching = _watchers(settings, policy, model, licences)
    router = Router(
        conversations=Conversations(redis.commands, keys, applied),
        reader=model,
        licences=licences,
        holdout=holdout,
        policy_version=policy_version,
        clock=now,
        licences_known=following.caught_up,
        forms=_sound_forms(settings.company),
        watchers=watchers,
    )

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="router",
        settings=settings,
        subscriptions=subscriptions(router, applied.note),
        background=[
            following.run,
            holdout.watching(redis.commands, keys),
            lambda _: model.follow(settings.model_look_s),
            applied.watch,
            *watching,
        ],
        ready={"redis": redis_answers, "licences": following.ready},
        prepare=recovery.on_start,
        close=redis.aclose,
    )


def _sound_forms(company: Path) -> Forms | None:
    """None also where the file has a fault: the bot then asks nothing, so nobody answers it."""
    forms, faults = check_forms_of(company)
    for why in faults:
        log.error("nobody is asked for facts", why=why)
    return forms


def _watchers(
    settings: RouterSettings, policy: Policy, model: ModelInUse, licences: Licences
) -> tuple[list[Watcher], list[Background]]:
    """Those that look on, and what they do meanwhile: drift, and a shadow model where one is set."""
    drift = DriftWatch(
        model,
        policy.languages,
        replica=settings.replica,
        every_s=settings.drift_every_s,
        clock=now,
    )
    candidate = _candidate(settings, policy)
    if candidate is None:
        return [drift], [drift.run]
    shadow = Shadow(candidate, licences.applied)
    follow: Background = lambda _: candidate.follow(settings.model_look_s)  # noqa: E731
    return [drift, shadow], [drift.run, shadow.run, follow]


def _candidate(settings: RouterSettings, policy: Policy) -> ModelInUse | None:
    """The shadow model. One that cannot be used is no reason not to serve."""
    if settings.shadow_model is None:
        return None
    try:
        return ModelInUse(settings.shadow_model, policy.languages, role="shadow")
    except ModelError as error:
        log.error("shadow model refused, nothing is compared until a restart", error=str(error))
        return None
