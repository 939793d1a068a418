"""The bot on a real Redis: who may speak is decided there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from services.bot.handlers import Bot
from services.bot.rules import Library
from services.knowledge.base import KnowledgeBase
from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations, Proposal
from services.runtime.handling import Output
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.unit.bot.build import AT, EN, article, customer_turn, decision, library
from warmline.events import Decision, Event, Handover, Reply

NOW = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


@pytest.fixture
def conversations(redis: RedisClients, unique_name: str) -> Conversations:
    return Conversations(redis.commands, Keys(unique_name))


def bot_with(conversations: Conversations, known: Library | None = None) -> Bot:
    return Bot(known or library(), conversations, clock=lambda: NOW)


def event(data: Decision) -> Event[Decision]:
    return Event(f"decision-of-{data.inquiry.inquiry_id}", "/warmline/router", AT, data, "00-trace")


async def route(conversations: Conversations, owner: str = "bot", **changes: Any) -> Decision:
    """A decision as the router records it, with the conversation's next epoch."""
    asked = changes.pop("inquiry", {})
    [before] = await conversations.read(["c1"])
    made = decision(asked, epoch=before.epoch + 1, history=before.turns, **changes)
    await conversations.record([_proposal(made, before, owner)])
    return made


def _proposal(made: Decision, before: Conversation, owner: str) -> Proposal:
    return Proposal(
        cause_id=made.inquiry.inquiry_id,
        conversation_id="c1",
        made_from=before,
        json=made.model_dump_json(),
        owner=cast(Any, owner),
        inquiry_id=made.inquiry.inquiry_id,
        topic=made.topic,
        language=made.language,
        turn=customer_turn(made.inquiry.text),
        at_ms=0,
    )


def replies(outputs: list[Output]) -> list[Reply]:
    return [output.event.data for output in outputs if isinstance(output.event.data, Reply)]


def handovers(outputs: list[Output]) -> list[Handover]:
    return [output.event.data for output in outputs if isinstance(output.event.data, Handover)]


async def test_an_answer_carries_the_epoch_and_the_trace_of_its_decision(
    conversations: Conversations,
) -> None:
    routed = await route(conversations)
    [output] = await bot_with(conversations).handle(event(routed))
    [reply] = replies([output])
    assert output.topic.name == "replies"
    assert output.event.traceparent == "00-trace"
    assert (reply.kind, reply.by, reply.epoch) == ("answer", "bot", 1)
    assert (reply.article_id, reply.discloses_ai) == ("refund_status", True)


async def test_the_answer_is_part_of_the_conversation_afterwards(
    conversations: Conversations,
) -> None:
    outputs = await bot_with(conversations).handle(event(await route(conversations)))
    [conversation] = await conversations.read(["c1"])
    assert [turn.by for turn in conversation.turns] == ["customer", "bot"]
    assert conversation.turns[-1].text == replies(outputs)[0].text
    assert conversation.answered_ms == int(NOW.timestamp() * 1000)


async def test_a_redelivered_decision_repeats_the_same_reply(conversations: Conversations) -> None:
    bot = bot_with(conversations)
    routed = event(await route(conversations))
    first = await bot.handle(routed)
    assert await bot.handle(routed) == first
    [conversation] = await conversations.read(["c1"])
    assert [turn.by for turn in conversation.turns] == ["customer", "bot"]


async def test_whole_batches_may_come_again_in_order(conversations: Conversations) -> None:
    known = library(article(), article("In the app.", id="how_to_pay", topic="how_to_pay"))
    bot = bot_with(conversations, known)
    one = event(await route(conversations))
    first = await bot.handle(one)
    two = event(await route(conversations, inquiry={"inquiry_id": "i2"}, topic="how_to_pay"))
    second = await bot.handle(two)
    assert replies(second)[0].discloses_ai is False

    [again] = replies(await bot.handle(two))
    assert again == replies(second)[0]
    # The conversation has moved on since the first answer was claimed, so it is not said again.
    assert replies(await bot.handle(one)) == []
    assert replies(first)[0].epoch < again.epoch


