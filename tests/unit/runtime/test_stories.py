"""What the topics tell of a conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

from services.runtime.clock import millis
from services.runtime.stories import Stories, Story
from tests.unit.bot.build import AT, decision
from warmline.events import Assignment, Brief, Decision, Event, Feedback, Handover, Reason, Reply
from warmline.events.envelope import event_id
from warmline.topics import ASSIGNMENTS

SECOND = timedelta(seconds=1)


def decided(
    inquiry_id: str, epoch: int, route: str = "bot", cause: str | None = None, **changes: Any
) -> Event[Decision]:
    at = AT + epoch * 10 * SECOND
    made = decision(
        {"inquiry_id": inquiry_id, "text": f"text of {inquiry_id}"},
        epoch=epoch,
        route=route,
        mode=changes.pop("mode", "intake" if route == "bot" else None),
        received_at=at,
        decided_at=at,
        **changes,
    )
    return Event(event_id(cause or inquiry_id, "decision"), "/router", at, made)


def spoke(inquiry_id: str, epoch: int, kind: str, by: str = "bot") -> Event[Reply]:
    said = Reply(
        reply_id=f"r-{inquiry_id}-{kind}",
        inquiry_id=inquiry_id,
        conversation_id="c1",
        customer_id="k1",
        by=by,
        kind=kind,
        text=f"{kind} on {inquiry_id}",
        language="en",
        epoch=epoch,
        agent_id="ada" if by == "person" else None,
    )
    return Event(said.reply_id, "/bot", AT + (epoch * 10 + 1) * SECOND, said)


def handed_over(cause: Event[Decision]) -> Event[Handover]:
    given = Handover(
        decision=cause.data,
        reason="no_answer",
        brief=Brief(wish="help", language="en", completeness=0.0),
    )
    inquiry_id = cause.data.inquiry.inquiry_id
    return Event(event_id(inquiry_id, "bot-handover"), "/bot", cause.time + 2 * SECOND, given)


def step(inquiry_id: str, name: str, seq: int, epoch: int, agent_id: str | None = None) -> Any:
    taken = Assignment(
        inquiry_id=inquiry_id,
        conversation_id="c1",
        step=name,
        seq=seq,
        epoch=epoch,
        queue="general",
        agent_id=agent_id,
    )
    at = AT + (epoch * 10 + 2 + seq) * SECOND
    return Event(f"{inquiry_id}-{seq}", f"/{ASSIGNMENTS.name}", at, taken)


def left(second: int) -> Event[Feedback]:
    said = Feedback(feedback_id=f"f{second}", conversation_id="c1", kind="left")
    return Event(said.feedback_id, "/platform", AT + second * SECOND, said)


def told(*events: Event[Any]) -> Stories:
    """Topic by topic, as they are read; each twice, since anything may be delivered again."""
    stories = Stories()
    for kind, tell in (
        (Decision, stories.decided),
        (Reply, stories.replied),
        (Handover, stories.handed_over),
        (Assignment, stories.worked),
        (Feedback, stories.said),
    ):
        for event in events:
            if isinstance(event.data, kind):
                tell(event)
                tell(event)
    return stories


def story(*events: Event[Any]) -> Story:
    """The same whatever the order within a topic."""
    found = told(*events).of("c1")
    for order in permutations(events) if len(events) < 6 else [events[::-1]]:
        assert told(*order).of("c1") == found
    return found


def test_a_decision_gives_the_conversation_to_the_bot_or_the_queue() -> None:
    bot = story(decided("i1", 1))
    assert (bot.owner, bot.epoch, bot.inquiry_id, bot.asked) == ("bot", 1, "i1", ())
    people = story(decided("i1", 1), decided("i2", 2, "human"))
    assert (people.owner, people.epoch, people.latest_inquiry_id) == ("queue", 2, "i2")


def test_an_open_question_stands_with_all_its_messages() -> None:
    asked = story(
        decided("i1", 1),
        spoke("i1", 1, "question"),
        decided("i2", 2, continues="i1"),
        spoke("i2", 2, "question"),
    )
    assert (asked.owner, asked.inquiry_id, asked.asked) == ("bot", "i1", ("i1", "i2"))
    assert not asked.overtaken


def test_an_answer_that_the_bot_has_not_read_yet_is_not_among_what_it_asked_on() -> None:
    waiting = story(decided("i1", 1), spoke("i1", 1, "question"), decided("i2", 2, continues="i1"))
    assert (waiting.epoch, waiting.asked, waiting.inquiry_id) == (2, ("i1",), "i1")


def test_a_handover_closes_the_question_and_gives_the_conversation_to_people() -> None:
    first = decided("i1", 1)
    second = decided("i2", 2, continues="i1")
    given = story(
        first, spoke("i1", 1, "question"), second, handed_over(first), handed_over(second)
    )
    assert (given.owner, given.epoch, given.asked) == ("queue", 2, ())


def test_a_question_that_something_else_has_overtaken_is_due_at_once() -> None:
    complaint = decided("i1", 3, "human", cause="f1")
    overtaken = story(
        decided("i1", 1),
        spoke("i1", 1, "answer"),
        decided("i2", 2),
        spoke("i2", 2, "question"),
        complaint,
    )
    assert (overtaken.owner, overtaken.asked, overtaken.overtaken) == ("queue", ("i2",), True)
    assert (overtaken.latest_inquiry_id, overtaken.answered_ms) == ("i2", millis(AT + 11 * SECOND))


def test_a_wish_on_the_same_matter_closes_the_question() -> None:
    wish = decided("i2", 2, "human", continues="i1")
    closed = story(decided("i1", 1), spoke("i1", 1, "question"), wish)
    assert (closed.owner, closed.asked, closed.overtaken) == ("queue", (), False)


def test_who_holds_or_held_the_work_is_known() -> None:
    began = (decided("i1", 1, "human"), step("i1", "enqueued", 1, 1))
    held = story(*began, step("i1", "offered", 2, 2, "ada"), step("i1", "accepted", 3, 2, "ada"))
    assert (held.owner, held.epoch, held.agent_id) == ("person", 2, "ada")
    kept = Reason(code="owned_by_person", detail="a person has this conversation already")
    more = decided("i2", 2, "human", continues="i1", reasons=(kept,))
    still = story(*began, step("i1", "accepted", 3, 2, "ada"), more)
    assert (still.owner, still.inquiry_id, still.latest_inquiry_id) == ("person", "i1", "i2")
    ended = story(*began, step("i1", "accepted", 3, 2, "ada"), step("i1", "completed", 4, 2, "ada"))
    assert (ended.owner, ended.agent_id) == ("closed", "ada")
    again = story(decided("i1", 1, "human"), step("i1", "completed", 2, 2, "ada"), decided("i3", 3))
    assert (again.owner, again.epoch, again.inquiry_id) == ("bot", 3, "i3")


def test_the_turns_are_those_before_the_newest_decision_and_what_was_said_since() -> None:
    before = told(decided("i1", 1), spoke("i1", 1, "answer")).turns_of("c1")
    newest = decided("i2", 2, history=tuple(before))
    stories = told(
        decided("i1", 1), spoke("i1", 1, "answer"), newest, spoke("i2", 2, "answer", "person")
    )
    assert [(turn.by, turn.text) for turn in stories.turns_of("c1")] == [
        ("customer", "text of i1"),
        ("bot", "answer on i1"),
        ("customer", "text of i2"),
        ("person", "answer on i2"),
    ]


def test_who_leaves_what_the_bot_has_asked_closes_it_unless_they_write_again() -> None:
    asked = (decided("i1", 1), spoke("i1", 1, "question"))
    closed = story(*asked, left(15))
    assert (closed.owner, closed.epoch, closed.asked) == ("closed", 2, ())
    assert story(*asked, left(9)).asked == ("i1",)
    back = story(*asked, left(15), decided("i2", 3))
    assert (back.owner, back.epoch) == ("bot", 3)
    people = story(*asked, decided("i2", 2, "human"), left(25))
    assert people.owner == "queue"


def test_all_answers_of_the_bot_are_told_oldest_first_with_the_topic_that_was_decided() -> None:
    first, second = (
        decided(name, epoch, mode="answer", topic=topic)
        for name, epoch, topic in (("i1", 1, "refund"), ("i2", 2, "due_date"))
    )
    asked = decided("i3", 3)

    def answer(name: str, epoch: int) -> Event[Reply]:
        event = spoke(name, epoch, "answer")
        return replace(event, data=event.data.model_copy(update={"article_id": f"a-{name}"}))

    events = (answer("i2", 2), asked, answer("i1", 1), spoke("i3", 3, "question"), second, first)
    for order in (events, events[::-1]):
        answers = told(*order).answers_of("c1")
        assert [tuple(one.model_dump().values()) for one in answers] == [
            ("i1", "refund", "a-i1"),
            ("i2", "due_date", "a-i2"),
        ]


def test_a_second_question_beside_an_unread_first_is_the_newest_message_in_the_same_epoch() -> None:
    second = decided("i2", 1, mode="answer", continues="i1")
    beside = story(
        decided("i1", 1, mode="answer"),
        replace(second, time=second.time + SECOND),
        spoke("i1", 1, "answer"),
    )
    assert (beside.owner, beside.epoch, beside.inquiry_id) == ("bot", 1, "i1")
    assert beside.latest_inquiry_id == "i2"
    assert beside.answered_ms is not None
