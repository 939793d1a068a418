from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bot.rules import Answer, HandOver, Step, decide, give_up
from services.runtime.conversation import Given
from tests.unit.bot.build import (
    AT,
    DAY,
    DE,
    EN,
    article,
    bot_turn,
    customer_turn,
    decision,
    library,
)
from warmline.events.decision import RiskTier, Turn


def answered(step: Step) -> Answer:
    assert isinstance(step, Answer)
    return step


def handed_over(step: Step) -> HandOver:
    assert isinstance(step, HandOver)
    return step


def test_an_article_in_the_inquirys_language_is_the_answer() -> None:
    step = answered(decide(decision(), library(), (customer_turn(),), DAY))
    assert "Refunds take five days." in step.text
    assert step.text.endswith("Did this help?\n\nWrite person.")


def test_the_first_message_of_the_bot_says_that_it_is_one() -> None:
    step = answered(decide(decision(), library(), (customer_turn(),), DAY))
    assert step.discloses_ai
    assert step.text.startswith("I am an assistant.")


def test_who_changes_language_is_told_in_it_too_that_a_machine_writes() -> None:
    """What was said in another language may not have been understood."""
    told = Turn(by="bot", text=f"{EN.disclosure}\n\nWhich order?", at=AT)
    known = library(article(), article("Fünf Tage.", language="de"))
    german = answered(decide(decision(language="de"), known, (told,), DAY))
    assert german.discloses_ai
    assert german.text.startswith(DE.disclosure)
    again = Turn(by="bot", text=german.text, at=AT)
    assert not answered(decide(decision(), known, (told, again), DAY)).discloses_ai


def test_the_disclosure_is_not_said_twice() -> None:
    history = (customer_turn(), bot_turn("how_to_pay"), customer_turn())
    step = answered(decide(decision(), library(), history, DAY))
    assert not step.discloses_ai
    assert "I am an assistant." not in step.text


def test_a_wish_for_a_person_comes_before_everything_else() -> None:
    asked = decision(wants_person=True, risk_tier="fraud", mode="draft")
    assert handed_over(decide(asked, library(), (), DAY)).reason == "explicit_wish"


@pytest.mark.parametrize("tier", get_args(RiskTier))
def test_nothing_of_a_risk_tier_is_answered(tier: str) -> None:
    by_decision = decide(decision(risk_tier=tier), library(), (), DAY)
    by_article = decide(decision(), library(article(risk_tier=tier)), (), DAY)
    assert handed_over(by_decision).reason == "risk"
    assert handed_over(by_article).reason == "risk"


@pytest.mark.parametrize("mode", ["draft", None])
def test_without_leave_to_answer_the_bot_only_proposes(mode: str | None) -> None:
    step = handed_over(decide(decision(mode=mode), library(), (), DAY))
    assert step.reason == "draft"
    assert step.notice is None
    assert step.brief.suggested_reply == "Refunds take five days."
    assert step.brief.suggested_article == "refund_status"


def test_a_missing_translation_is_never_answered_in_another_language() -> None:
    step = handed_over(decide(decision(language="de"), library(), (), DAY))
    assert step.reason == "no_answer"
    assert step.brief.suggested_reply is None
    assert step.notice == f"{DE.disclosure}\n\n{DE.handing_over}"


def test_a_language_without_texts_gets_a_person_and_no_word_of_the_bot() -> None:
    step = handed_over(decide(decision(language="fr"), library(article(language="fr")), (), DAY))
    assert step.reason == "no_answer"
    assert step.notice is None


@pytest.mark.parametrize(
    ("valid", "day"),
    [
        ({"valid_until": date(2026, 11, 21)}, DAY),
        ({"valid_from": date(2026, 11, 23)}, DAY),
    ],
)
def test_an_article_outside_its_dates_is_not_used(valid: dict[str, Any], day: date) -> None:
    step = handed_over(decide(decision(), library(article(**valid)), (), day))
    assert step.reason == "no_answer"
    assert step.brief.suggested_reply is None


def test_the_first_and_the_last_day_of_an_article_count() -> None:
    one_day = library(article(valid_from=DAY, valid_until=DAY))
    assert answered(decide(decision(), one_day, (), DAY)).article.about.id == "refund_status"


