"""Which of several articles on one topic answers a question: the sample company's, and our own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.bot.rules import Answer, HandOver, decide
from services.knowledge.articles import Article
from services.knowledge.base import KnowledgeBase, load_knowledge
from tests.unit.bot.build import DAY, article, customer_turn, decision, library

SAMPLE = load_knowledge(Path("examples/paylater/knowledge"))

CLEAR = [
    ("how_to_pay", "en", "can my sister pay this from her own bank account", "someone_else"),
    ("how_to_pay", "en", "I'd like to pay half now and half later, possible?", "part"),
    ("how_to_pay", "en", "is a partial payment possible with the remaining amount later", "part"),
    ("how_to_pay", "de", "Darf mein Bruder das von seinem Konto überweisen?", "someone_else"),
    ("how_to_pay", "de", "Kann meine Frau die Rechnung für mich bezahlen?", "someone_else"),
    ("how_to_pay", "de", "geht eine teilzahlung, die hälfte jetzt und den rest später?", "part"),
    ("how_to_pay", "de", "Kann ich einen Teilbetrag der Rechnung zahlen?", "part"),
    ("delivery_status", "en", "tracking says delivered but I never got it", "delivered_elsewhere"),
    ("delivery_status", "en", "parcel was handed to a neighbour, but which", "delivered_elsewhere"),
    ("delivery_status", "de", "beim nachbarn abgegeben, nur bei welchem??", "delivered_elsewhere"),
]
NEAR_MISSES = [
    ("how_to_pay", "en", "how does paying work"),
    ("how_to_pay", "en", "which account do I transfer to"),
    ("how_to_pay", "en", "pay later or now?"),
    ("how_to_pay", "en", "my husband bought this, how do we pay"),
    ("how_to_pay", "en", "part of my order is missing, how do I pay"),
    ("how_to_pay", "de", "wie zahle ich"),
    ("how_to_pay", "de", "zum teil verstehe ich nicht, wie man zahlt"),
    ("how_to_pay", "de", "auf welches Konto soll ich überweisen"),
    ("how_to_pay", "de", "Mein Mann fragt, wo der Knopf zum Bezahlen ist"),
    ("delivery_status", "en", "when will it be delivered"),
    ("delivery_status", "en", "no parcel yet"),
    ("delivery_status", "en", "please deliver it to a neighbour"),
    ("delivery_status", "de", "wann wird es zugestellt"),
    ("delivery_status", "de", "noch kein Paket da"),
    ("delivery_status", "de", "??"),
    # Another article answers these, but the evidence is thin.
    ("how_to_pay", "en", "My wife would like to pay the invoice for me, may she?"),
    ("delivery_status", "de", "laut Sendungsverfolgung zugestellt, nichts da"),
]


@pytest.mark.parametrize(("topic", "language", "question", "part"), CLEAR)
def test_a_clear_question_gets_the_article_that_answers_it(
    topic: str, language: str, question: str, part: str
) -> None:
    article, why = SAMPLE.choose(topic, language, DAY, {}, question)
    assert article is not None
    assert article.about.id == f"{topic}_{part}", why
    assert why.startswith("answers the question best of ")


@pytest.mark.parametrize(("topic", "language", "question"), NEAR_MISSES)
def test_a_question_that_only_comes_near_gets_the_topics_default(
    topic: str, language: str, question: str
) -> None:
    article, why = SAMPLE.choose(topic, language, DAY, {}, question)
    assert article is not None
    assert article.about.id == topic, why
    assert question not in why


RED = article("Red.", id="red", title="Red shoes pinch", questions=["Why do red shoes pinch?"])
BLUE = article("Blue.", id="blue", title="Blue shoes leak", questions=["Why do blue shoes leak?"])
REST = [
    article("Else.", id=f"x{n}", topic=f"topic{n}", title=f"Something {word} entirely")
    for n, word in enumerate("other else about parcels refunds limits logins vouchers".split())
]


def asked(*articles: Article, text: str) -> Answer | HandOver:
    step = decide(decision({"text": text}), library(*articles, *REST), (customer_turn(text),), DAY)
    assert isinstance(step, Answer | HandOver)
    return step


def test_the_reply_is_the_articles_and_says_why() -> None:
    step = asked(RED, BLUE, text="my red shoes pinch, why?")
    assert isinstance(step, Answer)
    assert step.article.about.id == "red"
    assert "answers the question best of 2 articles" in (step.brief.article_why or "")


@pytest.mark.parametrize("text", ["shoes", "red and blue shoes pinch and leak", "hello there"])
def test_without_a_default_what_is_not_clear_goes_to_a_person_with_the_reason(text: str) -> None:
    step = asked(RED, BLUE, text=text)
    assert isinstance(step, HandOver)
    assert step.reason == "no_answer"
    assert step.brief.suggested_reply is None
    assert "no article is clear enough" in (step.brief.article_why or "")


def test_conditions_and_dates_count_before_the_question() -> None:
    plan = article("Plan.", id="plan", when={"plan": "pay_in_30"})
    knowledge = KnowledgeBase([RED, BLUE, plan, *REST])
    text = "red shoes pinch"
    assert knowledge.find("refund_status", "en", DAY, {"plan": "pay_in_30"}, text) is plan
    assert knowledge.find("refund_status", "en", DAY, {}, text) is RED
    assert knowledge.find("refund_status", "de", DAY, {}, text) is None


@pytest.mark.parametrize(
    ("known", "day", "language", "why"),
    [
        ({}, DAY, "en", "no article fits what is known of due_date, plan"),
        ({}, date(2027, 1, 1), "en", "no article is valid: due expired after 2026-12-31"),
        ({}, DAY, "de", "not written in de, only in en"),
        ({"plan": "pay_in_30", "due_date": "2026-12-24"}, DAY, "en", "the only article that fits"),
    ],
)
def test_where_no_article_is_used_the_brief_says_what_is_missing(
    known: dict[str, str | bool | int | float], day: date, language: str, why: str
) -> None:
    due = article(
        "Due on {{ due_date }}.",
        id="due",
        when={"plan": "pay_in_30"},
        slots={"due_date": "date"},
        valid_until=date(2026, 12, 31),
    )
    step = decide(
        decision({"text": "when?", "attributes": known}, language=language), library(due), (), day
    )
    assert isinstance(step, Answer | HandOver)
    assert step.brief.article_why == why
    other = KnowledgeBase([due]).choose("other", language, day, known)
    assert other.why == "nobody has written an article on the topic"


def test_a_risk_stays_peoples_however_well_an_article_fits() -> None:
    text = "my red shoes pinch, why?"
    fits = library(RED, BLUE, *REST)
    step = decide(decision({"text": text}, risk_tier="fraud"), fits, (), DAY)
    assert isinstance(step, HandOver)
    assert step.reason == "risk"


def test_the_order_of_the_files_changes_nothing() -> None:
    for text in ("red shoes pinch", "blue shoes leak", "shoes"):
        one = KnowledgeBase([RED, BLUE, *REST]).choose("refund_status", "en", DAY, {}, text)
        other = KnowledgeBase([*REST, BLUE, RED]).choose("refund_status", "en", DAY, {}, text)
        assert one == other
