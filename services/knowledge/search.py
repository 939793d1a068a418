"""Finds articles for free text: BM25 over title and body, per language. Pure.

Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, formula 3.15) with the
usual k1 = 1.2 and b = 0.75, and an inverse document frequency that never turns negative.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.knowledge.articles import Article

K1 = 1.2
B = 0.75
TITLE_COUNTS = 2
"""How often a title's words count: they say what an article is about."""
QUERY_WORDS_MAX = 200
KNOWN_KEPT = 16
"""Languages and days for which it is remembered which articles count."""

_WORD = re.compile(r"\w{3,40}")


class Hit(NamedTuple):
    article: Article
    score: float


class _Known(NamedTuple):
    """The articles of a language that are valid on a day, by their number."""

    articles: frozenset[int]
    mean_length: float


class Search:
    """Over articles of any language; a query is answered in one."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = tuple(articles)
        self._holding: dict[str, dict[int, int]] = defaultdict(dict)
        self._lengths: list[int] = []
        for n, article in enumerate(self._articles):
            counts = Counter(_words_of(article))
            self._lengths.append(counts.total())
            for word, count in counts.items():
                self._holding[word][n] = count
        self._known_on = lru_cache(maxsize=KNOWN_KEPT)(self._read_known)

    def find(self, text: str, language: str, day: date, limit: int = 5) -> list[Hit]:
        """The best first, only what shares a word with the text and is valid on `day`."""
        scores, _, _ = self._scores(text, language, day)
        return self._best(scores, limit)

    def shares(self, text: str, language: str, day: date, limit: int, shared_min: int) -> list[Hit]:
        """As `find`, of articles with so many of the text's words. The score is a share of that of an
        article full of every word, so that it can be compared between texts."""
        scores, shared, most = self._scores(text, language, day)
        enough = {n: score / most for n, score in scores.items() if shared[n] >= shared_min}
        return self._best(enough, limit)

    def _scores(
        self, text: str, language: str, day: date
    ) -> tuple[dict[int, float], Counter[int], float]:
        """By article, with how many words it shares; and the score of an article full of every word."""
        known, mean = self._known_on(language, day)
        scores: dict[int, float] = defaultdict(float)
        shared: Counter[int] = Counter()
        most = 0.0
        for word in dict.fromkeys(_words(text)[:QUERY_WORDS_MAX]):
            holding = [n for n in self._holding.get(word, ()) if n in known]
            rarity = math.log(1 + (len(known) - len(holding) + 0.5) / (len(holding) + 0.5))
            most += rarity * (K1 + 1)
            shared.update(holding)
            for n in holding:
                count = self._holding[word][n]
                long = 1 - B + B * self._lengths[n] / mean
                scores[n] += rarity * count * (K1 + 1) / (count + K1 * long)
        return scores, shared, most

    def _best(self, scores: Mapping[int, float], limit: int) -> list[Hit]:
        hits = [Hit(self._articles[n], score) for n, score in scores.items()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.article.file.name))[:limit]

    def _read_known(self, language: str, day: date) -> _Known:
        known = frozenset(
            n
            for n, article in enumerate(self._articles)
            if article.about.language == language and article.valid_on(day)
        )
        return _Known(known, sum(self._lengths[n] for n in known) / max(1, len(known)))


def _words_of(article: Article) -> list[str]:
    about = article.about
    asked = _words(" ".join(about.questions))
    return _words(about.title) * TITLE_COUNTS + asked + _words(article.body)


def _words(text: str) -> list[str]:
    """Without case and accents; plurals and endings are cut to the first six letters, which joins
    most forms of a word in English and German."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return [word[:6] for word in _WORD.findall(plain)]
