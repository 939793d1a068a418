"""The corpora of honest rewordings and of attacks, each with the article that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.knowledge.articles import read_article
from services.language_model.guard.rules import check_wording
from services.language_model.source import Source

_HERE = Path(__file__).parent
_ARTICLES = Path("examples/paylater/knowledge")


@cache
def source_of(name: str) -> Source:
    article, faults = read_article(_ARTICLES / f"{name}.md")
    assert article is not None, faults
    return Source(article.about.id, article.about.language, article.body, article.about.title)


def honest() -> Iterator[tuple[Source, str]]:
    data = _rows("honest.yaml")
    for part in ("first", "fresh"):
        for row in data[part]:
            yield source_of(row["article"]), row["text"].strip()


def attacks(
    file: str = "attacks.yaml", *, in_article: bool = False
) -> Iterator[tuple[Source, str]]:
    """In an honest rewording, or in the article itself as far as it has the words that are attacked."""
    for row in _rows(file):
        source = source_of(row["article"])
        base = source.text if in_article else _accepted(source)
        yield from ((source, f"{base}\n\n{sentence}") for sentence in row.get("add", ()))
        yield from ((source, text) for text in row.get("whole", ()))
        for before, after in row.get("swap", ()):
            assert in_article or before in base, (
                f"{row['article']}: {before!r} is not in the rewording"
            )
            yield source, base.replace(before, after) if before in base else after


def lies(file: str) -> Iterator[tuple[Source, str]]:
    """In the articles' own sentences."""
    for row in _rows(file):
        source = source_of(row["article"])
        yield from ((source, _edited(source, [edit])) for edit in row["lies"])


def close() -> Iterator[tuple[Source, str]]:
    """Honest wordings that stay with their article's sentences."""
    for row in _rows("close.yaml"):
        source = source_of(row["article"])
        yield source, _edited(source, row["edits"])


def _rows(file: str) -> Any:
    return yaml.safe_load((_HERE / file).read_text(encoding="utf-8"))


def _edited(source: Source, edits: Iterable[tuple[str, str]]) -> str:
    text = source.text
    for before, after in edits:
        assert text.count(before) == 1, f"{source.article_id}: {before!r} is not in it once"
        text = text.replace(before, after)
    return text


def _accepted(source: Source) -> str:
    """An honest rewording that passes, else the article itself, so that what is rejected is rejected for
    the attack in it."""
    for of, text in honest():
        if of == source and check_wording(text, [source.article_id], source) is None:
            return text
    return source.text
