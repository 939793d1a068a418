"""What a person gets with a handover, so that the customer repeats nothing. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.knowledge.articles import Article
from services.knowledge.suggesting import tried
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import Brief

WISH_MAX = 300
VALUE_MAX = 500
SAID_MAX_BYTES = 64 * 1024
"""The handover carries the whole decision as well, and both must fit into one record."""

_NOT_PRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def write_brief(
    decision: Decision,
    history: Sequence[Turn],
    article: Article | None,
    facts_needed: Sequence[str] | None,
    *,
    wish: str | None = None,
    said: Sequence[Fact] = (),
) -> Brief:
    """`facts_needed` None: nobody knows what the topic needs, so nothing can be called complete.
    `said` is what the intake has read; a system that says otherwise counts more. `wish` is what the
    conversation began with, where the decision is on a later message."""
    verified = recognised_facts(decision.inquiry.attributes)
    known = {fact.name for fact in verified}
    facts = (*verified, *(fact for fact in said if fact.name not in known))
    given = tried(history)
    if article is not None and article.about.id in given:
        article = None  # who asks on was not helped by it
    proposed = article.text_for(decision.inquiry.attributes) if article is not None else None
    return Brief(
        wish=wish if wish is not None else wish_of(decision.inquiry.text),
        facts=facts,
        said=_newest(history),
        tried=given,
        language=decision.language,
        mood=decision.mood,
        suggested_reply=proposed,
        suggested_article=article.about.id if article is not None else None,
        suggested_until=article.about.valid_until if article is not None else None,
        completeness=_completeness(facts, facts_needed),
    )


def wish_of(text: str) -> str:
    return _cut(_one_line(text), WISH_MAX)


def recognised_facts(attributes: dict[str, Scalar]) -> tuple[Fact, ...]:
    """The integrator's attributes: its systems say so, not the customer."""
    return tuple(
        Fact(name=shown, value=_cut(_plain(value), VALUE_MAX), source="system_verified")
        for name, value in attributes.items()
        if (shown := _one_line(name))
    )


def _completeness(facts: Sequence[Fact], needed: Sequence[str] | None) -> float:
    """The share of the needed facts that are known; 1 for a topic that needs none."""
    if needed is None:
        return 0.0
    known = {fact.name for fact in facts if fact.value}
    return sum(name in known for name in needed) / len(needed) if needed else 1.0


def _newest(history: Sequence[Turn]) -> tuple[Turn, ...]:
    """As many of the newest turns as fit, oldest first."""
    kept: list[Turn] = []
    room = SAID_MAX_BYTES
    for turn in reversed(history):
        room -= len(turn.text.encode())
        if room < 0:
            break
        kept.append(turn)
    return tuple(reversed(kept))


def _plain(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _one_line(text: str) -> str:
    return _NOT_PRINTABLE.sub(" ", text).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
