"""Builds the bot from its settings; the only place that opens files and connections."""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from pathlib import Path

from services.bot.handlers import Bot
from services.bot.rules import Library
from services.bot.settings import BotSettings
from services.bot.silence import Silence
from services.bot.streams import subscriptions
from services.bot.texts import load_texts
from services.intake.forms import load_forms_of
from services.knowledge.base import KnowledgeBase, load_knowledge
from services.runtime.clock import now
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.streaming import Service
from services.runtime.telemetry import get_logger

log = get_logger(__name__)


def build(settings: BotSettings) -> Service:
    """Raises ConfigurationError with every fault of the knowledge base, the texts and the forms."""
    library = load_library(settings.company)
    warn_of_gaps(library.knowledge, library.texts.keys(), now().date())
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    conversations = Conversations(redis.commands, Keys(settings.desk))
    bot = Bot(library, conversations, clock=now, intake_wait_s=settings.intake_wait_s)
    silence = Silence(library, conversations, now, settings.retry_for_s)

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="bot",
        settings=settings,
        subscriptions=subscriptions(bot),
        background=(silence.run,),
        ready={"redis": redis_answers},
        close=redis.aclose,
    )


def load_library(company: Path) -> Library:
    """Raises as `build` does."""
    return Library(
        load_knowledge(company / "knowledge"),
        load_texts(company / "texts.yaml"),
        load_forms_of(company),
    )


def warn_of_gaps(knowledge: KnowledgeBase, languages: Set[str], day: date) -> None:
    """Says what goes to people for want of an article; none of it stops the bot."""
    for article, why in knowledge.unusable(day):
        log.warning("article is not used", file=article.file.name, why=why)
    for article_id, language in knowledge.missing_translations():
        log.warning("article is not translated", article_id=article_id, language=language)
    for language in sorted(knowledge.languages - languages):
        log.warning("no texts, so people answer in this language", language=language)
