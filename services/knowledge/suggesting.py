"""Articles for a person who is about to answer, and silence where the evidence is thin. Pure.

The evidence is how much of the conversation's words an article shares (BM25). `OWN_FROM` and `OTHER_FROM`
were chosen on one half of the sample company's texts; `python -m bench.suggestions` measures the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.knowledge.articles import Article
from services.knowledge.base import KnowledgeBase
from services.knowledge.search import Search
from warmline.events.base import Scalar

SUGGESTIONS_MAX = 3
OWN_FROM = 0.0
OTHER_FROM = 0.0
"""Least score of an article on the topic that the router has read, and of any other."""

BEGUN_MIN = 12
"""Characters of a sentence from which its end is offered: fewer begin too many sentences."""

_CANDIDATES = 50
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


class Suggestion(NamedTuple):
    """`text` is the article as this customer would read it."""

    article: Article
    text: str
    score: float


class Suggester:
    """Over a knowledge base; empty, it has nothing to suggest."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge
        self._search = Search(knowledge.articles)

    def suggest(
        self,
        words: str,
        language: str,
        day: date,
        *,
        topic: str | None,
        known: Mapping[str, Scalar],
    ) -> list[Suggestion]:
        """At most three, those on the conversation's own topic first; only what is valid on `day` and
        fits what is `known`. `words`: what the person has written so far, and the customer before."""
        ranked = self.ranked(words, language, day, topic=topic, known=known)
        return [
            one
            for one in ranked
            if one.score >= (OWN_FROM if one.article.about.topic == topic else OTHER_FROM)
        ][:SUGGESTIONS_MAX]

    def ranked(
        self,
        words: str,
        language: str,
        day: date,
        *,
        topic: str | None,
        known: Mapping[str, Scalar],
    ) -> list[Suggestion]:
        """As `suggest`, however thin the evidence."""
        found = [
            Suggestion(hit.article, hit.article.text_for(known), hit.score)
            for hit in self._search.find(words, language, day, limit=_CANDIDATES)
            if self._knowledge.find(hit.article.about.topic, language, day, known) is hit.article
        ]
        return sorted(found, key=lambda one: one.article.about.topic != topic)


def completion(typed: str, suggestions: Sequence[Suggestion]) -> str | None:
    """How the sentence that is begun goes on in one of the suggested articles; None where none has it."""
    begun = _folded(re.split(r"[.!?\n]", typed)[-1]).lstrip()
    if len(begun.strip()) < BEGUN_MIN:
        return None
    for sentence in _sentences(suggestions):
        if sentence.casefold().startswith(begun.casefold()) and len(sentence) > len(begun):
            return sentence[len(begun) :]
    return None


def _sentences(suggestions: Sequence[Suggestion]) -> Iterator[str]:
    for one in suggestions:
        for sentence in _SENTENCE.findall(one.text):
            yield _folded(sentence).strip()


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)