@pytest.mark.parametrize("owner", ["queue", "person", "closed"])
async def test_an_answer_is_dropped_once_somebody_else_has_the_conversation(
    conversations: Conversations, redis: RedisClients, unique_name: str, owner: str
) -> None:
    routed = await route(conversations)
    key = Keys(unique_name).conversation("c1")
    await cast(Any, redis.commands.hset(key, mapping={"owner": owner, "epoch": 2}))
    outputs = await bot_with(conversations).handle(event(routed))
    assert replies(outputs) == []
    [handover] = handovers(outputs)
    assert handover.reason == "policy"
    assert handover.brief.suggested_reply == "Refunds take five days."
    [conversation] = await conversations.read(["c1"])
    assert [turn.by for turn in conversation.turns] == ["customer"]


async def test_of_two_bots_that_race_both_give_the_same_single_reply(
    conversations: Conversations,
) -> None:
    routed = event(await route(conversations))
    both = await asyncio.gather(*(bot_with(conversations).handle(routed) for _ in range(20)))
    assert len({reply.reply_id for outputs in both for reply in replies(outputs)}) == 1
    [conversation] = await conversations.read(["c1"])
    assert [turn.by for turn in conversation.turns].count("bot") == 1


async def test_an_article_given_after_the_decision_was_made_is_not_given_again(
    conversations: Conversations,
) -> None:
    """The decision's own history is older than the answer that came in between."""
    bot = bot_with(conversations)
    await bot.handle(event(await route(conversations)))
    stale = await route(conversations, inquiry={"inquiry_id": "i2"})
    stale = stale.model_copy(update={"history": ()})
    outputs = await bot.handle(event(stale))
    assert handovers(outputs)[0].reason == "loop"
    [notice] = replies(outputs)
    assert (notice.kind, notice.text) == ("notice", EN.handing_over)


@pytest.mark.parametrize(("zone", "said"), [("UTC", 1), ("Europe/Berlin", 0)])
async def test_an_article_ends_at_the_companys_midnight(
    conversations: Conversations, zone: str, said: int
) -> None:
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    until = library(article(valid_until=date(2026, 12, 31)))
    bot = Bot(until, conversations, clock=lambda: late, zone=ZoneInfo(zone))
    outputs = await bot.handle(event(await route(conversations)))
    assert len([reply for reply in replies(outputs) if reply.kind == "answer"]) == said
    if not said:
        [handover] = handovers(outputs)
        assert "expired after 2026-12-31" in (handover.brief.article_why or "")


async def test_in_draft_mode_the_customer_hears_nothing(conversations: Conversations) -> None:
    outputs = await bot_with(conversations).handle(event(await route(conversations, mode="draft")))
    assert replies(outputs) == []
    [handover] = handovers(outputs)
    assert handover.reason == "draft"
    assert handover.brief.suggested_article == "refund_status"


async def test_a_handover_is_announced_once_and_repeated_with_the_same_ids(
    conversations: Conversations,
) -> None:
    bot = bot_with(conversations)
    routed = event(await route(conversations, topic="unheard_of"))
    first = await bot.handle(routed)
    assert await bot.handle(routed) == first
    assert handovers(first)[0].reason == "no_answer"
    assert [reply.kind for reply in replies(first)] == ["notice"]


class _Broken(KnowledgeBase):
    def choose(self, *_: Any) -> Any:
        raise KeyError("the customer's own words")


async def test_a_fault_of_the_bot_brings_a_person_and_no_dead_letter(
    conversations: Conversations, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replace(library(), knowledge=_Broken([article()]))
    outputs = await bot_with(conversations, broken).handle(event(await route(conversations)))
    [handover] = handovers(outputs)
    assert handover.reason == "bot_error"
    assert handover.brief.wish == "Where is my refund?"
    assert "own words" not in caplog.text
