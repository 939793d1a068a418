"""The brief that is made where the bot has made none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.agents.articles import with_articles
from services.agents.brief import from_decision
from services.intake.brief import WISH_MAX
from services.intake.forms import load_forms
from services.knowledge.base import KnowledgeBase
from services.knowledge.suggesting import Suggester
from tests.unit.agents.build import decision
from tests.unit.bot.build import article
from warmline.events import Brief, Fact, Turn
from warmline.events.decision import Reason


def test_the_brief_holds_everything_said_so_far() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    history = (
        Turn(by="customer", text="Hello", at=at),
        Turn(by="bot", text="I am an assistant", at=at),
    )
    brief = from_decision(decision({"text": "No,\n a person"}, history=history, mood="angry"))
    assert [turn.text for turn in brief.said] == ["Hello", "I am an assistant", "No,\n a person"]
    assert brief.wish == "No, a person"
    assert (brief.language, brief.mood) == ("en", "angry")


def _turns(*said: str) -> tuple[Turn, ...]:
    """`bot: …` is a question of the bot's, `answer: …` an article."""
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    made = []
    for line in said:
        by, _, text = line.partition(": ")
        article_id = "a" if by == "answer" else None
        by = "bot" if by == "answer" else by
        made.append(
            Turn.model_validate({"by": by, "text": text, "at": at, "article_id": article_id})
        )
    return tuple(made)


@pytest.mark.parametrize(
    ("history", "wish"),
    [
        (
            ("customer: Where is my refund?", "answer: Five days."),
            "Where is my refund? / A person!",
        ),
        (
            ("customer: Why this fee?", "bot: Number?", "customer: PL-20431", "bot: How much?"),
            "Why this fee? / A person!",
        ),
        (
            ("customer: Refund?", "answer: Five days.", "customer: Why this fee?", "bot: Number?"),
            "Why this fee? / A person!",
        ),
        (
            ("customer: Refund?", "person: Done.", "customer: Fee?", "bot: Number?"),
            "Fee? / A person!",
        ),
        ((), "A person!"),
    ],
)
def test_who_asks_for_a_person_is_read_with_what_it_is_about(
    history: tuple[str, ...], wish: str
) -> None:
    reasons = (Reason(code="explicit_wish", detail="d"),)
    made = decision(
        {"text": "A person!"}, history=_turns(*history), continues="i0", reasons=reasons
    )
    assert from_decision(made).wish == wish
    new = made.model_copy(update={"continues": None})
    assert from_decision(new).wish == "A person!"


@pytest.mark.parametrize(
    ("code", "wish"), [("unknown_language", "Fee? / Pardon ?"), ("risk", "Pardon ?")]
)
def test_a_risk_stands_alone_and_a_foreign_message_does_not(code: str, wish: str) -> None:
    """What a risk is must not be cut off for what came before it."""
    reasons = (Reason.model_validate({"code": code, "detail": "d"}),)
    turns = _turns("customer: Fee?", "bot: Number?")
    made = decision({"text": "Pardon ?"}, history=turns, continues="i0", reasons=reasons)
    assert from_decision(made).wish == wish


def test_a_long_matter_leaves_room_for_what_came_last() -> None:
    reasons = (Reason(code="not_helped", detail="d"),)
    made = decision({"text": "no"}, history=_turns("customer: " + "why " * 200, "answer: So."))
    wish = from_decision(made.model_copy(update={"continues": "i0", "reasons": reasons})).wish
    assert wish.endswith(" / no")
    assert len(wish) <= WISH_MAX


def test_what_the_integrator_knows_are_verified_facts() -> None:
    attributes = {"order": "A-17", "amount": 12.5, "vip": True, " \n": "x", "odd\n": "a\nb"}
    brief = from_decision(decision({"attributes": attributes}))
    assert [(fact.name, fact.value, fact.source) for fact in brief.facts] == [
        ("order", "A-17", "system_verified"),
        ("amount", "12.5", "system_verified"),
        ("vip", "true", "system_verified"),
        ("odd", "a b", "system_verified"),
    ]


