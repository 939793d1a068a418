"""Builds the bot from its settings; the only place that opens files and connections."""

from __future__ import annotations

from collections.abc import Set
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from services.bot.handlers import Bot
from services.bot.recalling import Recalling
from services.bot.rules import Library
from services.bot.settings import BotSettings
from services.bot.silence import Silence
from services.bot.streams import subscriptions
from services.bot.texts import load_texts
from services.intake.forms import load_forms_of
from services.knowledge.base import KnowledgeBase, load_knowledge
from services.knowledge.suggesting import Suggester
from services.language_model.building import build_model
from services.lookups.configuration import load_lookups
from services.runtime.applied import Applied
from services.runtime.clock import day_of, now
from services.runtime.conversations import Conversations
from services.runtime.keys import Keys
from services.runtime.redis import connect
from services.runtime.retelling import recovery_of_conversations
from services.runtime.streaming import Service
from services.runtime.telemetry import get_logger

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from services.bot.words import Words
    from services.language_model.model import LanguageModel
    from services.lookups.lookups import Lookups

log = get_logger(__name__)


def build(settings: BotSettings) -> Service:
    """Raises ConfigurationError with every fault of the knowledge base, the texts, the forms and the
    look-ups."""
    library = load_library(settings.company)
    warn_of_gaps(library.knowledge, library.texts.keys(), day_of(now(), settings.zone))
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    keys = Keys(settings.desk)
    applied = Applied(redis.commands, keys.applied("conversations"))
    recovery = recovery_of_conversations("bot", settings, redis.commands, keys, applied, now)
    conversations = Conversations(redis.commands, keys, applied)
    model = build_model(settings, redis.commands)
    words = build_words(settings, library, model) if model is not None else None
    lookups = build_lookups(settings, redis.commands)
    bot = Bot(library, conversations, now, settings.intake_wait_s, words, lookups, settings.zone)
    recalling = Recalling(bot, conversations, now, round(settings.intake_wait_s * 1000))
    silence = Silence(library, conversations, now, settings.retry_for_s, settings.zone)

    async def prepare() -> None:
        await recovery.on_start()
        await recalling.on_start()

    async def close() -> None:
        if model is not None:
            await model.aclose()
        if lookups is not None:
            await lookups.aclose()
        await redis.aclose()

    async def redis_answers() -> None:
        await redis.commands.ping()

    return Service(
        name="bot",
        settings=settings,
        subscriptions=subscriptions(bot, applied.note),
        background=(silence.run, applied.watch),
        ready={"redis": redis_answers},
        prepare=prepare,
        close=close,
    )


def build_lookups(settings: BotSettings, redis: Redis) -> Lookups | None:
    """None for a company without `lookups.yaml`. Raises ConfigurationError."""
    source = load_lookups(settings.company)
    if source is None:
        return None
    from services.lookups.lookups import Lookups

    return Lookups(source, redis, Keys(settings.desk))


def build_words(settings: BotSettings, library: Library, model: LanguageModel) -> Words:
    from services.bot.words import Words

    return Words(
        model,
        library.texts,
        settings.model_summary_from,
        settings.model_desk_language,
        settings.model_words_answers,
    )


def load_library(company: Path) -> Library:
    """Raises as `build` does."""
    knowledge = load_knowledge(company / "knowledge")
    return Library(
        knowledge,
        load_texts(company / "texts.yaml"),
        load_forms_of(company),
        Suggester(knowledge),
    )


def warn_of_gaps(knowledge: KnowledgeBase, languages: Set[str], day: date) -> None:
    """Says what goes to people for want of an article; none of it stops the bot."""
    for article, why in knowledge.unusable(day):
        log.warning("article is not used", file=article.file.name, why=why)
    for article_id, language in knowledge.missing_translations(languages):
        log.warning("article is not translated", article_id=article_id, language=language)
    for language in sorted(knowledge.languages - languages):
        log.warning("no texts, so people answer in this language", language=language)
