"""Finds articles for free text: BM25 over title and body, per language. Pure.

Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, formula 3.15) with the
usual k1 = 1.2 and b = 0.75, and an inverse document frequency that never turns negative.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from services.knowledge.articles import Article

K1 = 1.2
B = 0.75
TITLE_COUNTS = 2
"""How often a title's words count: they say what an article is about."""
QUERY_WORDS_MAX = 200

_WORD = re.compile(r"\w{3,40}")


class Hit(NamedTuple):
    article: Article
    score: float


class Search:
    """Over articles of any language; a query is answered in one."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = tuple(articles)
        self._counts = [Counter(_words_of(article)) for article in articles]
        self._lengths = [counts.total() for counts in self._counts]

    def find(
        self, text: str, language: str, day: date, limit: int = 5, shared_min: int = 1
    ) -> list[Hit]:
        """The best first, only what shares so many words with the text and is valid on `day`."""
        known = self._known(language, day)
        if not known:
            return []
        mean = sum(self._lengths[n] for n in known) / len(known)
        scores: dict[int, float] = dict.fromkeys(known, 0.0)
        shared: Counter[int] = Counter()
        for word in dict.fromkeys(_words(text)[:QUERY_WORDS_MAX]):
            holding = [n for n in known if word in self._counts[n]]
            rarity = _rarity(len(holding), len(known))
            shared.update(holding)
            for n in holding:
                count = self._counts[n][word]
                long = 1 - B + B * self._lengths[n] / mean
                scores[n] += rarity * count * (K1 + 1) / (count + K1 * long)
        hits = [
            Hit(self._articles[n], score) for n, score in scores.items() if shared[n] >= shared_min
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.article.file.name))[:limit]

    def most(self, text: str, language: str, day: date) -> float:
        """The score of an article that is full of every word of the text. A score beside it, unlike the
        score itself, can be compared between texts."""
        known = self._known(language, day)
        words = dict.fromkeys(_words(text)[:QUERY_WORDS_MAX])
        return sum(
            _rarity(sum(word in self._counts[n] for n in known), len(known)) * (K1 + 1)
            for word in words
        )

    def _known(self, language: str, day: date) -> list[int]:
        return [
            n
            for n, article in enumerate(self._articles)
            if article.about.language == language and article.valid_on(day)
        ]


def _rarity(holding: int, known: int) -> float:
    """Of a word that so many of the known articles hold."""
    return math.log(1 + (known - holding + 0.5) / (holding + 0.5))


def _words_of(article: Article) -> list[str]:
    return _words(article.about.title) * TITLE_COUNTS + _words(article.body)


def _words(text: str) -> list[str]:
    """Without case and accents; plurals and endings are cut to the first six letters, which joins
    most forms of a word in English and German."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return [word[:6] for word in _WORD.findall(plain)]
