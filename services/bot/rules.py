"""What the bot does with one inquiry: answer it, or hand it over and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.bot.articles import Article
from services.bot.briefs import tried, write_brief
from services.bot.knowledge import KnowledgeBase
from services.bot.texts import Texts
from warmline.events.decision import Decision, Turn
from warmline.events.work import Brief, HandoverReason

MessageKind = Literal["answer", "notice"]


@dataclass(frozen=True, slots=True)
class Library:
    """Everything that the bot may say; `texts` by language."""

    knowledge: KnowledgeBase
    texts: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said to the customer, if the bot still owns the conversation."""

    text: str
    article: Article
    discloses_ai: bool
    brief: Brief
    """For the person who takes over, should the answer be refused."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """`notice` tells the customer so; None where the bot must not speak or lacks the language."""

    reason: HandoverReason
    brief: Brief
    notice: str | None = None
    discloses_ai: bool = False


def decide(
    decision: Decision,
    library: Library,
    history: Sequence[Turn],
    day: date,
    *,
    said_before: MessageKind | None = None,
) -> Answer | HandOver:
    """The bot's step. `history` is the conversation as it stands now; `said_before` is what the bot
    has said to this very inquiry already: a redelivery is no repetition and gets the same step.

    Speaks only in the inquiry's own language, only in mode `answer`, never in a risk tier, and
    never gives a conversation the same article twice: who asks again was not helped by it.
    """
    article = _article(decision, library.knowledge, day)
    if said_before is not None:
        article_id = article.about.id if article and said_before == "answer" else None
        history = _before_saying(article_id, history)
    texts = library.texts.get(decision.language)
    brief = write_brief(decision, history, article, _facts_needed(decision, library.knowledge))
    reason = _reason_against(decision, article, texts, history)
    first_contact = not any(turn.by == "bot" for turn in history)
    if reason is None and article is not None and texts is not None:
        text = _answer_text(article, texts, first_contact)
        return Answer(text, article, first_contact, brief)
    assert reason is not None  # noqa: S101 - without an article or texts there is a reason
    if decision.mode != "answer" or texts is None:
        return HandOver(reason, brief)
    notice = _paragraphs(texts.disclosure if first_contact else None, texts.handing_over)
    return HandOver(reason, brief, notice, first_contact)


def give_up(decision: Decision) -> HandOver:
    """The handover that needs no knowledge base: whatever is broken, a person gets the inquiry."""
    return HandOver("bot_error", write_brief(decision, decision.history, None, None))


def _article(decision: Decision, knowledge: KnowledgeBase, day: date) -> Article | None:
    if decision.topic is None:
        return None
    return knowledge.find(decision.topic, decision.language, day)


def _facts_needed(decision: Decision, knowledge: KnowledgeBase) -> Sequence[str] | None:
    return knowledge.facts_needed(decision.topic) if decision.topic is not None else None


def _before_saying(article_id: str | None, history: Sequence[Turn]) -> Sequence[Turn]:
    """The conversation before the bot's last message with that article (None: a notice)."""
    for position in range(len(history) - 1, -1, -1):
        turn = history[position]
        if turn.by == "bot" and turn.article_id == article_id:
            return history[:position]
    return history


def _reason_against(
    decision: Decision,
    article: Article | None,
    texts: Texts | None,
    history: Sequence[Turn],
) -> HandoverReason | None:
    """Why the bot must not answer; the first that applies, the customer's wish before all."""
    if decision.wants_person:
        return "explicit_wish"
    if decision.risk_tier is not None or (article is not None and article.people_only):
        return "risk"
    if decision.mode != "answer":
        return "draft"
    if article is None or texts is None:
        return "no_answer"
    if article.about.id in tried(history):
        return "loop"
    return None


def _answer_text(article: Article, texts: Texts, first_contact: bool) -> str:
    return _paragraphs(
        texts.disclosure if first_contact else None,
        article.body,
        texts.helped_question,
        texts.asks_for_person_hint,
    )


def _paragraphs(*parts: str | None) -> str:
    return "\n\n".join(part for part in parts if part)