FORMS = load_forms(Path("examples/paylater/intake.yaml"))


def test_what_customers_write_to_people_directly_is_read_too() -> None:
    inquiry = {"text": "somebody bought for 412 eur on my account, call 030 901820"}
    made = decision(inquiry, topic="fraud_unknown_purchase", language="de")
    brief = from_decision(made, FORMS)
    assert {(fact.name, fact.value, fact.source) for fact in brief.facts} == {
        ("amount", "412.00 EUR", "customer_said"),
        ("phone", "+4930901820", "customer_said"),
    }
    assert brief.completeness == 1.0
    nothing = from_decision(decision(topic="fraud_unknown_purchase"), FORMS)
    assert nothing.completeness == 0.0


def test_what_the_bot_had_asked_counts_before_what_is_read_again() -> None:
    asked = Fact(name="order_number", value="PL-20431", source="customer_said")
    made = decision(
        {"text": "a person please, not PL-99999"}, topic="refund_status", facts=(asked,)
    )
    facts = from_decision(made, FORMS).facts
    assert [fact.value for fact in facts if fact.name == "order_number"] == ["PL-20431"]


@pytest.mark.parametrize(
    ("text", "named", "values"),
    [
        ("No, the amount was 94,90", "amount", ["94.90", "49.90"]),
        ("and I paid PL-22222, which is open", "order_number", ["PL-22222", "PL-11111"]),
        ("and PL-11111 again", "order_number", ["PL-11111"]),
        ("hello?", "order_number", ["PL-11111"]),
    ],
)
def test_what_was_written_last_comes_first(text: str, named: str, values: list[str]) -> None:
    """Asked whether anything noted is wrong, the customer says so; or begins another matter."""
    noted = (
        Fact(name="order_number", value="PL-11111", source="customer_said"),
        Fact(name="amount", value="49.90", source="customer_said"),
    )
    brief = from_decision(decision({"text": text}, topic="payment_not_booked", facts=noted), FORMS)
    assert [fact.value for fact in brief.facts if fact.name == named] == values


def test_a_correction_counts_whatever_topic_it_looks_like() -> None:
    noted = (Fact(name="amount", value="49.90", source="customer_said"),)
    text = {"text": "No, the amount was 94,90"}
    facts = from_decision(decision(text, topic="refund_amount_wrong", facts=noted), FORMS).facts
    assert [fact.value for fact in facts] == ["94.90", "49.90"]


def test_what_a_system_said_is_not_taken_back_by_the_customer() -> None:
    looked_up = (Fact(name="order_number", value="PL-11111", source="system_verified"),)
    made = decision({"text": "for PL-22222"}, topic="payment_not_booked", facts=looked_up)
    facts = from_decision(made, FORMS).facts
    assert facts[0] == looked_up[0]
    assert [fact.value for fact in facts if fact.source == "customer_said"] == []


def test_a_value_is_not_told_twice_under_two_names() -> None:
    paid = (Fact(name="payment_date", value="2026-11-03", source="customer_said"),)
    made = decision({"text": "as I said, on 2026-11-03"}, topic="refund_amount_wrong", facts=paid)
    assert from_decision(made, FORMS).facts == paid
    attributes = {"order": "PL-11111", "vip": True, "app": True}
    made = decision({"text": "hm", "attributes": attributes}, topic="refund_status")
    said = Fact(name="order_number", value="PL-11111", source="customer_said")
    brief = from_decision(made.model_copy(update={"facts": (said,)}), FORMS)
    assert [fact.name for fact in brief.facts] == ["order", "vip", "app", "order_number"]
    assert brief.completeness == 1.0


