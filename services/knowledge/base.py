"""The knowledge base: every article of a folder, checked together before the first is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

from services.knowledge.articles import Article, Fault, read_article
from services.knowledge.choosing import Choice, Choosing
from services.knowledge.slots import SlotKind
from warmline.errors import ConfigurationError
from warmline.events.base import Scalar

ARTICLES_MAX = 10_000
WHY_MAX = 300
"""Characters: it stands in every brief."""


class KnowledgeBase:
    """Articles without a fault; where two with the same conditions are valid for the same topic and
    language on one day, the customer's question chooses between them."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = tuple(articles)
        self._by_question: dict[tuple[str, str], list[Article]] = defaultdict(list)
        self._by_topic: dict[str, Article] = {}
        for article in articles:
            self._by_question[article.about.topic, article.about.language].append(article)
            self._by_topic.setdefault(article.about.topic, article)
        self._choosing = Choosing(self.articles)
        self.languages = frozenset(article.about.language for article in articles)

    def choose(
        self,
        topic: str,
        language: str,
        day: date,
        known: Mapping[str, Scalar] | None = None,
        question: str = "",
    ) -> Choice:
        """The article in that very language that is valid on `day` and fits what is known of the
        matter: of several those with the most conditions, then the most slots, and of these the one
        that answers the `question`."""
        written = self._by_question.get((topic, language), ())
        valid = [article for article in written if article.valid_on(day)]
        fitting = [article for article in valid if article.holds_for(known or {})]
        if not fitting:
            return Choice(None, self._why_none(topic, language, day, written, valid))
        closest = min(map(_general_last, fitting))
        rivals = [article for article in fitting if _general_last(article) == closest]
        if len(rivals) > 1 and not _left_to_search(rivals):
            return Choice(min(rivals, key=lambda one: one.file.name), "the first that fits")
        return self._choosing.choose(rivals, question, day)

    def _why_none(
        self,
        topic: str,
        language: str,
        day: date,
        written: Sequence[Article],
        valid: Sequence[Article],
    ) -> str:
        """What an operator has to mend; names only."""
        if valid:
            asked = sorted({name for one in valid for name in (*one.about.when, *one.about.slots)})
            return f"no article fits what is known of {', '.join(asked)}"[:WHY_MAX]
        if written:
            out = sorted(f"{one.about.id} {one.why_unusable(day)}" for one in written)
            return f"no article is valid: {'; '.join(out)}"[:WHY_MAX]
        elsewhere = {one.about.language for one in self.articles if one.about.topic == topic}
        if elsewhere:
            return f"not written in {language}, only in {', '.join(sorted(elsewhere))}"
        return "nobody has written an article on the topic"

    def find(
        self,
        topic: str,
        language: str,
        day: date,
        known: Mapping[str, Scalar] | None = None,
        question: str = "",
    ) -> Article | None:
        return self.choose(topic, language, day, known, question).article

    def topics_of(self, article_ids: Collection[str]) -> set[str]:
        return {one.about.topic for one in self.articles if one.about.id in article_ids}

    def facts_needed(self, topic: str | None) -> Sequence[str]:
        """What people must know to act on the topic, as its first article says, whatever the language."""
        article = self._by_topic.get(topic) if topic is not None else None
        return article.about.facts_needed if article is not None else ()

    def kinds(self, topic: str | None) -> dict[str, SlotKind]:
        """Of each slot that an article on the topic has; a name that two articles declare differently
        is none: each article then judges the value for itself."""
        declared = [
            item
            for article in self.articles
            if article.about.topic == topic
            for item in article.about.slots.items()
        ]
        kinds = dict(declared)
        return {
            name: kind
            for name, kind in kinds.items()
            if all(other == kind for one, other in declared if one == name)
        }

    def missing_translations(self, spoken: Collection[str] = ()) -> list[tuple[str, str]]:
        """Article id and language, for each language that other articles are written in or that the
        company has `spoken` texts in."""
        written: dict[str, set[str]] = defaultdict(set)
        for article in self.articles:
            written[article.about.id].add(article.about.language)
        return sorted(
            (id_, language)
            for id_, has in written.items()
            for language in (self.languages | set(spoken)) - has
        )

    def unusable(self, day: date) -> list[tuple[Article, str]]:
        """Articles outside their validity, with the reason."""
        return [
            (article, why)
            for article in self.articles
            if (why := article.why_unusable(day)) is not None
        ]


