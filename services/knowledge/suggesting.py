"""Articles for a person who is about to answer, and silence where the evidence is thin. Pure.

For the article on the conversation's own topic the evidence is how sure the triage was of that topic. For any
article it is the share of a text's words, weighed by how rare they are, that the article has (BM25); what the
customer has written and what the person has begun are judged each by itself, and the better one counts.
`OWN_FROM` and `WORDS_FROM` were chosen on one half of the sample company's texts; `python -m
bench.suggestions` measures them on the other half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from services.knowledge.articles import Article
from services.knowledge.base import KnowledgeBase
from services.knowledge.search import Search
from warmline.events.base import Scalar
from warmline.events.decision import Turn
from warmline.events.work import ArticleRef

SUGGESTIONS_MAX = 3
OWN_FROM = 0.35
WORDS_FROM = 0.45

SHARED_MIN = 2
"""Words: one alone, such as the "where" of a question, says nothing."""

BEGUN_MIN = 12
"""Characters of a sentence from which its end is offered: fewer begin too many sentences."""

_CANDIDATES = 50
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


class Suggestion(NamedTuple):
    """`text` is the article as this customer would read it, `score` the evidence from 0 to 1."""

    article: Article
    text: str
    score: float


class Suggester:
    """Over a knowledge base; empty, it has nothing to suggest."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self.knowledge = knowledge
        self._search = Search(knowledge.articles)

    def suggest(
        self,
        texts: Sequence[str],
        language: str,
        day: date,
        *,
        topic: str | None,
        confidence: float,
        known: Mapping[str, Scalar],
    ) -> list[Suggestion]:
        """At most three, the one on the conversation's own topic first; only what is valid on `day` and
        fits what is `known`. `texts`: the customer's words, which choose between several articles on a
        topic as they do for the bot, and what the person has begun."""
        by_words = self.by_words(texts, language, day, known)
        found = [one for one in by_words if one.score >= WORDS_FROM]
        question = "".join(texts[:1])
        own = (
            self.knowledge.find(topic, language, day, known, question)
            if topic is not None
            else None
        )
        if own is not None:
            shared = next((one.score for one in by_words if one.article is own), 0.0)
            found = [one for one in found if one.article is not own]
            if confidence >= OWN_FROM or shared >= WORDS_FROM:
                found.insert(0, Suggestion(own, own.text_for(known), max(confidence, shared)))
        return found[:SUGGESTIONS_MAX]

    def by_words(
        self, texts: Sequence[str], language: str, day: date, known: Mapping[str, Scalar]
    ) -> list[Suggestion]:
        """The best first, however few the words. Of several articles on a topic, the one that the bot
        would use."""
        best: dict[str, Suggestion] = {}
        for text in texts:
            hits = self._search.shares(text, language, day, _CANDIDATES, SHARED_MIN)
            for article, share in hits:
                topic = article.about.topic
                if topic in best and best[topic].score >= share:
                    continue
                if self.knowledge.find(topic, language, day, known, text) is article:
                    best[topic] = Suggestion(article, article.text_for(known), share)
        return sorted(best.values(), key=lambda one: (-one.score, one.article.file.name))


def tried(history: Iterable[Turn]) -> tuple[str, ...]:
    """The articles that the bot has given to this conversation, in order, each once."""
    given = (turn.article_id for turn in history if turn.by == "bot" and turn.article_id)
    return tuple(dict.fromkeys(given))


def references(suggestions: Iterable[Suggestion]) -> tuple[ArticleRef, ...]:
    """For a brief."""
    return tuple(
        ArticleRef(article_id=one.article.about.id, title=one.article.about.title)
        for one in suggestions
    )


def completion(typed: str, suggestions: Sequence[Suggestion]) -> str | None:
    """How the sentence that is begun goes on in one of the suggested articles; None where none has it."""
    begun = _folded(last_sentence(typed)).lstrip()
    if len(begun.strip()) < BEGUN_MIN:
        return None
    for sentence in _sentences(suggestions):
        if sentence.casefold().startswith(begun.casefold()) and len(sentence) > len(begun):
            return sentence[len(begun) :]
    return None


def last_sentence(typed: str) -> str:
    """What was begun last: the words before it dilute what it is about."""
    return re.split(r"[.!?\n]", typed)[-1]


def _sentences(suggestions: Sequence[Suggestion]) -> Iterator[str]:
    for one in suggestions:
        for sentence in _SENTENCE.findall(one.text):
            yield _folded(sentence).strip()


def _folded(text: str) -> str:
    return re.sub(r"\s+", " ", text)
