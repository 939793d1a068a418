from __future__ import annotations

from typing import Any

import pytest

from services.bot.rules import Ask, HandOver, Step, decide, silent
from tests.unit.bot.build import (
    AT,
    DAY,
    EN,
    FORMS,
    article,
    asking_library,
    customer_turn,
    decision,
)
from warmline.events import Decision, Reason, Turn

LIBRARY = asking_library()


def late_fee(text: str = "Why did you charge me a late fee?", **changes: Any) -> Decision:
    values: dict[str, Any] = {
        "topic": "late_fee",
        "mode": "intake",
        "reasons": (Reason(code="no_licence", detail="people answer"),),
    }
    return decision({"text": text}, **(values | changes))


def answer(text: str, number: int = 2, **changes: Any) -> Decision:
    asked = {"text": text, "inquiry_id": f"i{number}"}
    values: dict[str, Any] = {
        "topic": "late_fee",
        "mode": "intake",
        "reasons": (Reason(code="intake", detail="answers"),),
        "continues": "i1",
    }
    return decision(asked, **(values | changes))


def asked(step: Step) -> Ask:
    assert isinstance(step, Ask)
    return step


def handed_over(step: Step) -> HandOver:
    assert isinstance(step, HandOver)
    return step


def first() -> Ask:
    begun = late_fee()
    return asked(decide(begun, LIBRARY, (customer_turn(begun.inquiry.text),), DAY))


def after(step: Ask, made: Decision, *history: Turn) -> Step:
    turns = (customer_turn(), Turn(by="bot", text=step.text, at=AT), *history)
    return decide(made, LIBRARY, turns, DAY, standing=step.standing)


def test_the_first_question_discloses_the_machine_says_why_and_shows_both_ways_out() -> None:
    step = first()
    phrases = FORMS.texts["en"]
    assert step.text.startswith("I am an assistant.")
    assert step.discloses_ai
    for said in (phrases.lead_in, phrases.skip_hint, phrases.person_hint):
        assert said in step.text
    assert "number of your order" in step.text


def test_answers_go_on_until_all_is_known_and_are_then_confirmed() -> None:
    second = asked(after(first(), answer("it is pl 20431")))
    assert "Which amount" in second.text
    assert FORMS.texts["en"].lead_in not in second.text
    assert not second.discloses_ai
    step = handed_over(after(second, answer("15 euros", 3)))
    assert step.reason == "no_licence"
    assert step.standing is not None
    assert step.standing.inquiries == ("i1", "i2", "i3")
    assert {(fact.name, fact.value) for fact in step.brief.facts} == {
        ("order_number", "PL-20431"),
        ("amount", "15.00 EUR"),
    }
    assert step.brief.completeness == 1.0
    assert step.brief.wish == "Why did you charge me a late fee?"
    assert step.notice is not None
    assert "- Order number: PL-20431\n- Amount: 15.00 EUR" in step.notice
    assert step.notice.endswith(EN.handing_over)


def test_who_has_written_it_all_is_asked_nothing() -> None:
    text = "Why a late fee of 15 euros for order PL-20431?"
    step = handed_over(decide(late_fee(text), LIBRARY, (customer_turn(text),), DAY))
    assert step.brief.completeness == 1.0
    assert step.notice is not None
    assert "PL-20431" in step.notice


def test_of_two_matters_in_one_conversation_each_has_its_own_number() -> None:
    """Also where its message comes again after the other's."""
    one, other = "Why a fee of 12 € on PL-11111?", "And a fee of 15 € on PL-22222?"
    turns = (customer_turn(one), customer_turn(other))
    for text, number in ((one, "PL-11111"), (other, "PL-22222")):
        step = handed_over(decide(late_fee(text), LIBRARY, turns, DAY))
        assert step.brief.facts[0].value == number


def test_where_the_topic_is_but_a_guess_only_what_most_topics_need_is_asked() -> None:
    guess = late_fee(topic_guessed=True, confidence=0.3)
    question = asked(decide(guess, LIBRARY, (customer_turn(guess.inquiry.text),), DAY))
    assert "number of your order" in question.text
    step = handed_over(after(question, answer("PL-20431, it was 15 euros too much")))
    assert [fact.name for fact in step.brief.facts] == ["order_number", "amount"]
    app_problem = late_fee(topic_guessed=True, topic="app_problem")
    handed_over(decide(app_problem, LIBRARY, (customer_turn(),), DAY))