def test_an_inquiry_without_a_topic_goes_to_people() -> None:
    step = handed_over(decide(decision(topic=None), library(), (), DAY))
    assert step.reason == "no_answer"
    assert step.brief.completeness == 0.5


def test_the_same_article_is_never_given_twice_to_a_conversation() -> None:
    history = (customer_turn(), bot_turn(), customer_turn("And where is it now?"))
    step = handed_over(decide(decision(), library(), history, DAY))
    assert step.reason == "loop"
    assert step.brief.suggested_reply is None
    assert step.brief.tried == ("refund_status",)
    assert step.notice == EN.handing_over


def test_a_redelivered_inquiry_gets_the_very_same_answer() -> None:
    before = (customer_turn(),)
    first = answered(decide(decision(), library(), before, DAY))
    later = (*before, bot_turn(), customer_turn("Thanks"), bot_turn("how_to_pay"))
    again = answered(decide(decision(), library(), later, DAY, said_before="answer"))
    assert again == first


def answer_to(inquiry_id: str, topic: str) -> Given:
    return Given(inquiry_id=inquiry_id, topic=topic, article_id=topic)


def test_what_was_answered_before_the_messages_that_are_kept_counts_as_much() -> None:
    step = handed_over(
        decide(decision(), library(), (), DAY, answers=[answer_to("i0", "refund_status")])
    )
    assert step.reason == "loop"
    assert step.brief.tried == ("refund_status",)
    assert step.brief.suggested_reply is None
    other = decide(decision(), library(), (), DAY, answers=[answer_to("i0", "how_to_pay")])
    assert answered(other).brief.tried == ("how_to_pay",)


def test_an_article_that_is_gone_from_the_knowledge_base_was_an_answer_all_the_same() -> None:
    gone = Given(inquiry_id="i0", topic="refund_status", article_id="refund_of_last_year")
    assert handed_over(decide(decision(), library(), (), DAY, answers=[gone])).reason == "loop"


def test_its_own_answer_and_later_ones_do_not_count_against_a_redelivered_inquiry() -> None:
    first = answered(decide(decision(), library(), (customer_turn(),), DAY))
    later = [answer_to("i1", "refund_status"), answer_to("i2", "how_to_pay")]
    history = (customer_turn(), bot_turn(), customer_turn(), bot_turn("how_to_pay"))
    again = decide(decision(), library(), history, DAY, said_before="answer", answers=later)
    assert again == first


def test_a_redelivered_handover_is_announced_in_the_same_words() -> None:
    asked = decision(topic=None)
    first = decide(asked, library(), (customer_turn(),), DAY)
    later = (customer_turn(), bot_turn(None))
    assert decide(asked, library(), later, DAY, said_before="notice") == first


def test_a_broken_bot_still_hands_over_what_the_customer_wants() -> None:
    step = give_up(decision())
    assert step.reason == "bot_error"
    assert step.brief.wish == "Where is my refund?"


turns = st.lists(
    st.sampled_from([customer_turn(), bot_turn(), bot_turn("how_to_pay"), bot_turn(None)])
)


@given(
    history=turns,
    changes=st.fixed_dictionaries(
        {
            "mode": st.sampled_from(["answer", "draft", None]),
            "language": st.sampled_from(["en", "de", "fr", "und"]),
            "topic": st.sampled_from(["refund_status", "how_to_pay", "fraud", None]),
            "risk_tier": st.sampled_from([None, None, "fraud", "vulnerable"]),
            "wants_person": st.booleans(),
        }
    ),
)
def test_the_bot_speaks_only_where_it_may(history: list[Turn], changes: dict[str, Any]) -> None:
    known = library(
        article(),
        article(id="how_to_pay", topic="how_to_pay", language="de", body="Mit der App."),
    )
    step = decide(decision(**changes), known, history, DAY)
    if isinstance(step, Answer):
        assert changes["mode"] == "answer"
        assert changes["risk_tier"] is None
        assert not changes["wants_person"]
        assert step.article.about.language == changes["language"]
        assert step.article.about.id not in {turn.article_id for turn in history}
        assert step.discloses_ai == all(turn.by != "bot" for turn in history)
    elif isinstance(step, HandOver) and step.notice is not None:
        assert changes["mode"] == "answer"
