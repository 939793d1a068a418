"""What is wrong with the bot's files besides articles and look-ups, and what of them is never used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from services.bot.texts import Texts, load_texts
from services.intake.forms import Forms
from warmline.errors import ConfigurationError


def check_texts(company: Path) -> tuple[Mapping[str, Texts], list[str]]:
    """`texts.yaml`, and every fault by file and line: with one the bot says nothing to anybody."""
    try:
        return load_texts(company / "texts.yaml"), []
    except ConfigurationError as error:
        return {}, str(error).splitlines()


def remarks_on_forms(
    forms: Forms, topics: Mapping[str, bool], languages: Collection[str]
) -> Iterator[str]:
    """No faults, but nobody will be asked. `topics`: whether each one's facts may be asked for; `languages`:
    those of `texts.yaml`."""
    places = [(f"forms.{name}", name) for name in forms.forms]
    places += [(f"topic_deadlines_days.{name}", name) for name in forms.topic_deadlines_days]
    for place, name in places:
        if topics and name not in topics:
            yield f"intake.yaml: {place}: no topic {name!r} in topics.yaml; it is never used"
    for name, may_ask in topics.items():
        if may_ask and name not in forms.forms:
            yield f"topics.yaml: {name}: intake is true, but intake.yaml has no form; nothing is asked"
    for language in sorted(set(languages) - forms.texts.keys()):
        yield f"intake.yaml: texts: missing in {language}; nothing is asked there"
