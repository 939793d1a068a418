"""`warmline kb`: checks the knowledge base, shows what a customer would read, and searches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from pydantic import BaseModel
from rich.markup import escape

from warmline.cli import screen

if TYPE_CHECKING:
    from services.bot.rules import Library
    from services.knowledge.base import KnowledgeBase
    from services.knowledge.slots import SlotKind

Company = Annotated[Path, typer.Option(help="The company's folder.")]
Language = Annotated[str, typer.Option(help="Such as en or de.", parser=str.lower)]
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The day that counts. Default: today."),
]

_SAMPLE = Path("examples/paylater")

_SUCH_AS: Mapping[SlotKind, str] = {
    "date": "a date is written 2026-12-24",
    "amount": 'an amount is written "49.90 EUR"',
    "number": "a number is whole",
    "text": "a text is one line",
}


class _Topic(BaseModel):
    id: str
    intake: bool = False


class _Topics(BaseModel):
    """What is needed of the router's own file."""

    topics: list[_Topic]


app = typer.Typer(no_args_is_help=True, help="The bot's knowledge base.")


@app.command()
def check(company: Company = _SAMPLE, day: Day = None) -> None:
    """Names every fault of the articles, of `texts.yaml`, `intake.yaml` and `lookups.yaml` by file and line,
    every article outside its dates, every missing translation, and what is never used.

    Exit code 1 if there is a fault: the bot leaves to people whatever it would serve.
    """
    from services.bot.company_check import check_texts, remarks_on_forms
    from services.intake.forms import check_forms_of
    from services.knowledge.base import KnowledgeBase, check_knowledge
    from services.lookups.configuration import check_lookups

    articles, found = check_knowledge(company / "knowledge")
    slots = [(one.about.topic, *slot) for one in articles for slot in one.about.slots.items()]
    _, of_lookups = check_lookups(company, slots)
    texts, of_texts = check_texts(company) if company.is_dir() else ({}, [])
    forms, of_forms = check_forms_of(company)
    faults = [*map(str, found), *of_texts, *of_forms, *of_lookups]
    for fault in faults:
        screen.fail(fault)
    knowledge = KnowledgeBase(articles)
    for article, why in knowledge.unusable(_day(day)):
        print(f"{article.file}: {why}; people answer until it is renewed")
    for article_id, language in knowledge.missing_translations(texts.keys()):
        print(f"{article_id}: not written in {language}; people answer there")
    topics = _topics(company)
    for article in articles:
        if topics and article.about.topic not in topics:
            print(
                f"{article.file}: no topic {article.about.topic!r} in topics.yaml; it is never used"
            )
    for remark in remarks_on_forms(forms, topics, texts) if forms is not None else ():
        print(f"{company}/{remark}")
    print(f"{len(articles)} articles, {len(faults)} fault{'' if len(faults) == 1 else 's'}")
    if faults:
        raise typer.Exit(1)


@app.command()
def preview(
    topic: Annotated[str, typer.Argument(help="A topic of topics.yaml.")],
    language: Language = "en",
    company: Company = _SAMPLE,
    day: Day = None,
    attribute: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="What a system knows of the matter."),
    ] = None,
    question: Annotated[
        str, typer.Option(help="The customer's words, where the topic has several articles.")
    ] = "",
) -> None:
    """Shows word for word what a customer reads at first contact, and why that article.

    Exit code 1 if no article fits: people would answer.
    """
    from services.bot.rules import answer_text
    from services.lookups.configuration import check_lookups, host_of

    library = _library(company)
    lookups, _ = check_lookups(company)
    known = dict(_pair(each) for each in attribute or ())
    for unused in _unused(library.knowledge, topic, known):
        screen.note(f"[yellow]not used:[/] {escape(unused)}")
    article, why = library.knowledge.choose(topic, language, _day(day), known, question)
    if article is None:
        meant = _meant(library.knowledge, topic)
        screen.fail(f"no article on {topic} in {language} fits ({why}{meant}): people answer")
        raise typer.Exit(1)
    if language not in library.texts:
        screen.fail(f"texts.yaml has no texts in {language}: people answer")
        raise typer.Exit(1)
    print(f"# {article.file}: {why}")
    for name, lookup in lookups.of(topic).items() if lookups is not None else ():
        print(f"# look-up {name} ({host_of(urlsplit(lookup.url).netloc)}) may know:", *lookup.facts)
    print()
    print(answer_text(article.text_for(known), library.texts[language], first_contact=True))


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A question, in any words.")],
    language: Language = "en",
    company: Company = _SAMPLE,
    day: Day = None,
) -> None:
    """Lists the articles that fit a question, the best first."""
    from services.knowledge.search import Search

    knowledge = _library(company).knowledge
    hits = Search(knowledge.articles).find(text, language, _day(day))
    if not hits:
        spoken = ", ".join(sorted(knowledge.languages))
        why = (
            "none has a telling word of that"
            if language in knowledge.languages
            else f"only {spoken}"
        )
        print(f"no article in {language} on {_day(day)} fits: {why}")
        return
    rows = [
        [f"{score:.2f}", one.about.topic, one.about.title, one.file.name] for one, score in hits
    ]
    screen.show_table(("score", "topic", "title", "file"), rows, whole="topic file")


def _unused(knowledge: KnowledgeBase, topic: str, known: Mapping[str, str]) -> Iterator[str]:
    """What was given with --set and changes nothing, as it would in an inquiry."""
    from services.intake.facts.found import Conventions
    from services.intake.facts.typed import value_of

    about = [one.about for one in knowledge.articles if one.about.topic == topic]
    asked = {name for one in about for name in (*one.slots, *one.when)}
    kinds = knowledge.kinds(topic)
    for name, value in known.items():
        if name not in asked:
            names = ", ".join(sorted(asked)) or "none"
            yield f"{name}, no article on {topic} asks for it (known: {names})"
        elif name in kinds and value_of(kinds[name], value, Conventions()) is None:
            yield f"{name}={value}, {_SUCH_AS[kinds[name]]}"


def _meant(knowledge: KnowledgeBase, topic: str) -> str:
    topics = {one.about.topic for one in knowledge.articles}
    near = get_close_matches(topic, sorted(topics - {topic}), 1) if topic not in topics else []
    return f"; did you mean {near[0]}?" if near else ""


def _library(company: Path) -> Library:
    from services.bot.app import load_library

    return load_library(company)


def _topics(company: Path) -> dict[str, bool]:
    """As the router knows them, and whether their facts may be asked for; none where the file cannot be read,
    which the router tells."""
    from services.runtime.yaml_file import read_yaml
    from warmline.errors import ConfigurationError

    try:
        topics = read_yaml(company / "topics.yaml", _Topics)[0].topics
    except ConfigurationError:
        return {}
    return {topic.id: topic.intake for topic in topics}


def _day(day: datetime | None) -> date:
    """Today is the company's, by the settings of the bot."""
    if day is not None:
        return day.date()
    from services.bot.settings import BotSettings
    from services.runtime.clock import day_of, now
    from services.runtime.entry import settings_of

    return day_of(now(), settings_of(BotSettings).zone)


def _pair(said: str) -> tuple[str, str]:
    name, is_there, value = said.partition("=")
    if not is_there or not name:
        raise typer.BadParameter(f"{said!r} is not NAME=VALUE", param_hint="--set")
    return name, value
