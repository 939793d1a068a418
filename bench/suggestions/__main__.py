"""`python -m bench.suggestions`: how often suggestions are right, and how often there are none; JSON on the
last line.

Each kind of text is cut into halves by a hash of the text: one half chooses the least scores, the other is
what is reported. An article is right if it is on the text's true topic.

- utterances, inquiries: what the sample company's customers wrote, as a person has it before they write a
  word. For inquiries, which the model has never seen, the topic that the trained model reads is the
  conversation's own; for utterances, which it was trained on, there is none.
- beginnings: the first six words of each sentence of each article, as somebody begins to write it.
- sentences: each sentence of each article, sought in the knowledge base without it, as somebody writes in the
  company's words what no article says in just these.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from services.knowledge.base import KnowledgeBase, load_knowledge
from services.knowledge.suggesting import OWN_FROM, WORDS_FROM, Suggester
from services.router.reading import load_reader
from services.router.triage.dataset import read_examples
from tests.model import trained_model

COMPANY = Path("examples/paylater")
DAY = date(2026, 5, 10)
OWN_WANTED, WORDS_WANTED = 4 / 5, 2 / 3
"""Share of suggestions that shall be right. The own topic's article is in the brief as a reply to be sent, so
it must be right more often; others are read for nothing if more than one in three is wrong."""
BEGUN_WORDS = 6
SCORES = [step / 100 for step in range(5, 100, 5)]


class Seen(NamedTuple):
    """The best article for a text, how strong the evidence was, and what would have been right.
    `answerable`: there is an article that would be."""

    chooses: bool
    right: bool
    score: float
    answerable: bool


def chooses(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def by_words(suggester: Suggester, text: str, language: str, topic: str, answerable: bool) -> Seen:
    found = suggester.by_words([text], language, DAY, {})
    if not found:
        return Seen(chooses(text), False, 0.0, answerable)
    return Seen(chooses(text), found[0].article.about.topic == topic, found[0].score, answerable)


def customers(knowledge: KnowledgeBase) -> Iterator[tuple[str, Seen]]:
    suggester = Suggester(knowledge)
    have = {(one.about.topic, one.about.language) for one in knowledge.articles}
    for text, topic, language in read_examples(COMPANY / "utterances.csv"):
        answerable = (topic, language) in have
        yield "utterances, by words", by_words(suggester, text, language, topic, answerable)
    lines = (COMPANY / "inquiries.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    signals = load_reader(trained_model(), ("en", "de")).read([row["text"] for row in rows])
    for row, read in zip(rows, signals, strict=True):
        text, topic, language = row["text"], row["topic"] or "", read.language
        answerable = (topic, language) in have
        yield "inquiries, by words", by_words(suggester, text, language, topic, answerable)
        score = read.confidence if (read.topic, language) in have else 0.0
        yield "inquiries, own topic", Seen(chooses(text), read.topic == topic, score, answerable)


def sentences(knowledge: KnowledgeBase) -> Iterator[tuple[str, Seen]]:
    whole = Suggester(knowledge)
    for article in knowledge.articles:
        for sentence in re.findall(r"[^.!?\n]+[.!?]?", article.body):
            if len(sentence.split()) < 5 or article.about.slots:
                continue
            begun = " ".join(sentence.split()[:BEGUN_WORDS])
            language, topic = article.about.language, article.about.topic
            yield "beginnings, by words", by_words(whole, begun, language, topic, True)
            without = replace(article, body=article.body.replace(sentence, " ").strip())
            rest = [one for one in knowledge.articles if one is not article]
            suggester = Suggester(KnowledgeBase([*rest, without]))
            yield "sentences, by words", by_words(suggester, sentence, language, topic, True)


def counted(some: Iterable[Seen], least: float) -> dict[str, Any]:
    all_of_them = list(some)
    said = [one for one in all_of_them if one.score >= least and one.score > 0]
    right = sum(one.right for one in said)
    answerable = sum(one.answerable for one in all_of_them)
    return {
        "texts": len(all_of_them),
        "with_an_article": answerable,
        "suggested": len(said),
        "right": right,
        "right_of_suggested": round(right / len(said), 3) if said else None,
        "found_of_answerable": round(right / answerable, 3) if answerable else None,
    }


def least_score(some: Sequence[Seen], wanted: float) -> float | None:
    """The least score from which the wanted share is right; None where there is none."""
    for score in SCORES:
        share = counted(some, score)["right_of_suggested"]
        if share is not None and share >= wanted:
            return score
    return None


def main() -> None:
    knowledge = load_knowledge(COMPANY / "knowledge")
    found: dict[str, list[Seen]] = {}
    for name, one in (*customers(knowledge), *sentences(knowledge)):
        found.setdefault(name, []).append(one)
    result: dict[str, Any] = {"own_from": OWN_FROM, "words_from": WORDS_FROM}
    for name, some in found.items():
        own = name.endswith("own topic")
        choosing = [one for one in some if one.chooses]
        held_back = [one for one in some if not one.chooses]
        for score in SCORES:
            print(name, "choosing half, from", score, counted(choosing, score))
        result[name] = {
            "chosen": least_score(choosing, OWN_WANTED if own else WORDS_WANTED),
            "held_back": counted(held_back, OWN_FROM if own else WORDS_FROM),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
