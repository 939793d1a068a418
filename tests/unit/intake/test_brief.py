"""What every brief says in the same way: the bot's at a handover, and the desk's where there was none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.agents.brief import from_decision
from services.bot.app import load_library
from services.bot.rules import HandOver, Library, decide, give_up
from services.intake.brief import VALUE_MAX, WISH_MAX, completeness, value_of, verified, wish_of
from services.knowledge.base import KnowledgeBase
from tests.unit.bot.build import DAY, DE, EN, FORMS, article, decision
from warmline.events import Decision, Fact

COMPANY = Path("examples/paylater")
SAMPLE = load_library(COMPANY)
TOPICS = [one["id"] for one in yaml.safe_load((COMPANY / "topics.yaml").read_text())["topics"]]
SAID: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a number": {"text": "Where is it? It is PL-20431."},
    "everything": {
        "text": "PL-20431, paid 49.90 euros on 2 November, kim@example.com, not 40 euros"
    },
    "known": {"attributes": {"order_number": "PL-20431", "payment_date": "no day", "shop": "Nord"}},
}


def by_the_bot(made: Decision, library: Library) -> tuple[float, tuple[Fact, ...]]:
    step = decide(made, library, made.history, DAY)
    assert isinstance(step, HandOver)
    return step.brief.completeness, step.brief.facts


def by_the_desk(made: Decision, library: Library) -> tuple[float, tuple[Fact, ...]]:
    needed = library.knowledge.facts_needed(made.topic)
    brief = from_decision(made, library.forms, needed=needed)
    return brief.completeness, brief.facts


@pytest.mark.parametrize("language", ["en", "de", "und"])
@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("topic", [None, *TOPICS])
def test_bot_and_desk_call_the_same_brief_equally_complete(
    topic: str | None, said: str, language: str
) -> None:
    made = decision(SAID[said], topic=topic, language=language, wants_person=True)
    assert by_the_bot(made, SAMPLE) == by_the_desk(made, SAMPLE)


@pytest.mark.parametrize("forms", [None, FORMS])
def test_they_agree_on_what_only_an_article_needs(forms: Any) -> None:
    needing = article(topic="closing", facts_needed=["order_number", "reason"])
    library = Library(KnowledgeBase([needing]), {"en": EN, "de": DE}, forms)
    known = {"attributes": {"order_number": "PL-20431"}}
    made = decision(known, topic="closing", wants_person=True)
    assert by_the_bot(made, library) == by_the_desk(made, library)
    assert by_the_bot(made, library)[0] == 0.5


def test_they_agree_after_a_fault() -> None:
    interrupted = Fact(name="order_number", value="PL-20431", source="customer_said")
    for facts in ((), (interrupted,)):
        made = decision(topic="refund_status", facts=facts)
        brief = from_decision(made)
        given_up = give_up(made).brief
        assert (given_up.completeness, given_up.facts) == (brief.completeness, brief.facts)


@pytest.mark.parametrize(
    ("made", "complete"),
    [
        ({}, 0.75),
        ({"topic": None}, 0.5),
        ({"topic": None, "language": "und"}, 0.25),
    ],
)
def test_where_nobody_has_said_what_is_needed_wish_topic_language_and_any_fact_count(
    made: dict[str, Any], complete: float
) -> None:
    assert completeness(decision(**made), (), None) == complete
    known = verified({"order": "A-17", "empty": ""})
    assert completeness(decision(**made), known, None) == complete + 0.25
    assert completeness(decision(**made), known[1:], None) == complete


def test_a_form_says_what_is_needed_before_any_article() -> None:
    made = decision(topic="payment_not_booked")
    known = verified({"order_number": "PL-20431", "amount": "20.00 EUR"})
    assert completeness(made, known, FORMS, ["shop"]) == pytest.approx(2 / 3)
    assert completeness(decision(topic="fraud_account_takeover"), (), FORMS) == 1.0
    assert completeness(decision(topic="closing"), known, FORMS, ["shop", "amount"]) == 0.5


@given(st.text(min_size=1, max_size=2000).filter(str.strip))
def test_a_wish_is_one_short_line_of_any_text(text: str) -> None:
    wish = wish_of(text)
    assert len(wish) <= WISH_MAX
    assert len(wish.splitlines()) <= 1


@given(st.text(max_size=2000) | st.booleans() | st.integers() | st.floats(allow_nan=False))
def test_a_value_is_one_short_line(value: Any) -> None:
    assert len(value_of(value)) <= VALUE_MAX
    assert len(value_of(value).splitlines()) <= 1