def test_what_was_said_on_a_matter_that_a_person_has_dealt_with_is_no_fact_of_this_one() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    dealt_with = (
        Turn(by="customer", text="Where is the money for PL-20431?", at=at),
        Turn(by="person", text="It is on its way.", at=at),
    )
    made = decision({"text": "a refund again"}, topic="refund_status", history=dealt_with)
    assert [fact for fact in from_decision(made, FORMS).facts if fact.name == "order_number"] == []
    still = decision({"text": "a refund"}, topic="refund_status", history=dealt_with[:1])
    facts = from_decision(still, FORMS).facts
    assert [fact.value for fact in facts if fact.name == "order_number"] == ["PL-20431"]


def test_yesterday_is_the_companys() -> None:
    after_midnight = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    made = decision(
        {"text": "I paid 20 euros yesterday"},
        topic="payment_not_booked",
        received_at=after_midnight,
    )

    def paid_on(zone: str) -> list[str]:
        facts = from_decision(made, FORMS, ZoneInfo(zone)).facts
        return [fact.value for fact in facts if fact.name == "payment_date"]

    assert paid_on("UTC") == ["2026-11-21"]
    assert paid_on("Europe/Berlin") == ["2026-11-22"]


def test_an_article_that_the_bot_has_given_is_told_and_not_suggested_again() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    refund = article("A refund takes five days.")
    suggester = Suggester(KnowledgeBase([refund]))
    given = Turn(by="bot", text=refund.body, at=at, article_id="refund_status")
    asked: dict[str, Any] = {"topic": "refund_status", "confidence": 0.9}

    def brief(*history: Turn) -> Brief:
        made = decision({"text": "Where is my refund?"}, history=history, **asked)
        return with_articles(from_decision(made), made, suggester, at.date())

    assert (brief().tried, brief().suggested_article) == ((), "refund_status")
    assert brief(given).tried == ("refund_status",)
    assert brief(given).suggested_reply is None
    assert brief(given).similar == ()


def test_without_a_form_facts_have_the_names_of_their_kinds() -> None:
    made = decision({"text": "I paid 20 euros for PL-20431"}, topic=None)
    facts = from_decision(made, FORMS).facts
    assert [(fact.name, fact.value) for fact in facts] == [
        ("amount", "20.00 EUR"),
        ("order_number", "PL-20431"),
    ]


def test_an_invoked_right_has_its_clock_from_the_customers_message_on() -> None:
    made = decision(risk_tier="data_protection")
    assert from_decision(made, FORMS).answer_by == made.received_at + timedelta(days=28)
    assert from_decision(decision(), FORMS).answer_by is None
    assert from_decision(made).answer_by is None


def test_a_right_that_only_the_topic_tells_has_its_clock_too() -> None:
    made = decision(topic="withdrawal_right", risk_tier=None)
    assert from_decision(made, FORMS).answer_by == made.received_at + timedelta(days=14)
    both = decision(topic="withdrawal_right", risk_tier="complaint")
    assert from_decision(both, FORMS).answer_by == both.received_at + timedelta(days=14)


def test_the_clock_runs_out_before_the_shortest_month_of_the_law_is_over() -> None:
    asked = datetime(2027, 1, 30, 12, tzinfo=UTC)
    made = decision(risk_tier="data_protection", received_at=asked)
    answer_by = from_decision(made, FORMS).answer_by
    assert answer_by is not None
    assert answer_by <= datetime(2027, 2, 28, 12, tzinfo=UTC)


def test_an_attribute_of_a_wrong_kind_does_not_show_and_a_good_one_has_its_normal_form() -> None:
    attributes = {"order_number": "pl 20431", "payment_date": "last week", "plan": "pay_in_30"}
    made = decision({"attributes": attributes}, topic="payment_not_booked")
    facts = {fact.name: fact.value for fact in from_decision(made, FORMS).facts}
    assert facts == {"order_number": "PL-20431", "plan": "pay_in_30"}
    wrong = decision({"attributes": {"order_number": "??"}}, topic="payment_not_booked")
    assert from_decision(wrong, FORMS).facts == ()
