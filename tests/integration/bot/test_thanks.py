"""A customer who thanks the bot for its answer: router and bot on a real Redis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services.router.signals import Signals
from services.router.triage.saying_thanks import says_thanks
from services.router.triage.wording import read
from services.runtime.stories import Stories
from tests.integration.bot.desk import Desk, FeeReader, replies
from tests.integration.bot.desk import desk as desk
from warmline.events import Decision, Event, Reply


class ThanksReader(FeeReader):
    def read(self, texts: Sequence[str]) -> list[Signals]:
        return [
            replace(signals, says_thanks=says_thanks(read(text)))
            for text, signals in zip(texts, super().read(texts), strict=True)
        ]


async def answered(desk: Desk) -> Event[Decision]:
    """The bot has answered a question on refunds."""
    desk.router = replace(desk.router, reader=ThanksReader())
    event = await desk.route("refund, when")
    [answer] = replies(await desk.bot.handle(event))
    assert answer.kind == "answer"
    return event


@pytest.mark.parametrize("text", ["Thanks, that helped a lot!", "danke", "👍"])
async def test_thanks_take_nobodys_time_and_change_nothing(desk: Desk, text: str) -> None:
    await answered(desk)
    before = await desk.conversation()
    thanked = await desk.route(text)
    assert (thanked.data.route, thanked.data.reasons[0].code) == ("bot", "thanks")
    assert await desk.bot.handle(thanked) == []
    assert await desk.bot.handle(thanked) == [], "also when it comes again"
    assert await desk.conversation() == before


@pytest.mark.parametrize(
    ("text", "code"), [("a person please", "explicit_wish"), ("refund, when", "repeat_contact")]
)
async def test_whoever_writes_on_after_thanks_is_read_as_ever(
    desk: Desk, text: str, code: str
) -> None:
    await answered(desk)
    await desk.bot.handle(await desk.route("thanks"))
    after = await desk.route(text)
    assert (after.data.route, after.data.reasons[0].code) == ("human", code)
    assert after.data.continues == "i1"


async def test_a_rebuild_leaves_the_answer_the_last_word(desk: Desk) -> None:
    first = await answered(desk)
    outputs = await desk.bot.handle(first)
    stories = Stories()
    for event in (first, await desk.route("thanks")):
        stories.decided(event)
    for one in outputs:
        assert isinstance(one.event.data, Reply)
        stories.replied(Event(one.event.id, one.event.source, one.event.time, one.event.data))
    told = stories.of(first.data.inquiry.conversation_id)
    assert (told.owner, told.epoch, told.inquiry_id) == ("bot", 1, "i1")
    assert [turn.by for turn in stories.turns_of(first.data.inquiry.conversation_id)] == [
        "customer",
        "bot",
    ]
