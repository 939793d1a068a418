"""Decisions, articles and texts for the bot's tests, each with defaults that let the bot answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from services.bot.rules import Library
from services.bot.texts import Texts
from services.intake.forms import load_forms
from services.knowledge.articles import Article, FrontMatter
from services.knowledge.base import KnowledgeBase
from warmline.events import Decision, Inquiry, Reason, Score, Turn, Versions

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

FORMS = load_forms(Path("examples/paylater/intake.yaml"))

EN = Texts(
    disclosure="I am an assistant.",
    handing_over="A colleague takes over.",
    asks_for_person_hint="Write person.",
    helped_question="Did this help?",
)
DE = Texts(
    disclosure="Ich bin ein Assistent.",
    handing_over="Ein Mensch übernimmt.",
    asks_for_person_hint="Schreiben Sie Mensch.",
    helped_question="Hat das geholfen?",
)


def article(body: str = "Refunds take five days.", **about: Any) -> Article:
    values: dict[str, Any] = {
        "id": "refund_status",
        "topic": "refund_status",
        "language": "en",
        "title": "Where is my refund?",
        "owner": "refunds team",
        "source": "handbook",
    }
    front_matter = FrontMatter(**(values | about))
    name = f"{front_matter.topic}.{front_matter.language}.md"
    return Article(Path(name), front_matter, body, dict.fromkeys(FrontMatter.model_fields, 2))


def library(*articles: Article) -> Library:
    return Library(KnowledgeBase(articles or (article(),)), {"en": EN, "de": DE})


def asking_library(*articles: Article) -> Library:
    """With the sample company's forms."""
    return Library(KnowledgeBase(articles or (article(),)), {"en": EN, "de": DE}, FORMS)


def decision(inquiry: dict[str, Any] | None = None, **changes: Any) -> Decision:
    asked: dict[str, Any] = {
        "inquiry_id": "i1",
        "conversation_id": "c1",
        "customer_id": "k1",
        "text": "Where is my refund?",
    }
    values: dict[str, Any] = {
        "inquiry": Inquiry(**(asked | (inquiry or {}))),
        "received_at": AT,
        "decided_at": AT,
        "route": "bot",
        "mode": "answer",
        "topic": "refund_status",
        "language": "en",
        "confidence": 0.97,
        "complexity": Score(value=0.1),
        "reasons": (Reason(code="licensed", detail="refund_status"),),
        "epoch": 1,
        "versions": Versions(rules="1", model="m", policy="p"),
    }
    return Decision(**(values | changes))


def bot_turn(article_id: str | None = "refund_status") -> Turn:
    return Turn(by="bot", text="Refunds take five days.", at=AT, article_id=article_id)


def customer_turn(text: str = "Where is my refund?") -> Turn:
    return Turn(by="customer", text=text, at=AT)
