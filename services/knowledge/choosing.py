"""Which of several articles on one topic answers a customer's own question: by search, or by none. Pure.

Only articles that the topic's licence, the date and the conditions allow come here. One is taken where the
evidence for it is clear; else the topic's default article, else nothing: people answer. The same question
always gets the same article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from services.knowledge.articles import Article
from services.knowledge.search import Search

SCORE_MIN = 8.0
"""BM25 below which a question shares hardly a telling word with an article."""
MARGIN = 1.6
"""How many times the next article's score the best one must have."""


class Choice(NamedTuple):
    """`why` is for people: no customer text in it."""

    article: Article | None
    why: str


class Choosing:
    """Compares the question with what articles say they are about, title and questions: in their bodies
    all articles on one topic use much the same words. How rare a word is shows in those of all topics."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._search = Search([replace(article, body="") for article in articles])

    def choose(self, rivals: Sequence[Article], question: str, day: date) -> Choice:
        """One of `rivals`, which fit equally well."""
        if len(rivals) == 1:
            return Choice(rivals[0], "the only article that fits")
        by_id = {one.about.id: one for one in rivals}
        hits = [
            (hit.score, by_id[hit.article.about.id])
            for hit in self._search.find(question, rivals[0].about.language, day, limit=10_000)
            if hit.article.about.id in by_id
        ]
        best, second = ([score for score, _ in hits] + [0.0, 0.0])[:2]
        said = f"of {len(rivals)} articles (score {best:.1f}, the next {second:.1f})"
        if best >= SCORE_MIN and best >= MARGIN * second:
            return Choice(hits[0][1], f"answers the question best {said}")
        unclear = "little of the question is" if best < SCORE_MIN else "the question is not only"
        default = next((one for one in rivals if one.about.default), None)
        if default is not None:
            return Choice(default, f"the topic's default, {unclear} in one {said}")
        return Choice(None, f"no article is clear enough, {unclear} in one {said}")
