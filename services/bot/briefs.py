"""What a person gets with a handover, so that the customer repeats nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.intake.brief import completeness, verified, wish_of, with_more
from services.intake.forms import Forms
from services.knowledge.articles import Article
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import Brief

SAID_MAX_BYTES = 64 * 1024
"""The handover carries the whole decision as well, and both must fit into one record."""


def write_brief(
    decision: Decision,
    history: Sequence[Turn],
    article: Article | None,
    forms: Forms | None,
    *,
    given: tuple[str, ...] = (),
    needed: Sequence[str] = (),
    wish: str | None = None,
    said: Sequence[Fact] = (),
) -> Brief:
    """`given` are the articles that the customer has read, `needed` is what the topic's articles need.
    `said` is what the customer has written; a system that says otherwise counts more. `wish` is what the
    conversation began with, where the decision is on a later message."""
    facts = with_more(verified(decision.inquiry.attributes), said)
    if article is not None and article.about.id in given:
        article = None  # who asks on was not helped by it
    proposed = article.text_for(decision.inquiry.attributes) if article is not None else None
    tier, topic, received_at = decision.risk_tier, decision.topic, decision.received_at
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
        completeness=completeness(decision, facts, forms, needed),
        answer_by=forms.answer_by(tier, topic, received_at) if forms is not None else None,
    )


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
