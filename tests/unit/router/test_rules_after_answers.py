"""The decision on what a customer writes after an answer of the bot, or just before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.router.rules import decide
from services.router.signals import Signals
from tests.unit.bot.build import decision
from tests.unit.router.test_rules import ANSWERED, AT, NEW, POLICY, SURE, inquiry, topic
from warmline.events import Decision, Turn

UNREAD = replace(ANSWERED, answered_ms=None)


def unread(**changes: Any) -> Decision:
    return decision({"inquiry_id": "i0"}, topic="refund", **changes)


def test_a_second_question_before_the_bot_has_read_the_first_drops_no_answer() -> None:
    other = decide(inquiry(), UNREAD, SURE, POLICY, unread=unread())
    assert (other.mode, other.beside, other.continues) == ("answer", True, None)
    same = decide(inquiry(), UNREAD, replace(SURE, topic="refund"), POLICY, unread=unread())
    assert (same.mode, same.beside, same.continues) == ("answer", True, "i0")
    german = replace(SURE, topic="refund", language="de")
    assert decide(inquiry(), UNREAD, german, POLICY, unread=unread()).continues is None


@pytest.mark.parametrize(
    "signals",
    [
        replace(SURE, wants_person=True),
        replace(SURE, risk_tier="fraud"),
        replace(SURE, topic="closing"),
        replace(SURE, topic="extend"),
        replace(SURE, topic="late_fee"),
        replace(SURE, topic=None),
        replace(SURE, confidence=0.4),
        replace(SURE, language="und"),
    ],
)
def test_whatever_else_comes_second_takes_the_first_with_it(signals: Signals) -> None:
    assert not decide(inquiry(), UNREAD, signals, POLICY, unread=unread()).beside


@pytest.mark.parametrize("mode", ["draft", "intake"])
def test_beside_what_the_bot_may_not_answer_nothing_is_answered(mode: str) -> None:
    assert not decide(inquiry(), UNREAD, SURE, POLICY, unread=unread(mode=mode)).beside


def test_it_did_not_help_brings_a_person_only_after_an_answer() -> None:
    unhappy = replace(SURE, says_not_helped=True)
    assert decide(inquiry(), ANSWERED, unhappy, POLICY).reasons[0].code == "not_helped"
    assert decide(inquiry(), NEW, unhappy, POLICY).route == "bot"


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        (replace(SURE, topic="due_date", confidence=0.4, wants_person=True), "explicit_wish"),
        (replace(SURE, topic=None, confidence=0.0, wants_person=True), "explicit_wish"),
        (replace(SURE, topic="due_date", confidence=0.4, says_not_helped=True), "not_helped"),
        (replace(SURE, topic="due_date", confidence=0.4, mood="angry"), "frustration"),
    ],
)
def test_who_comes_back_to_what_the_bot_had_goes_to_those_who_know_its_matter(
    signals: Signals, code: str
) -> None:
    refund = topic("refund", "licensed").model_copy(update={"skills": ("refunds",)})
    policy = POLICY.model_copy(update={"topics": (*POLICY.topics[:1], refund)})
    verdict = decide(inquiry(), ANSWERED, signals, policy)
    assert (verdict.route, verdict.reasons[0].code) == ("human", code)
    assert (verdict.topic, verdict.skills, verdict.continues) == ("refund", {"refunds": 1}, "i0")
    other = decide(inquiry(), ANSWERED, replace(signals, topic="due_date", confidence=0.9), policy)
    assert (other.topic, other.skills, other.continues) == ("due_date", {"payments": 1}, "i0")


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, None),
        ({"confidence": 0.5}, "fraud"),
        ({"risk_tier": "fraud"}, "fraud"),
        ({"topic": "closing"}, "closing"),
    ],
)
def test_a_mere_wish_goes_to_nobody_who_deals_with_risks_on_a_guess(
    changes: dict[str, Any], kept: str | None
) -> None:
    wish = replace(SURE, topic="fraud", confidence=0.4, wants_person=True)
    verdict = decide(inquiry(), NEW, replace(wish, **changes), POLICY)
    assert (verdict.reasons[0].code, verdict.topic) == ("explicit_wish", kept)


def test_thanks_for_an_answer_take_nobodys_time_and_leave_the_matter_as_it_is() -> None:
    """Alone they look like anything, and would go to people."""
    thanks = replace(SURE, topic="fraud", confidence=0.5, risk_tier="hardship", says_thanks=True)
    answer = Turn(by="bot", text="Five days. Did this help?", at=AT, article_id="refund")
    answered = replace(ANSWERED, turns=(answer,))
    verdict = decide(inquiry(text="thanks"), answered, thanks, POLICY)
    assert (verdict.route, verdict.mode, verdict.reasons[0].code) == ("bot", "answer", "thanks")
    assert (verdict.topic, verdict.continues, verdict.beside) == (None, "i0", True)
    pressed = inquiry(text="thanks").model_copy(update={"wants_person": True})
    assert decide(pressed, answered, thanks, POLICY).reasons[0].code == "explicit_wish"
    assert decide(inquiry(text="thanks"), NEW, thanks, POLICY).route == "human"
    asked = replace(answered, turns=(answer, Turn(by="bot", text="Which order?", at=AT)))
    assert decide(inquiry(text="thanks"), asked, thanks, POLICY).route == "human"


def test_a_no_right_after_an_answer_says_that_it_did_not_help_and_nothing_else() -> None:
    """Alone it looks like anything, such as a risk."""
    no = replace(SURE, topic="fraud", confidence=0.5, says_no=True)
    answer = Turn(by="bot", text="Five days. Did this help?", at=AT, article_id="refund")
    verdict = decide(inquiry(text="no"), replace(ANSWERED, turns=(answer,)), no, POLICY)
    assert (verdict.route, verdict.reasons[0].code) == ("human", "not_helped")
    assert (verdict.topic, verdict.continues) == ("refund", "i0")
    guess = replace(no, says_no=False, says_not_helped=True, confidence=0.1)
    unhelped = decide(inquiry(), replace(ANSWERED, turns=(answer,)), guess, POLICY)
    assert (unhelped.reasons[0].code, unhelped.topic) == ("not_helped", "refund")
    sure = replace(guess, confidence=0.5)
    risk = decide(inquiry(), replace(ANSWERED, turns=(answer,)), sure, POLICY)
    assert (risk.reasons[0].code, risk.topic) == ("risk", "fraud")
    later = (answer, Turn(by="customer", text="and the fee?", at=AT))
    assert decide(inquiry(), replace(ANSWERED, turns=later), no, POLICY).topic == "fraud"
