"""Licences for tests in which they are not what is tested."""

from __future__ import annotations

from services.intake.forms import Forms
from services.router.handlers import Router
from services.router.holdout import Holdout
from services.router.licences import Licences
from services.router.policy import Policy
from services.router.signals import Reader
from services.runtime.clock import Clock
from services.runtime.conversations import Conversations
from warmline.events import Licence


def all_licensed(policy: Policy) -> Licences:
    """Every topic in every language: what the bot may do is then as the desk's file says."""
    licences = Licences(policy)
    for topic in policy.topics:
        for language in policy.languages:
            licences.give(
                Licence(topic=topic.id, language=language, state="licensed", version=1, reason="t")
            )
    return licences


def router_of_licensed(
    conversations: Conversations,
    reader: Reader,
    policy: Policy,
    version: str,
    clock: Clock,
    forms: Forms | None = None,
) -> Router:
    """A router without a comparison group, for which quality has licensed whatever the file allows."""

    async def known() -> None:
        return None

    return Router(
        conversations,
        reader,
        all_licensed(policy),
        Holdout(0.0, "1", 5),
        version,
        clock=clock,
        licences_known=known,
        forms=forms,
    )
