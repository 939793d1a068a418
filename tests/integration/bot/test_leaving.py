"""Customers who leave while the bot asks: no person is brought in, and nothing that comes later is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.runtime.handling import Output
from tests.integration.bot.desk import WAIT_S, Desk, handovers, ids, replies
from tests.integration.bot.desk import desk as desk
from warmline.events import Event, Feedback


async def says_by_button(desk: Desk, kind: Any, number: int = 1) -> list[Output]:
    """At the clock's time."""
    said = Feedback(feedback_id=f"f{number}", conversation_id="c1", kind=kind)
    return await desk.router.feedback(Event(said.feedback_id, "/test", desk.clock(), said))


async def leaves(desk: Desk, number: int = 1) -> None:
    assert await says_by_button(desk, "left", number) == []


async def test_who_leaves_while_the_bot_asks_is_handed_over_to_nobody(desk: Desk) -> None:
    await desk.says("why this late fee?")
    asked = await desk.route("PL-20431")
    await desk.bot.handle(asked)
    await leaves(desk)
    conversation = await desk.conversation()
    assert (conversation.owner, conversation.intake_state) == ("closed", "over")
    assert handovers(await desk.bot.handle(asked)) == [], "a redelivery brings nobody in"
    assert await desk.passes(WAIT_S + 1) == []


async def test_without_leaving_the_same_conversation_reaches_people(desk: Desk) -> None:
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    assert ids(await desk.passes(WAIT_S + 1)) == ["i1", "i2"]


async def test_a_question_to_somebody_who_has_left_meanwhile_ends_as_it_is_asked(
    desk: Desk,
) -> None:
    decision = await desk.route("why this late fee?")
    await leaves(desk)
    [question] = replies(await desk.bot.handle(decision))
    assert question.kind == "question"
    assert (await desk.conversation()).owner == "closed"
    again = await desk.bot.handle(decision)
    assert (replies(again), handovers(again)) == ([question], []), "a redelivery brings nobody in"
    assert await desk.passes(WAIT_S + 1) == []


async def test_leaving_that_is_read_after_the_customer_has_written_again_ends_nothing(
    desk: Desk,
) -> None:
    await desk.says("why this late fee?")
    before = desk.clock.now
    desk.clock.now = before + timedelta(seconds=5)
    await desk.says("PL-20431")
    desk.clock.now = before + timedelta(seconds=2)
    await leaves(desk)
    assert (await desk.conversation()).awaits_answer


async def test_who_comes_back_begins_anew_and_a_repeated_leaving_changes_nothing(
    desk: Desk,
) -> None:
    await desk.says("why this late fee?")
    await leaves(desk)
    left = desk.clock.now
    desk.clock.now = left + timedelta(minutes=5)
    [question] = replies(await desk.says("why this late fee?"))
    assert question.kind == "question"
    desk.clock.now = left
    await leaves(desk)
    desk.clock.now = left + timedelta(minutes=5)
    assert (await desk.conversation()).awaits_answer
    assert ids(await desk.passes(WAIT_S + 1)) == ["i2"]


async def test_who_presses_for_a_person_after_leaving_gets_one_with_all_that_was_said(
    desk: Desk,
) -> None:
    await desk.says("why this late fee?")
    await desk.says("PL-20431")
    await leaves(desk)
    [output] = await says_by_button(desk, "wants_person", 2)
    decision: Any = output.event.data
    assert decision.route == "human"
    assert [(fact.name, fact.value) for fact in decision.facts] == [("order_number", "PL-20431")]


async def test_leaving_a_conversation_that_people_have_is_not_the_routers_to_end(
    desk: Desk,
) -> None:
    await desk.says("why this late fee?")
    assert handovers(await desk.says("skip")) == []
    assert handovers(await desk.says("skip")) != []
    await leaves(desk)
    assert (await desk.conversation()).owner == "bot", "handed over, and people have not read it"
    await leaves(desk, 2)
    assert (await desk.conversation()).intake_state == "over"
