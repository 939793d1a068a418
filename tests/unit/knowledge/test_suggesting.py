"""What a person is offered: the own topic's article first, others only where the words say so, or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.knowledge.base import KnowledgeBase, load_knowledge
from services.knowledge.suggesting import (
    OWN_FROM,
    SUGGESTIONS_MAX,
    Suggester,
    completion,
    references,
)
from tests.unit.bot.build import article

DAY = date(2026, 11, 22)

REFUND = article("A refund starts at the shop. We then pay it back within five banking days.")
DUE = article(
    "Each invoice is due after thirty days.",
    id="due_date",
    topic="due_date",
    title="Due date of an invoice",
)
DUE_KNOWN = article(
    "Your invoice is due on {{ due_date }}.",
    id="due_date_known",
    topic="due_date",
    title="Due date of an invoice",
    slots={"due_date": "date"},
)
LOGIN = article("Set a new password in the app.", id="login", topic="login", title="Login")
OLD = article(
    "Vouchers", id="voucher", topic="voucher", title="Voucher", valid_until=DAY.replace(year=2025)
)
PREMIUM = article(
    "Premium members phone us.",
    id="premium",
    topic="premium",
    title="Premium",
    when={"plan": "premium"},
)
GERMAN = article(
    "Die Erstattung beginnt im Shop.", id="refund_de", language="de", title="Erstattung"
)
ALL = Suggester(KnowledgeBase([REFUND, DUE, DUE_KNOWN, LOGIN, OLD, PREMIUM, GERMAN]))


def suggested(*texts: str, language: str = "en", **about: Any) -> list[str]:
    values = {"topic": None, "confidence": 0.0, "known": {}, **about}
    return [one.article.about.id for one in ALL.suggest(texts, language, DAY, **values)]


def test_the_own_topic_comes_first_and_needs_a_sure_triage() -> None:
    words = "login password"
    assert suggested(words, topic="refund_status", confidence=OWN_FROM) == [
        "refund_status",
        "login",
    ]
    assert suggested(words, topic="refund_status", confidence=OWN_FROM - 0.01) == ["login"]


def test_thin_evidence_is_silence() -> None:
    assert suggested("my neighbour's dog would like a new bone from the app tomorrow") == []
    assert suggested("", topic="login", confidence=0.1) == []


def test_what_the_person_has_begun_is_judged_by_itself() -> None:
    customer = "hello I wonder whether somebody might be so kind and have a look at my old matter"
    assert suggested(customer, "") == []
    assert suggested(customer, "refund shop") == ["refund_status"]


def test_only_what_is_valid_and_fits_is_suggested() -> None:
    assert suggested("voucher", topic="voucher", confidence=0.9) == []
    assert suggested("premium", topic="premium", confidence=0.9) == []
    assert suggested("premium", topic="premium", confidence=0.9, known={"plan": "premium"}) == [
        "premium"
    ]


def test_of_several_articles_on_a_topic_the_one_that_fits_best_is_filled() -> None:
    known = {"due_date": "2026-12-24"}
    (found,) = ALL.suggest(
        ["due date invoice"], "en", DAY, topic="due_date", confidence=0.9, known=known
    )
    assert found.article is DUE_KNOWN
    assert found.text == "Your invoice is due on 24 December 2026."
    assert suggested("due date invoice", topic="due_date", confidence=0.9) == ["due_date"]


@pytest.mark.parametrize("language", ["fr", "und"])
def test_another_language_is_never_suggested(language: str) -> None:
    assert suggested("refund", language=language, topic="refund_status", confidence=1.0) == []
    assert suggested("Erstattung Shop", language="de") == ["refund_de"]
    assert suggested("Erstattung Shop", language="en") == []


def test_an_empty_knowledge_base_suggests_nothing() -> None:
    nothing = Suggester(KnowledgeBase([]))
    assert nothing.suggest(["refund"], "en", DAY, topic="refund", confidence=1.0, known={}) == []


def test_a_begun_sentence_goes_on_as_in_the_article() -> None:
    found = ALL.suggest(["refund shop"], "en", DAY, topic="refund_status", confidence=1.0, known={})
    assert completion("Good morning. we then pay it", found) == " back within five banking days."
    assert completion("Good morning. We then  pay it ", found) == "back within five banking days."
    assert completion("We then", found) is None
    assert completion("We then pay it back within five banking days.", found) is None
    assert completion("We never paid it", found) is None


def test_a_brief_names_articles_by_id_and_title() -> None:
    found = ALL.suggest(["login password"], "en", DAY, topic=None, confidence=0, known={})
    (reference,) = references(found)
    assert (reference.article_id, reference.title) == ("login", "Login")


@given(texts=st.lists(st.text(max_size=300), max_size=3), typed=st.text(max_size=300))
def test_whatever_is_written_there_are_at_most_three_with_a_score(
    texts: list[str], typed: str
) -> None:
    found = ALL.suggest([*texts, typed], "en", DAY, topic="login", confidence=0.5, known={})
    assert len(found) <= SUGGESTIONS_MAX
    assert all(0 <= one.score <= 1 for one in found)
    completion(typed, found)


def test_of_several_articles_on_a_topic_the_customers_words_choose_as_for_the_bot() -> None:
    company = load_knowledge(Path("examples/paylater/knowledge"))
    suggester = Suggester(company)

    def own(text: str) -> str:
        found = suggester.suggest(
            [text, "Thank you for"], "en", DAY, topic="delivery_status", confidence=0.9, known={}
        )
        return found[0].article.about.id

    elsewhere = "Tracking says delivered but I never got the package, which neighbour has it?"
    chosen = company.find("delivery_status", "en", DAY, {}, elsewhere)
    assert chosen is not None
    assert own(elsewhere) == chosen.about.id == "delivery_status_delivered_elsewhere"
    assert own("Where is my parcel?") == "delivery_status"
