from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.knowledge.base import load_knowledge
from services.knowledge.search import Search
from tests.unit.bot.build import DAY, article

SAMPLE = Search(load_knowledge(Path("examples/paylater/knowledge")).articles)


@pytest.mark.parametrize(
    ("text", "language", "topic"),
    [
        ("refund has not arrived", "en", "refund_status"),
        ("I forgot my password", "en", "account_login"),
        ("my voucher code does not work", "en", "voucher_problem"),
        ("Wann kommt meine Erstattung", "de", "refund_status"),
        ("ich kann mich nicht anmelden", "de", "account_login"),
        ("wo ist mein paket", "de", "delivery_status"),
    ],
)
def test_the_sample_companys_articles_are_found(text: str, language: str, topic: str) -> None:
    assert SAMPLE.find(text, language, DAY)[0].article.about.topic == topic


def test_rare_words_count_more_than_common_ones() -> None:
    search = Search(
        [article("pay pay pay", id="a"), article("pay voucher", id="b"), article("pay", id="c")]
    )
    assert search.find("pay voucher", "en", DAY)[0].article.about.id == "b"


def test_a_known_score() -> None:
    """Two documents, the word in one: log(1 + 1.5 / 1.5) * 2.2 / (1 + 1.2) with equal lengths."""
    search = Search([article("refund", title="x", id="a"), article("other", title="y", id="b")])
    [hit] = search.find("refund", "en", DAY)
    assert hit.score == pytest.approx(0.6931, abs=1e-4)


def test_nothing_in_another_language_expired_or_without_a_common_word_is_found() -> None:
    german = article("Erstattung", language="de")
    old = article("refund", valid_until=date(2020, 1, 1), id="old")
    search = Search([german, old, article("fees", title="Fees", id="fees")])
    assert search.find("refund erstattung", "en", DAY) == []
    assert search.find("", "en", DAY) == []
    assert Search([]).find("refund", "en", DAY) == []
