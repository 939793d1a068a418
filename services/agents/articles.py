"""What the knowledge base adds to the brief of an inquiry that went straight to people. Pure."""

from __future__ import annotations

from datetime import date

from services.knowledge.suggesting import Suggester, references
from warmline.events.decision import Decision
from warmline.events.work import Brief


def with_articles(brief: Brief, decision: Decision, suggester: Suggester, day: date) -> Brief:
    """The article on the inquiry's own topic as a suggested reply, and others that deal with much the
    same; nothing where the evidence is thin, and nothing that the bot has given already. The human
    comparison group gets none of it: people who send the bot's article cannot be compared with the bot."""
    if decision.reasons[0].code == "holdout":
        return brief
    inquiry = decision.inquiry
    found = suggester.suggest(
        [inquiry.text],
        decision.language,
        day,
        topic=decision.topic,
        confidence=decision.confidence,
        known=inquiry.attributes,
    )
    found = [one for one in found if one.article.about.id not in brief.tried]
    own = next((one for one in found if one.article.about.topic == decision.topic), None)
    return brief.model_copy(
        update={
            "suggested_reply": own.text if own is not None else None,
            "suggested_article": own.article.about.id if own is not None else None,
            "suggested_until": own.article.about.valid_until if own is not None else None,
            "similar": references(one for one in found if one is not own),
        }
    )
