from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.quality.lives import CLOSED_KEPT, SAID_KEPT, Conversation, learn
from services.quality.rules import Timing, close, conclude, is_open, next_look_ms
from tests.unit.quality.stories import bot_answers, not_helped, silent, writes_twice_while_waiting
from tests.unit.quality.world import ASSUME_AFTER_MS, CONVERSATION, START_MS, World
from warmline.events import Erasure, Event, Outcome

TIMING = Timing(assume_after_ms=ASSUME_AFTER_MS, settle_ms=500, lease_ms=1000)


def record_of(world: World, now_ms: int = START_MS) -> Conversation:
    record = Conversation()
    for event in world.events:
        record = learn(record, event, now_ms)
    return record


def world() -> World:
    return World(itertools.repeat(100))


def outcomes_at(record: Conversation, now_ms: int) -> dict[str, Outcome]:
    lives = conclude(CONVERSATION, record, now_ms, TIMING).lives
    return {inquiry_id: life.outcome for inquiry_id, life in lives.items() if life.outcome}


def test_silence_counts_from_the_answer_and_not_a_moment_earlier() -> None:
    made = world()
    silent(made)
    due_ms = made.now_ms + ASSUME_AFTER_MS
    assert outcomes_at(record_of(made), due_ms - 1) == {}
    assert outcomes_at(record_of(made), due_ms)["i0"].kind == "assumed"


def test_nothing_is_concluded_while_news_still_comes_in() -> None:
    made = world()
    not_helped(made)
    read_ms = made.now_ms + 60_000
    assert outcomes_at(record_of(made, read_ms), read_ms + 499) == {}
    assert outcomes_at(record_of(made, read_ms), read_ms + 500)["i0"].kind == "handed_off"


def test_an_outcome_says_who_when_and_on_what() -> None:
    made = world()
    not_helped(made)
    outcome = outcomes_at(record_of(made), made.now_ms + 10_000)["i0"]
    assert outcome == Outcome(
        inquiry_id="i0",
        conversation_id=CONVERSATION,
        kind="handed_off",
        by="person",
        topic="refund_status",
        language="en",
        channel="chat",
        agent_id="agent6",
        first_answer_ms=200,
    )


def test_the_answer_to_the_lead_answers_its_members_too() -> None:
    made = world()
    writes_twice_while_waiting(made)
    first, more = (
        event.data.inquiry  # type: ignore[attr-defined]
        for event in made.events[:2]
    )
    made.reply(first.inquiry_id, "person")
    outcomes = outcomes_at(record_of(made), made.now_ms + 10_000)
    assert outcomes["i0"].first_answer_ms == made.now_ms - START_MS - 100
    assert outcomes[more.inquiry_id].first_answer_ms == made.now_ms - START_MS - 300


def test_an_outcome_that_stands_is_published_again_only_after_the_lease() -> None:
    made = world()
    silent(made)
    now_ms = made.now_ms + ASSUME_AFTER_MS
    concluded = conclude(CONVERSATION, record_of(made), now_ms, TIMING)
    assert next_look_ms(concluded, TIMING) == now_ms + 1000
    again = conclude(CONVERSATION, concluded, now_ms + 1000, TIMING)
    assert again.lives["i0"].outcome == concluded.lives["i0"].outcome
    assert next_look_ms(again, TIMING) == now_ms + 2000
    assert next_look_ms(close(again, {"i0"}), TIMING) is None


def test_an_outcome_that_stands_is_not_changed_by_what_comes_later() -> None:
    made = world()
    inquiry_id = bot_answers(made, "assumed")
    now_ms = made.now_ms + ASSUME_AFTER_MS
    concluded = conclude(CONVERSATION, record_of(made), now_ms, TIMING)
    made.say("helped", inquiry_id)
    late = learn(concluded, made.events[-1], now_ms)
    assert conclude(CONVERSATION, late, now_ms * 2, TIMING).lives["i0"].outcome == (
        concluded.lives["i0"].outcome
    )


def test_a_record_is_open_until_its_last_outcome_is_published() -> None:
    made = world()
    silent(made)
    concluded = conclude(CONVERSATION, record_of(made), made.now_ms + ASSUME_AFTER_MS, TIMING)
    assert is_open(concluded)
    assert not is_open(close(concluded, {"i0"}))
    assert not is_open(Conversation())


def test_without_its_decision_an_end_waits_as_long_as_silence_does() -> None:
    made = world()
    made.work("completed", "i0")
    record = record_of(made)
    assert next_look_ms(record, TIMING) == START_MS + ASSUME_AFTER_MS
    outcome = outcomes_at(record, START_MS + ASSUME_AFTER_MS)["i0"]
    assert (outcome.kind, outcome.topic, outcome.first_answer_ms) == ("handed_off", None, None)


def test_an_end_by_people_counts_although_their_getting_it_is_not_known_yet() -> None:
    made = world()
    inquiry_id = bot_answers(made, "handed_off")
    made.work("completed", "other", inquiry_id)
    assert outcomes_at(record_of(made), made.now_ms + 10_000)[inquiry_id].kind == "handed_off"


def test_thanks_dated_before_the_answer_end_the_inquiry_with_the_answer() -> None:
    made = world()
    inquiry_id = bot_answers(made, "confirmed")
    answered_ms = made.now_ms
    made.wait(-1000)
    made.say("helped", inquiry_id)
    life = conclude(CONVERSATION, record_of(made), answered_ms + 500, TIMING).lives[inquiry_id]
    assert life.outcome is not None
    assert (life.outcome.kind, life.ended_ms) == ("confirmed", answered_ms)


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "backwards"])
def test_the_first_decision_answer_and_end_count(step: int) -> None:
    made = world()
    inquiry_id = made.new_inquiry("handed_off")
    made.decide(inquiry_id, "human")
    made.reply(inquiry_id, "person")
    made.work("completed", inquiry_id)
    second = made.decide(inquiry_id, "human")
    made.events[-1] = replace(made.events[-1], data=second.model_copy(update={"topic": "another"}))
    made.reply(inquiry_id, "person")
    made.work("completed", inquiry_id)
    made.events = made.events[::step]
    outcome = outcomes_at(record_of(made), made.now_ms + 10_000)[inquiry_id]
    assert (outcome.topic, outcome.first_answer_ms) == ("refund_status", 200)
    assert outcome.agent_id == "agent2"


def test_what_the_bot_only_announces_is_no_answer() -> None:
    made = world()
    inquiry_id = made.new_inquiry("handed_off")
    made.decide(inquiry_id, "bot")
    made.reply(inquiry_id, "bot")
    answer = made.events[-1]
    notice = answer.data.model_copy(update={"kind": "notice"})
    before = learn(Conversation(), made.events[0], START_MS)
    assert learn(before, Event("n", "/test", answer.time, notice), START_MS) is before


def test_a_record_does_not_grow_without_end() -> None:
    made = world()
    for _ in range(SAID_KEPT + 5):
        made.say("helped", None)
    for _ in range(CLOSED_KEPT + 5):
        silent(made)
    record = record_of(made)
    assert len(record.said) == SAID_KEPT
    assert len(close(record, record.lives.keys()).lives) == CLOSED_KEPT


def test_an_event_of_another_kind_is_a_fault_of_the_wiring() -> None:
    at = datetime.fromtimestamp(START_MS / 1000, UTC)
    erasure = Event("e", "/test", at, Erasure(erasure_id="x", customer_id="k1"))
    with pytest.raises(TypeError, match="Erasure"):
        learn(Conversation(), erasure, START_MS)
