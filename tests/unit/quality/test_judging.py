"""What a conversation says for and against licences, whatever was heard first."""

from __future__ import annotations

import itertools
import random

import pytest

from services.quality.judging import due, next_judgement_ms, tell
from services.quality.lives import Conversation, learn
from services.quality.rules import Timing
from tests.unit.quality.stories import STORIES, writes_twice_while_waiting
from tests.unit.quality.world import ASSUME_AFTER_MS, START_MS, World
from warmline.events import (
    Assignment,
    Brief,
    DraftVerdict,
    Event,
    Feedback,
    Handover,
    Payload,
    Reason,
)
from warmline.events.draft import Rejection, Sent

TIMING = Timing(assume_after_ms=ASSUME_AFTER_MS, settle_ms=500)
LATER = START_MS + 100 * ASSUME_AFTER_MS


def record_of(events: list[Event[Payload]], now_ms: int = START_MS) -> Conversation:
    record = Conversation()
    for event in events:
        record = learn(record, event, now_ms)
    return record


def found(world: World, now_ms: int = LATER) -> dict[str, bool]:
    record = record_of(world.events)
    return {piece.kind: piece.good for one in due(record, TIMING, now_ms) for piece in one.evidence}


def proposed(*, sent: str | None, said: str | None = None) -> World:
    """The bot proposes "Soon."; the person judges it (`said`), and sends `sent` or only closes."""
    world = World(itertools.repeat(10))
    inquiry_id = world.new_inquiry("handed_off")
    decision = world.decide(inquiry_id, "bot")
    brief = Brief(wish="refund", language="en", completeness=1.0, suggested_reply="Soon.")
    world._write(Handover(decision=decision, reason="draft", brief=brief))
    if said is not None:
        world._write(
            verdict(inquiry_id, said, edits=None if sent is None else int(sent != "Soon."))
        )
    if sent is not None:
        world.reply(inquiry_id, "person")
        reply = world.events[-1]
        written = reply.data.model_copy(update={"text": sent})
        world.events[-1] = Event(reply.id, reply.source, reply.time, written)
    world.work("completed", inquiry_id)
    return world


def verdict(inquiry_id: str, said: str, *, edits: int | None) -> DraftVerdict:
    sent = None if edits is None else Sent(reply_id="r1", edits=edits, share=edits / 9)
    return DraftVerdict.model_validate(
        {
            "proposal_id": f"proposal-{inquiry_id}",
            "inquiry_id": inquiry_id,
            "conversation_id": "c1",
            "language": "en",
            "given_for": "draft",
            "verdict": said,
            "sent": sent,
            "rejection": Rejection(reason="wrong") if said == "rejected" else None,
            "agent_id": "ada",
            "epoch": 2,
        }
    )


def answered(by: str, *said: str, score: int | None = None) -> World:
    """Licensed, and answered by the bot, or by people of the comparison group."""
    world = World(itertools.repeat(10))
    inquiry_id = world.new_inquiry("confirmed")
    decision = world.decide(inquiry_id, "bot" if by == "bot" else "human")
    code = "licensed" if by == "bot" else "holdout"
    reason = Reason.model_validate({"code": code, "detail": "test"})
    first = world.events[0]
    reasoned = decision.model_copy(update={"reasons": (reason,)})
    world.events[0] = Event(first.id, first.source, first.time, reasoned)
    world.reply(inquiry_id, "bot" if by == "bot" else "person")
    for kind in said:
        world.say(kind, inquiry_id)
    if score is not None:
        world._write(
            Feedback(
                feedback_id="csat",
                conversation_id="c1",
                inquiry_id=inquiry_id,
                kind="csat",
                score=score,
            )
        )
    return world


@pytest.mark.parametrize(
    ("sent", "right"), [("Soon.", True), ("  Soon.\n", True), ("Tomorrow.", False), (None, False)]
)
def test_a_proposal_is_right_if_it_was_sent_as_it_stood(sent: str | None, right: bool) -> None:
    assert found(proposed(sent=sent)) == {"history": True, "draft": right}


@pytest.mark.parametrize(
    ("said", "sent", "right"),
    [
        ("accepted", "Soon.", True),
        ("edited", "Soon.", True),
        ("edited", "Tomorrow.", False),
        ("rejected", "Soon.", False),
        ("rejected", "Tomorrow.", False),
        ("rejected", None, False),
    ],
)
def test_what_the_person_says_of_a_proposal_counts_before_what_they_wrote(
    said: str, sent: str | None, right: bool
) -> None:
    assert found(proposed(sent=sent, said=said)) == {"history": True, "draft": right}


