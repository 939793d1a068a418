"""A conversation that is longer than what is kept of its messages: nothing is answered twice in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from services.bot.spoken import ANSWERS_MAX
from services.router.signals import Signals
from services.runtime.conversation import Given
from services.runtime.conversations import TURNS_KEPT
from tests.integration.bot.desk import Desk, desk_with, handovers, replies
from tests.unit.bot.build import article, library
from tests.unit.router.test_rules import POLICY, SURE, topic
from warmline.events import Turn

NAMES = [f"topic_{number}" for number in range(ANSWERS_MAX + 1)]
MANY = POLICY.model_copy(update={"topics": tuple(topic(name, "licensed") for name in NAMES)})
LIBRARY = library(*(article(f"About {name}.", id=name, topic=name) for name in NAMES))


class Reader:
    version = "test"

    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [replace(SURE, topic=text.split()[-1]) for text in texts]


@pytest.fixture
async def desk(redis_url: str, unique_name: str) -> AsyncIterator[Desk]:
    async with desk_with(redis_url, unique_name, LIBRARY, MANY, Reader()) as made:
        yield made


async def test_what_was_answered_a_hundred_messages_ago_is_not_answered_again(desk: Desk) -> None:
    for name in NAMES[:ANSWERS_MAX]:
        [answer] = replies(await desk.says(f"a question on {name}"))
        assert answer.article_id == name
    conversation = await desk.conversation()
    assert len(conversation.turns) == TURNS_KEPT < 2 * ANSWERS_MAX
    assert [one.article_id for one in conversation.answers] == NAMES[:ANSWERS_MAX]
    [handed] = handovers(await desk.says(f"once more on {NAMES[0]}"))
    assert handed.reason == "loop"
    assert handed.brief.suggested_reply is None
    assert handed.brief.tried == tuple(NAMES[:ANSWERS_MAX])


async def test_so_many_answers_are_enough_and_people_take_the_next_question(desk: Desk) -> None:
    for name in NAMES[:ANSWERS_MAX]:
        await desk.says(f"a question on {name}")
    [handed] = handovers(await desk.says(f"a question on {NAMES[ANSWERS_MAX]}"))
    assert handed.reason == "loop"


async def test_of_two_answers_on_one_topic_redis_lets_only_the_first_be_said(desk: Desk) -> None:
    """Even if the bot has not seen the first."""
    decided = await desk.route(f"a question on {NAMES[0]}")
    epoch = decided.data.epoch

    async def claim(inquiry_id: str, topic: str) -> str:
        return await desk.conversations.claim_answer(
            conversation_id="c1",
            inquiry_id=inquiry_id,
            epoch=epoch,
            reply_id=f"r-{inquiry_id}",
            turn=Turn(by="bot", text="So it is.", at=desk.clock()),
            at_ms=1,
            answer=Given(inquiry_id=inquiry_id, topic=topic, article_id="any"),
        )

    assert await claim("i1", NAMES[0]) == "speak"
    assert await claim("i1", NAMES[0]) == "speak"
    assert await claim("i2", NAMES[0]) == "repeated"
    assert await desk.conversations.answer_given("i2") is None
    assert await claim("i3", NAMES[1]) == "speak"
    answers = (await desk.conversation()).answers
    assert [(one.inquiry_id, one.topic) for one in answers] == [("i1", NAMES[0]), ("i3", NAMES[1])]
