"""The decision order, rule by rule: who answers, and which reason says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.policy import Policy, TopicPolicy
from services.router.rules import decide, leaving
from services.router.signals import Signals
from services.runtime.conversation import Conversation
from warmline.events import Inquiry, Score, Turn
from warmline.events.decision import RiskTier

SURE = Signals(
    topic="due_date",
    confidence=0.99,
    runner_up="refund",
    language="en",
    complexity=Score(value=0.1),
)
NEW = Conversation()
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ANSWERED = Conversation(
    owner="bot", epoch=1, inquiry_id="i0", latest_inquiry_id="i0", topic="refund", answered_ms=1
)


def topic(name: str, bot: str, harm: str = "information", *, intake: bool = False) -> TopicPolicy:
    return TopicPolicy.model_validate(
        {
            "id": name,
            "group": "g",
            "title": {"en": name},
            "harm": harm,
            "bot": bot,
            "intake": intake,
            "queue": "q",
            "skills": ["payments"],
            "priority_min": 3,
        },
        strict=False,
    )


POLICY = Policy(
    version=1,
    topics=(
        topic("due_date", "licensed"),
        topic("refund", "licensed"),
        topic("extend", "draft"),
        topic("closing", "human_only"),
        topic("late_fee", "human_only", intake=True),
        topic("fraud", "human_only", "risk"),
    ),
)


def inquiry(**fields: object) -> Inquiry:
    return Inquiry.model_validate(
        {"inquiry_id": "i1", "conversation_id": "c", "customer_id": "k", "text": "hello", **fields}
    )


def test_a_sure_reading_of_a_licensed_topic_goes_to_the_bot() -> None:
    verdict = decide(inquiry(), NEW, SURE, POLICY)
    assert (verdict.route, verdict.mode) == ("bot", "answer")
    assert verdict.reasons[0].code == "licensed"
    assert verdict.threshold == POLICY.threshold


@pytest.mark.parametrize(("certified", "asked"), [(0.0, 0.9), (0.7, 0.9), (0.95, 0.95)])
def test_the_stricter_of_the_desks_and_the_certified_threshold_counts(
    certified: float, asked: float
) -> None:
    verdict = decide(inquiry(), NEW, replace(SURE, threshold=certified), POLICY)
    assert verdict.route == "bot"
    assert verdict.threshold == asked


def test_a_proposal_to_a_person_needs_no_certificate() -> None:
    verdict = decide(inquiry(), NEW, replace(SURE, topic="extend", threshold=None), POLICY)
    assert (verdict.route, verdict.mode, verdict.threshold) == ("bot", "draft", POLICY.threshold)


def test_a_draft_topic_goes_to_the_bot_for_a_proposal_only() -> None:
    verdict = decide(inquiry(), NEW, replace(SURE, topic="extend"), POLICY)
    assert (verdict.route, verdict.mode) == ("bot", "draft")


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        (replace(SURE, wants_person=True), "explicit_wish"),
        (replace(SURE, risk_tier="fraud"), "risk"),
        (replace(SURE, topic="fraud"), "risk"),
        (replace(SURE, language="fr"), "unknown_language"),
        (replace(SURE, language="und"), "unknown_language"),
        (replace(SURE, topic=None), "unknown_topic"),
        (replace(SURE, topic="never heard of"), "unknown_topic"),
        (replace(SURE, topic="closing"), "no_licence"),
        (replace(SURE, confidence=0.5), "low_confidence"),
        (replace(SURE, threshold=0.995), "low_confidence"),
        (replace(SURE, threshold=None), "not_certified"),
        (replace(SURE, complexity=Score(value=0.9)), "complexity"),
    ],
)
def test_every_doubt_alone_sends_the_inquiry_to_a_person(signals: Signals, code: str) -> None:
    verdict = decide(inquiry(), NEW, signals, POLICY)
    assert (verdict.route, verdict.mode) == ("human", None)
    assert verdict.reasons[0].code == code


def test_the_button_brings_a_person_whatever_the_text_says() -> None:
    verdict = decide(inquiry(wants_person=True), NEW, SURE, POLICY)
    assert verdict.route == "human"
    assert verdict.reasons[0].code == "explicit_wish"


@pytest.mark.parametrize("owner", ["person", "queue"])
def test_a_conversation_that_people_have_stays_with_them(owner: str) -> None:
    held = Conversation(owner=owner, epoch=4, inquiry_id="i0", topic="refund")  # type: ignore[arg-type]
    verdict = decide(inquiry(), held, SURE, POLICY)
    assert verdict.route == "human"
    assert verdict.reasons[0].code == "owned_by_person"
    assert verdict.continues == "i0"


def test_a_wish_for_a_person_counts_before_the_risk() -> None:
    both = replace(SURE, wants_person=True, risk_tier="fraud")
    assert decide(inquiry(), NEW, both, POLICY).reasons[0].code == "explicit_wish"


def test_the_same_topic_again_after_an_answer_of_the_bot_goes_to_a_person() -> None:
    verdict = decide(inquiry(), ANSWERED, replace(SURE, topic="refund"), POLICY)
    assert verdict.reasons[0].code == "repeat_contact"
    assert verdict.continues == "i0"


def test_another_topic_after_an_answer_of_the_bot_may_be_answered_too() -> None:
    verdict = decide(inquiry(), ANSWERED, SURE, POLICY)
    assert verdict.route == "bot"
    assert verdict.continues is None


def test_mood_raises_the_priority_and_never_changes_the_route() -> None:
    calm = decide(inquiry(), NEW, SURE, POLICY)
    angry = decide(inquiry(), NEW, replace(SURE, mood="angry"), POLICY)
    assert angry.priority_min > calm.priority_min
    assert angry.route == calm.route


@given(
    confidence=st.floats(0, 1),
    complexity=st.floats(0, 1),
    name=st.sampled_from([None, *(policy.id for policy in POLICY.topics)]),
    tier=st.sampled_from([None, *get_args(RiskTier)]),
    wish=st.booleans(),
    button=st.booleans(),
    owner=st.sampled_from(["nobody", "bot", "queue", "person", "closed"]),
)
def test_the_bot_speaks_only_where_every_rule_lets_it(
    confidence: float,
    complexity: float,
    name: str | None,
    tier: RiskTier | None,
    wish: bool,
    button: bool,
    owner: str,
) -> None:
    signals = replace(
        SURE,
        topic=name,
        confidence=confidence,
        complexity=Score(value=complexity),
        risk_tier=tier,
        wants_person=wish,
    )
    conversation = Conversation(owner=owner, epoch=1)  # type: ignore[arg-type]
    verdict = decide(inquiry(wants_person=button), conversation, signals, POLICY)
    if verdict.mode == "answer":
        assert name in ("due_date", "refund")
        assert confidence >= POLICY.threshold
        assert complexity <= POLICY.max_complexity
        assert tier is None
        assert not wish
        assert not button
        assert owner not in ("queue", "person")
    if wish or button or tier:
        assert verdict.route == "human"


def test_a_risk_topic_with_a_licence_is_refused() -> None:
    with pytest.raises(ValueError, match="must have bot 'human_only'"):
        topic("fraud", "licensed", "risk")


ASKED = Conversation(
    owner="bot",
    epoch=2,
    inquiry_id="i0",
    latest_inquiry_id="i0",
    topic="late_fee",
    language="de",
    intake_state="asking",
)
LATE_FEE = replace(SURE, topic="late_fee")


def test_before_people_get_a_topic_the_bot_may_ask_for_its_facts() -> None:
    verdict = decide(inquiry(), NEW, LATE_FEE, POLICY)
    assert (verdict.route, verdict.mode) == ("bot", "intake")
    assert verdict.reasons[0].code == "no_licence"
    assert decide(inquiry(), NEW, replace(SURE, topic="closing"), POLICY).route == "human"


def test_a_topic_that_is_but_a_guess_is_marked_so_that_only_what_most_topics_need_is_asked() -> (
    None
):
    sure = decide(inquiry(), NEW, replace(LATE_FEE, confidence=0.5), POLICY)
    assert (sure.mode, sure.topic_guessed) == ("intake", False)
    guess = decide(inquiry(), NEW, replace(LATE_FEE, confidence=0.49), POLICY)
    assert (guess.mode, guess.topic_guessed) == ("intake", True)
    assert not decide(inquiry(), NEW, replace(SURE, confidence=0.49), POLICY).topic_guessed


@pytest.mark.parametrize(
    "signals",
    [
        replace(LATE_FEE, wants_person=True),
        replace(LATE_FEE, risk_tier="hardship"),
        replace(LATE_FEE, confidence=0.09),
        replace(LATE_FEE, language="fr"),
        replace(LATE_FEE, mood="angry"),
        replace(LATE_FEE, topic=None),
    ],
)
def test_nobody_is_asked_who_needs_a_person_now_or_whose_topic_nobody_knows(
    signals: Signals,
) -> None:
    assert decide(inquiry(), NEW, signals, POLICY).route == "human"


def test_the_answer_to_a_question_stays_with_its_matter_whatever_it_looks_like() -> None:
    unclear = replace(SURE, topic=None, confidence=0.1, language="und", wants_person=False)
    verdict = decide(inquiry(text="PL-20431"), ASKED, unclear, POLICY)
    assert (verdict.route, verdict.mode, verdict.continues) == ("bot", "intake", "i0")
    assert (verdict.topic, verdict.language) == ("late_fee", "de")


@pytest.mark.parametrize(
    ("text", "read", "language"),
    [
        ("Sorry, I only speak English, it is PL-20431", "en", "en"),
        ("my number is PL-20431", "en", "de"),
        ("Zara Home", "en", "de"),
        ("from max@old.example to max@new.example", "en", "de"),
        ("Ich habe es hier nicht", "de", "de"),
        ("one two three four", "und", "de"),
    ],
)
def test_who_answers_in_sentences_of_another_language_is_asked_on_in_it(
    text: str, read: str, language: str
) -> None:
    signals = replace(SURE, topic=None, confidence=0.1, language=read)
    verdict = decide(inquiry(text=text), ASKED, signals, POLICY)
    assert (verdict.route, verdict.language) == ("bot", language)


def test_who_answers_in_a_language_that_the_bot_does_not_speak_gets_a_person() -> None:
    signals = replace(SURE, topic=None, confidence=0.1, language="fr")
    french = inquiry(text="Je ne comprends pas, parlez-vous français ?")
    verdict = decide(french, ASKED, signals, POLICY)
    assert (verdict.route, verdict.language, verdict.continues) == ("human", "fr", "i0")
    assert verdict.reasons[0].code == "unknown_language"
    shop = decide(inquiry(text="Le Petit Bateau"), ASKED, signals, POLICY)
    assert (shop.route, shop.language) == ("bot", "de")


def test_a_message_without_a_language_is_in_that_of_its_conversation() -> None:
    number = replace(SURE, topic=None, confidence=0.0, language="und")
    spoken = replace(ANSWERED, language="de")
    verdict = decide(inquiry(text="PL12345"), spoken, number, POLICY)
    assert (verdict.route, verdict.language) == ("human", "de")
    assert verdict.reasons[0].code == "unknown_topic"
    foreign = decide(inquiry(), spoken, replace(number, language="fr"), POLICY)
    assert (foreign.language, foreign.reasons[0].code) == ("fr", "unknown_language")


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        (replace(SURE, wants_person=True), "explicit_wish"),
        (replace(SURE, risk_tier="fraud"), "risk"),
        (replace(SURE, topic="fraud"), "risk"),
        (replace(SURE, mood="angry"), "frustration"),
    ],
)
def test_an_answer_that_a_person_must_hear_leaves_the_intake_at_once(
    signals: Signals, code: str
) -> None:
    verdict = decide(inquiry(), ASKED, signals, POLICY)
    assert (verdict.route, verdict.mode, verdict.continues) == ("human", None, "i0")
    assert verdict.reasons[0].code == code


def test_once_people_are_being_brought_in_nobody_is_asked_again() -> None:
    over = replace(ASKED, intake_state="over")
    verdict = decide(inquiry(), over, LATE_FEE, POLICY)
    assert (verdict.route, verdict.continues) == ("human", "i0")


def test_who_comes_back_after_a_person_closed_goes_to_people() -> None:
    closed = Conversation(owner="closed", epoch=5, inquiry_id="i0", agent_id="ada")
    verdict = decide(inquiry(), closed, SURE, POLICY)
    assert (verdict.route, verdict.reasons[0].code) == ("human", "known_person")
    wish = decide(inquiry(wants_person=True), closed, SURE, POLICY)
    assert wish.reasons[0].code == "explicit_wish"


def test_a_risk_topic_cannot_have_an_intake() -> None:
    with pytest.raises(ValueError, match="no intake"):
        topic("fraud", "human_only", "risk", intake=True)


def test_who_is_angry_after_an_answer_of_the_bot_gets_a_person() -> None:
    verdict = decide(inquiry(), ANSWERED, replace(SURE, mood="angry"), POLICY)
    assert (verdict.route, verdict.reasons[0].code) == ("human", "frustration")
    assert decide(inquiry(), NEW, replace(SURE, mood="angry"), POLICY).route == "bot"


def _turn(by: str, seconds: int) -> Turn:
    return Turn.model_validate({"by": by, "text": "t", "at": AT + timedelta(seconds=seconds)})


ASKED_AT_2 = replace(ASKED, turns=(_turn("customer", 1), _turn("bot", 2)))


@pytest.mark.parametrize(
    ("conversation", "after_s", "becomes"),
    [
        (ASKED_AT_2, 3, "ends"),
        (ASKED_AT_2, 1, "ends"),
        (ASKED_AT_2, 0, None),
        (replace(ASKED_AT_2, turns=(*ASKED_AT_2.turns, _turn("customer", 3))), 4, "will_end"),
        (replace(ASKED_AT_2, turns=(*ASKED_AT_2.turns, _turn("customer", 3))), 2, None),
        (replace(ASKED_AT_2, intake_state="over"), 3, None),
        (replace(ASKED_AT_2, intake_state="silent"), 3, None),
        (replace(ASKED_AT_2, owner="queue"), 3, None),
        (replace(ASKED_AT_2, owner="person"), 3, None),
        (replace(ASKED_AT_2, owner="closed"), 3, None),
        (NEW, 3, None),
    ],
)
def test_leaving_ends_the_bots_question_unless_the_customer_has_written_since_or_people_have_it(
    conversation: Conversation, after_s: int, becomes: str | None
) -> None:
    assert leaving(conversation, AT + timedelta(seconds=after_s)) == becomes