def test_a_verdict_is_evidence_before_the_work_ends() -> None:
    world = proposed(sent=None, said="rejected")
    assert isinstance(world.events.pop().data, Assignment)
    assert found(world) == {"draft": False}


def test_a_proposal_counts_once_whether_its_verdict_is_read_or_inferred() -> None:
    by_verdict = due(record_of(proposed(sent="Soon.", said="accepted").events), TIMING, LATER)
    inferred = due(record_of(proposed(sent="Soon.").events), TIMING, LATER)
    ids = [
        [piece.evidence_id for one in judged for piece in one.evidence if piece.kind == "draft"]
        for judged in (by_verdict, inferred)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1


def test_the_verdict_on_what_was_no_draft_is_no_evidence() -> None:
    world = proposed(sent=None, said="rejected")
    world.events = [one for one in world.events if not isinstance(one.data, Handover)]
    assert "draft" not in found(world)


def test_a_verdict_that_is_read_again_changes_nothing() -> None:
    events = proposed(sent=None, said="rejected").events
    (judged,) = (one for one in events if isinstance(one.data, DraftVerdict))
    assert record_of([*events, judged]) == record_of(events)


@pytest.mark.parametrize("seed", range(10))
def test_a_verdict_counts_the_same_in_whatever_order_it_is_read(seed: int) -> None:
    world = proposed(sent="Tomorrow.", said="edited")
    random.Random(seed).shuffle(world.events)
    assert found(world) == {"history": True, "draft": False}


def test_messages_that_end_with_one_piece_of_work_are_one_case_of_history() -> None:
    world = World(itertools.repeat(10))
    writes_twice_while_waiting(world)
    told = due(record_of(world.events), TIMING, LATER)
    assert [(one.told, one.inquiry_id) for one in told] == [("history", "i0")]


@pytest.mark.parametrize("by", ["bot", "person"])
@pytest.mark.parametrize(
    ("said", "content"),
    [((), True), (("helped",), True), (("not_helped",), False), (("wants_person",), False)],
)
def test_who_complains_of_an_answer_counts_against_whoever_gave_it(
    by: str, said: tuple[str, ...], content: bool
) -> None:
    world = answered(by, *said)
    assert found(world)["complaint"] is content
    (judged,) = (one for one in due(record_of(world.events), TIMING, LATER) if one.told == "ends")
    assert judged.evidence[0].by == by


@pytest.mark.parametrize(("score", "satisfied"), [(5, True), (4, True), (3, False), (1, False)])
def test_csat_counts_from_four_on(score: int, satisfied: bool) -> None:
    assert found(answered("bot", score=score))["csat"] is satisfied


def test_contentment_and_complaints_are_told_at_the_same_age() -> None:
    for said in ((), ("not_helped",)):
        world = answered("bot", *said)
        answered_ms = round(world.events[1].time.timestamp() * 1000)
        assert "complaint" not in found(world, answered_ms + ASSUME_AFTER_MS - 1)
        assert "complaint" in found(world, answered_ms + ASSUME_AFTER_MS)


def test_what_is_said_after_that_age_counts_no_more() -> None:
    world = answered("bot")
    world.wait(ASSUME_AFTER_MS)
    world.say("not_helped", "i0")
    assert found(world)["complaint"] is True


@pytest.mark.parametrize("seed", range(20))
def test_news_in_any_order_give_the_same_evidence(seed: int) -> None:
    world = World(itertools.cycle([7, 40, 300]))
    for story in STORIES:
        story(world)
    mixed = list(world.events)
    random.Random(seed).shuffle(mixed)

    def told(events: list[Event[Payload]]) -> list[str]:
        return sorted(
            piece.model_dump_json()
            for one in due(record_of(events), TIMING, LATER)
            for piece in one.evidence
        )

    assert told(mixed) == told(world.events)


def test_what_is_told_is_not_told_again() -> None:
    record = record_of(proposed(sent="Soon.").events)
    told = tell(record, due(record, TIMING, LATER))
    assert due(told, TIMING, LATER) == []
    assert next_judgement_ms(told, TIMING) is None
