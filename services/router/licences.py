"""The licences that quality has given, as the router applies them: in memory, from the compacted topic.

The desk's file can only be stricter than a licence, and a licence only stricter than the file: what
neither allows, the bot does not do. A topic without a licence is for people.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.router.policy import BotMay, Policy
from services.runtime.following import Place
from warmline.events.envelope import Event
from warmline.events.quality import Licence, LicenceState

_ALLOWS: dict[LicenceState, BotMay] = {
    "human_only": "human_only",
    "draft": "draft",
    "suspended": "draft",
    "licensed": "licensed",
}
_STRICTEST: tuple[BotMay, ...] = ("human_only", "draft", "licensed")


class Licences:
    """The newest licence of each topic and language, which is the last one on the topic."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._licences: dict[tuple[str, str], Licence] = {}
        self._strict: dict[tuple[str, str], Policy] = {}

    async def learn(self, events: Sequence[Event[Licence]], _: Place) -> None:
        for event in events:
            self.give(event.data)

    def give(self, licence: Licence) -> None:
        cell = licence.topic, licence.language
        self._licences[cell] = licence
        self._strict.pop(cell, None)

    def of(self, topic: str | None, language: str) -> Licence | None:
        return self._licences.get((topic or "", language))

    def applied(self, topic: str | None, language: str) -> Policy:
        """The desk's policy with what the licence of this topic in this language leaves of it."""
        cell = topic or "", language
        strict = self._strict.get(cell)
        if strict is None:
            strict = self._strict[cell] = restrict(self._policy, topic, self._licences.get(cell))
        return strict


def restrict(policy: Policy, topic: str | None, licence: Licence | None) -> Policy:
    """`policy`, with `topic` at the stricter of both, and the higher threshold."""
    given = _ALLOWS[licence.state] if licence is not None else "human_only"
    topics = tuple(
        each.model_copy(update={"bot": min(each.bot, given, key=_STRICTEST.index)})
        if each.id == topic
        else each
        for each in policy.topics
    )
    threshold = policy.threshold
    if licence is not None and licence.threshold is not None:
        threshold = max(threshold, licence.threshold)
    return policy.model_copy(update={"topics": topics, "threshold": threshold})
