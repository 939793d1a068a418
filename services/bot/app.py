"""Builds the bot from its settings; the only place that opens files and connections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import Gauge

from services.bot.company_check import check_texts
from services.bot.handlers import Bot
from services.bot.recalling import Recalling
from services.bot.rules import Library
from services.bot.settings import BotSettings
from services.bot.silence import Silence
from services.bot.streams import subscriptions
from services.bot.texts import load_texts
from services.intake.forms import check_forms_of, load_forms_of
from services.knowledge.base import KnowledgeBase, load_knowledge, sound_knowledge
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
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from services.bot.words import Words
    from services.language_model.model import LanguageModel
    from services.lookups.lookups import Lookups

FAULTS = Gauge(
    "warmline_bot_company_faults", "Faults in the company's files, found at the start.", ["part"]
)

log = get_logger(__name__)


def build(settings: BotSettings) -> Service:
    """With faults in the company's files it starts all the same and leaves to people what it lacks: what
    comes for a bot that does not run waits for nobody."""
    library, faults = load_what_is_sound(settings.company)
    warn_of_gaps(library.knowledge, library.texts.keys(), day_of(now(), settings.zone))
    redis = connect(settings.redis_url.get_secret_value(), settings.desk)
    keys = Keys(settings.desk)
    applied = Applied(redis.commands, keys.applied("conversations"))
    recovery = recovery_of_conversations("bot", settings, redis.commands, keys, applied, now)
    conversations = Conversations(redis.commands, keys, applied)
    model = build_model(settings, redis.commands)
    words = build_words(settings, library, model) if model is not None else None
    lookups, lookup_faults = build_lookups(settings, redis.commands)
    faults += lookup_faults
    tell_of_faults(faults)
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
        faults=tuple(what for _, what in faults),
        close=close,
    )


def build_lookups(
    settings: BotSettings, redis: Redis
) -> tuple[Lookups | None, list[tuple[str, str]]]:
    """None for a company without `lookups.yaml`, or with a faulty one, and its fault."""
    try:
        source = load_lookups(settings.company)
    except ConfigurationError as error:
        return None, [("lookups", str(error))]
    if source is None:
        return None, []
    from services.lookups.lookups import Lookups

    return Lookups(source, redis, Keys(settings.desk)), []


def build_words(settings: BotSettings, library: Library, model: LanguageModel) -> Words:
    from services.bot.words import Words

    return Words(
        model,
        library.texts,
        settings.model_summary_from,
        settings.model_desk_language,
        settings.model_words_answers,
    )


def load_what_is_sound(company: Path) -> tuple[Library, list[tuple[str, str]]]:
    """The library without what is faulty, and every fault with the part that it is of. Without texts the bot
    says nothing to anybody, without forms it asks for nothing: all goes to people."""
    knowledge, found = sound_knowledge(company / "knowledge")
    faults = [("knowledge", str(fault)) for fault in found]
    texts, of_texts = check_texts(company)
    forms, of_forms = check_forms_of(company)
    faults += [("texts", each) for each in of_texts] + [("intake", each) for each in of_forms]
    return Library(knowledge, texts, forms, Suggester(knowledge)), faults


def tell_of_faults(faults: Sequence[tuple[str, str]]) -> None:
    """In the log, one by one, and as a metric."""
    counts = Counter(part for part, _ in faults)
    for part in ("knowledge", "texts", "intake", "lookups"):
        FAULTS.labels(part).set(counts[part])
    for part, what in faults:
        log.error(
            "a fault in the company's files: people get what it would serve", part=part, what=what
        )


def load_library(company: Path) -> Library:
    """Raises ConfigurationError with every fault of a part."""
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
