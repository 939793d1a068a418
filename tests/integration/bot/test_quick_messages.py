"""A customer who writes again before the bot has come to the first message: router and bot on a real Redis.

`routes` are what the router decides first, one after the other; then the bot comes to them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.bot.app import load_library
from services.quality.lives import Conversation as Record
from services.quality.lives import learn
from services.quality.rules import Timing, ending_of
from services.router.policy import load_policy
from services.router.signals import Signals
from services.runtime.clock import millis
from services.runtime.handling import Output
from tests.integration.bot.desk import Desk, desk_with, handovers, ids, replies
from tests.unit.router.test_rules import SURE
from warmline.events import Decision, Event

COMPANY = Path("examples/paylater")
LIBRARY = load_library(COMPANY)
POLICY, _ = load_policy(COMPANY / "topics.yaml")
TOPICS = {"pay": "how_to_pay", "parcel": "delivery_status", "fee": "late_fee"}
TIMING = Timing(assume_after_ms=3_600_000, settle_ms=0)


class Reader:
    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [self._read(text) for text in texts]

    def _read(self, text: str) -> Signals:
        topic = next((topic for word, topic in TOPICS.items() if word in text), None)
        return replace(
            SURE,
            topic=topic,
            confidence=0.99 if topic else 0.2,
            wants_person="person" in text,
            risk_tier="fraud" if "stolen" in text else None,
            mood="angry" if "!!!" in text else "calm",
        )


@pytest.fixture
async def desk(redis_url: str, unique_name: str) -> AsyncIterator[Desk]:
    async with desk_with(redis_url, unique_name, LIBRARY, POLICY, Reader()) as made:
        yield made


async def said_quickly(desk: Desk, *texts: str) -> tuple[list[Event[Decision]], list[Output]]:
    """All are decided before the bot comes to the first, which it then reads in their order."""
    decided = [await desk.route(text) for text in texts]
    outputs = []
    for event in decided:
        if event.data.route == "bot":
            outputs += await desk.bot.handle(event)
    return decided, outputs


async def test_the_same_question_twice_gets_one_answer_and_nobody_else(desk: Desk) -> None:
    decided, outputs = await said_quickly(desk, "how do I pay", "how can I pay please")
    [answer] = replies(outputs)
    assert (answer.kind, answer.inquiry_id, answer.article_id) == ("answer", "i1", "how_to_pay")
    assert handovers(outputs) == []
    assert decided[1].data.continues == "i1"
    assert decided[1].data.epoch == decided[0].data.epoch
    assert [one.inquiry_id for one in (await desk.conversation()).answers] == ["i1"]
    for event in decided:  # everything may come twice
        assert replies(await desk.bot.handle(event)) in ([answer], [])


async def test_another_question_on_the_same_topic_is_not_passed_over(desk: Desk) -> None:
    """The bot answers a topic once; what another article answers goes to a person, who is told of."""
    texts = ("how do I pay", "can my sister pay this from her own bank account")
    decided, outputs = await said_quickly(desk, *texts)
    answer, notice = replies(outputs)
    assert (answer.article_id, answer.inquiry_id) == ("how_to_pay", "i1")
    assert (notice.kind, notice.inquiry_id) == ("notice", "i2")
    [handed] = handovers(outputs)
    assert (handed.reason, handed.decision) == ("loop", decided[1].data)


async def test_two_questions_get_their_two_answers_in_order(desk: Desk) -> None:
    decided, outputs = await said_quickly(desk, "how do I pay", "and where is my parcel")
    said = replies(outputs)
    assert [(one.kind, one.inquiry_id) for one in said] == [("answer", "i1"), ("answer", "i2")]
    assert [one.discloses_ai for one in said] == [True, False]
    assert handovers(outputs) == []
    assert decided[1].data.continues is None


async def test_three_at_once_are_read_one_by_one(desk: Desk) -> None:
    texts = ("how do I pay", "where is my parcel", "pay how?")
    decided, outputs = await said_quickly(desk, *texts)
    assert [one.inquiry_id for one in replies(outputs)] == ["i1", "i2"]
    assert decided[2].data.continues == "i1"
    assert handovers(outputs) == []


@pytest.mark.parametrize("second", ["a person please", "my card was stolen"])
async def test_a_wish_or_a_risk_in_the_second_takes_both_to_people_at_once(
    desk: Desk, second: str
) -> None:
    decided, outputs = await said_quickly(desk, "how do I pay", second)
    assert (decided[1].data.route, decided[1].data.epoch) == ("human", 2)
    assert replies(outputs) == []
    assert ids(outputs) == ["i1"]
    assert (await desk.conversation()).owner == "queue"


@pytest.mark.parametrize("first", ["a person please", "my card was stolen"])
async def test_a_wish_or_a_risk_in_the_first_keeps_the_second_with_people(
    desk: Desk, first: str
) -> None:
    decided, outputs = await said_quickly(desk, first, "how do I pay")
    assert [one.data.route for one in decided] == ["human", "human"]
    assert outputs == []


@pytest.mark.parametrize(
    "texts", [("why this fee", "how do I pay"), ("how do I pay", "why this fee")]
)
async def test_beside_what_the_bot_may_only_ask_about_nothing_is_answered(
    desk: Desk, texts: tuple[str, str]
) -> None:
    decided, outputs = await said_quickly(desk, *texts)
    assert [one.data.epoch for one in decided] == [1, 2]
    assert ids(outputs) == ["i1"], "people get what the second has overtaken"
    assert {one.inquiry_id for one in replies(outputs)} == {"i2"}


async def test_who_takes_over_between_the_two_answers_stops_the_second(desk: Desk) -> None:
    decided = [await desk.route(text) for text in ("how do I pay", "where is my parcel")]
    first = await desk.bot.handle(decided[0])
    assert [one.kind for one in replies(first)] == ["answer"]
    await desk.route("a person please")
    second = await desk.bot.handle(decided[1])
    assert replies(second) == []
    assert ids(second) == ["i2"]


async def test_after_the_answer_the_same_question_is_a_new_one_and_people_get_it(
    desk: Desk,
) -> None:
    await desk.says("how do I pay")
    assert (await desk.route("how do I pay")).data.reasons[0].code == "repeat_contact"


async def test_every_message_ends_once_with_the_answer_that_came_after_it(desk: Desk) -> None:
    decided, outputs = await said_quickly(
        desk, "how do I pay", "pay, but how?", "where is my parcel"
    )
    record = Record()
    for event in (*(one.event for one in outputs), *decided):
        record = learn(record, event, 0)
    answered = [millis(one.event.time) for one in outputs]
    for inquiry_id in ("i1", "i2", "i3"):
        ending = ending_of(record, inquiry_id, TIMING)
        assert ending is not None
        assert (ending.kind, ending.by) == ("assumed", "bot")
        assert ending.at_ms == answered[0] + TIMING.assume_after_ms