def _general_last(article: Article) -> tuple[int, int]:
    return (-len(article.about.when), -len(article.about.slots))


def _left_to_search(articles: Sequence[Article]) -> bool:
    """Whether the question may choose between articles with the same conditions."""
    defaults = sum(article.about.default for article in articles)
    return defaults <= 1 and all(one.about.default or one.about.questions for one in articles)


def load_knowledge(folder: Path) -> KnowledgeBase:
    """Every `*.md` of the folder. Raises ConfigurationError with every fault of every file."""
    articles, faults = check_knowledge(folder)
    if faults:
        raise ConfigurationError(
            f"the knowledge base has {len(faults)} faults:\n" + "\n".join(map(str, faults))
        )
    return KnowledgeBase(articles)


def sound_knowledge(folder: Path) -> tuple[KnowledgeBase, list[Fault]]:
    """What may be said to customers in spite of faults, and the faults. A topic with a faulty file is left
    out in that language as a whole: the article that would be chosen instead may be the wrong one."""
    articles, faults = check_knowledge(folder)
    faulty = {fault.file for fault in faults}
    spoilt = {_named(file) for file in faulty}
    spoilt |= {(one.about.topic, one.about.language) for one in articles if one.file in faulty}
    sound = [one for one in articles if (one.about.topic, one.about.language) not in spoilt]
    return KnowledgeBase(sound), faults


def _named(file: Path) -> tuple[str, str]:
    """Topic and language, as the file's name has them."""
    parts = file.name.removesuffix(".md").split(".")
    return parts[0], parts[-1]


def check_knowledge(folder: Path) -> tuple[list[Article], list[Fault]]:
    """The articles without a fault of their own, and every fault, by file and line."""
    if not folder.is_dir():
        return [], [Fault(folder, 1, "no such folder: WARMLINE_COMPANY names its parent")]
    files = sorted(folder.glob("*.md"))
    if not files:
        return [], [Fault(folder, 1, "no article (<topic>.<language>.md) in this folder")]
    if len(files) > ARTICLES_MAX:
        return [], [Fault(folder, 1, f"{len(files)} articles, the limit is {ARTICLES_MAX}")]
    articles: list[Article] = []
    faults: list[Fault] = []
    for file in files:
        article, own_faults = read_article(file)
        faults += own_faults
        if article is not None:
            articles.append(article)
    faults += [*_misnamed(articles), *_duplicates(articles), *_overlaps(articles)]
    return articles, sorted(faults)


def _misnamed(articles: Iterable[Article]) -> Iterator[Fault]:
    """The file's name is how people look for an article, so it must not say something else."""
    for article in articles:
        about = article.about
        first, language = _named(article.file)
        for key, said, named in (
            ("topic", about.topic, first),
            ("language", about.language, language),
        ):
            if said != named:
                what = f"{key}: {said!r}, but the file's name says {named!r}"
                yield Fault(article.file, article.lines[key], what)


def _duplicates(articles: Iterable[Article]) -> Iterator[Fault]:
    first: dict[tuple[str, str], Article] = {}
    for article in articles:
        about = article.about
        other = first.setdefault((about.id, about.language), article)
        if other is not article:
            what = f"id: {about.id!r} in {about.language!r} is also in {other.file.name}"
            yield Fault(article.file, article.lines["id"], what)


def _overlaps(articles: Iterable[Article]) -> Iterator[Fault]:
    """Two articles for one topic, condition and day, and nothing to choose between them by."""
    same: dict[tuple[str, str, str], list[Article]] = defaultdict(list)
    for article in articles:
        about = article.about
        conditions = repr(sorted(about.when.items())) + repr(sorted(about.slots))
        same[about.topic, about.language, conditions].append(article)
    for rivals in same.values():
        for one, other in combinations(rivals, 2):
            together = _start(one) <= _end(other) and _start(other) <= _end(one)
            if together and not _left_to_search((one, other)):
                what = (
                    f"topic: {other.about.topic!r} in {other.about.language!r} is valid on the "
                    f"same days in {one.file.name}: set valid_from and valid_until, `when`, "
                    "or `questions` in each but the `default`"
                )
                yield Fault(other.file, other.lines["topic"], what)


def _start(article: Article) -> date:
    return article.about.valid_from or date.min


def _end(article: Article) -> date:
    return article.about.valid_until or date.max