@pytest.mark.parametrize(("confidence", "proposed"), [(0.34, False), (0.36, True)])
def test_an_article_on_a_guessed_topic_is_proposed_only_from_the_confidence_that_people_are_shown(
    confidence: float, proposed: bool
) -> None:
    library = asking_library(article(topic="late_fee", id="late_fee"))
    guess = late_fee(topic_guessed=True, confidence=confidence)
    question = asked(decide(guess, library, (customer_turn(guess.inquiry.text),), DAY))
    turns = (customer_turn(), Turn(by="bot", text=question.text, at=AT))
    skipped = answer("skip", confidence=0.99)
    step = handed_over(decide(skipped, library, turns, DAY, standing=question.standing))
    assert (step.brief.suggested_article == "late_fee") is proposed


def test_a_redelivered_message_gets_the_same_question_again() -> None:
    begun = late_fee()
    one = first()
    again = asked(decide(begun, LIBRARY, (customer_turn(),), DAY, standing=one.standing))
    assert (again.text, again.standing) == (one.text, one.standing)
    garbled = answer("the blue one")
    second = asked(after(one, garbled))
    assert asked(after(second, garbled)).text == second.text


def test_who_skips_everything_is_handed_over_without() -> None:
    second = asked(after(first(), answer("skip")))
    step = handed_over(after(second, answer("skip", 3)))
    assert step.brief.completeness == 0.0
    assert step.notice == EN.handing_over


@pytest.mark.parametrize(
    "wish", [{"wants_person": True}, {"mood": "angry"}, {"risk_tier": "hardship"}]
)
def test_nobody_is_asked_who_needs_a_person(wish: dict[str, Any]) -> None:
    step = decide(late_fee(**wish), LIBRARY, (customer_turn(),), DAY)
    assert handed_over(step).notice is not None


def test_in_draft_the_bot_may_ask_but_proposes_the_answer_to_a_person_only() -> None:
    begun = decision(mode="draft", topic="refund_status")
    step = asked(decide(begun, LIBRARY, (customer_turn(),), DAY))
    assert "Refunds take five days." not in step.text
    made = answer("PL-20431", topic="refund_status")
    over = handed_over(after(step, made))
    assert over.reason == "draft"
    assert over.brief.suggested_reply == "Refunds take five days."


def test_a_silent_customers_facts_and_wish_are_in_the_brief() -> None:
    second = asked(after(first(), answer("PL-20431")))
    step = silent(late_fee(), LIBRARY, (), DAY, second.standing)
    assert step.notice is None
    assert step.reason == "no_licence"
    assert [fact.value for fact in step.brief.facts] == ["PL-20431"]
    assert step.brief.completeness == 0.5


def test_the_form_of_a_topic_without_questions_only_reads() -> None:
    text = "somebody bought for 412 eur"
    begun = decision({"text": text}, mode="draft", topic="fraud_unknown_purchase")
    step = handed_over(decide(begun, LIBRARY, (customer_turn(text),), DAY))
    assert [fact.value for fact in step.brief.facts] == ["412.00 EUR"]


def test_a_licensed_answer_is_given_without_any_question() -> None:
    step = decide(decision(), LIBRARY, (customer_turn(),), DAY)
    assert not isinstance(step, Ask | HandOver)


def test_what_systems_say_in_a_wrong_kind_is_neither_believed_nor_shown() -> None:
    begun = late_fee().model_copy(deep=True)
    attributes = {"order_number": "pl 20431", "amount": "a lot", "plan": "pay_in_30"}
    inquiry = begun.inquiry.model_copy(update={"attributes": attributes})
    step = asked(decide(begun.model_copy(update={"inquiry": inquiry}), LIBRARY, (), DAY))
    assert "amount" in step.text
    assert {fact.name: fact.value for fact in step.otherwise.brief.facts} == {
        "order_number": "PL-20431",
        "plan": "pay_in_30",
    }


def test_a_slots_value_in_a_wrong_kind_is_not_shown_either() -> None:
    known = article("Due {{ due_date }}.", topic="late_fee", id="due", slots={"due_date": "date"})
    begun = late_fee()
    inquiry = begun.inquiry.model_copy(update={"attributes": {"due_date": "soon"}})
    wrong = begun.model_copy(update={"inquiry": inquiry})
    step = asked(decide(wrong, asking_library(known), (), DAY))
    assert step.otherwise.brief.facts == ()


def test_what_was_looked_up_ends_the_question_for_it() -> None:
    step = after_looking_up(first(), answer("PL-20431"), {"amount": "15.00 EUR"})
    brief = handed_over(step).brief
    assert {(fact.name, fact.source) for fact in brief.facts} == {
        ("amount", "system_verified"),
        ("order_number", "customer_said"),
    }
    assert brief.completeness == 1.0


def after_looking_up(step: Ask, made: Decision, looked_up: dict[str, str]) -> Step:
    turns = (customer_turn(), Turn(by="bot", text=step.text, at=AT))
    return decide(made, LIBRARY, turns, DAY, standing=step.standing, looked_up=looked_up)
