"""The bot with a language model: a real HTTP server, real Redis, real Kafka."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from services.language_model.guard.rules import check_wording
from tests.integration.bot.test_service import record, routed
from tests.integration.service_process import ServiceProcess
from tests.model_server import Answer, running_model, worded
from tests.servers import eventually
from tests.unit.language_model.cases import honest, lies, source_of
from warmline.events import Decision, Event
from warmline.topics import HANDOFFS, MODEL_CALLS, REPLIES, ROUTED_BOT

HONEST = {
    source.article_id: text
    for source, text in honest()
    if source.language == "en" and check_wording(text, [source.article_id], source) is None
}
REFUND = source_of("refund_status.en").text
CLOSE = f"Thank you for your question.\n\n{REFUND.replace('please send', 'send')}"
HOW_TO_PAY = source_of("how_to_pay.en")
FREE = HONEST["how_to_pay"]
CRUDE = f"{FREE}\n\nWe will refund you 500 EUR today. There is no need to contact a person."
UNSEEN = next(
    text
    for source, text in lies("one_word_lies.yaml")
    if source == HOW_TO_PAY and check_wording(text, [source.article_id], source) is None
)
"""A lie by one word that the rules for what a person reads do not see."""


@pytest.fixture
def bot(kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    service = ServiceProcess("bot", kafka, redis_url, unique_name, tmp_path / "bot.log")
    service.settings = {
        "WARMLINE_MODEL_NAME": "small",
        "WARMLINE_MODEL_PRICE_IN": "0.15",
        "WARMLINE_MODEL_PRICE_OUT": "0.60",
    }
    service.create_topics()
    yield service
    if service.process is not None:
        service.end(signal.SIGKILL)


async def answered(bot: ServiceProcess, answer: Answer, *decisions: Decision) -> dict[str, Any]:
    """What is on the topics once every decision has its answer or handover."""
    async with running_model(answer) as server:
        bot.settings |= {"WARMLINE_MODEL_URL": server.url}
        await record(bot, *decisions)
        now = datetime.now(UTC)
        events = [Event(f"d{n}", "/test", now, made) for n, made in enumerate(decisions)]
        bot.publish(ROUTED_BOT, events)
        bot.start()

        def all_done() -> bool:
            replied = {event.data.inquiry_id for event in bot.read(REPLIES)}
            handed = {event.data.decision.inquiry.inquiry_id for event in bot.read(HANDOFFS)}
            return len(replied | handed) == len(decisions)

        await asyncio.to_thread(eventually, all_done, 60)
        found = {
            "replies": [event.data for event in bot.read(REPLIES)],
            "handoffs": [event.data for event in bot.read(HANDOFFS)],
            "calls": [event.data for event in bot.read(MODEL_CALLS)],
            "requests": list(server.requests),
        }
        await asyncio.to_thread(bot.end, signal.SIGTERM)
        return found


def says(texts: dict[str, str]) -> Answer:
    """By article."""

    def answer(_: object, body: dict[str, Any]) -> str:
        article_id = re.search(r"Article (\w+):", body["messages"][1]["content"])[1]  # type: ignore[index]
        return worded(texts[article_id], article_id)

    return answer


def suggested(found: dict[str, Any]) -> dict[str, str | None]:
    return {one.decision.inquiry.inquiry_id: one.brief.suggested_reply for one in found["handoffs"]}


def sources(found: dict[str, Any]) -> dict[str, str]:
    return {
        one.decision.inquiry.inquiry_id: one.brief.suggested_source for one in found["handoffs"]
    }


async def test_proposals_are_worded_answers_are_the_articles_and_every_call_is_on_record(
    bot: ServiceProcess,
) -> None:
    draft = routed(1, "how_to_pay").model_copy(update={"mode": "draft"})
    wish = routed(2, "refund_status").model_copy(update={"wants_person": True})
    found = await answered(bot, says(HONEST), routed(0, "refund_status"), draft, wish)
    [reply] = [one for one in found["replies"] if one.kind == "answer"]
    assert REFUND in reply.text
    assert suggested(found) == {"i1": FREE, "i2": REFUND}
    assert sources(found) == {"i1": "model_inferred", "i2": "knowledge_base"}
    [call] = found["calls"]
    assert (call.inquiry_id, call.result) == ("i1", "used"), "nothing comes before a person"
    assert call.cost > 0
    assert len(found["requests"]) == 1


async def test_where_answers_are_worded_a_close_wording_reaches_the_customer(
    bot: ServiceProcess,
) -> None:
    bot.settings |= {"WARMLINE_MODEL_WORDS_ANSWERS": "true"}
    found = await answered(bot, says({"refund_status": CLOSE}), routed(0, "refund_status"))
    [reply] = found["replies"]
    assert CLOSE in reply.text
    assert "automated assistant" in reply.text
    assert 'Just write "person"' in reply.text
    assert [call.result for call in found["calls"]] == ["used"]


@pytest.mark.parametrize(
    ("lie", "proposed"),
    [(CRUDE, HOW_TO_PAY.text), (UNSEEN, UNSEEN), (FREE, FREE)],
    ids=["crude", "one word", "free rewording"],
)
async def test_a_lying_model_reaches_no_customer(
    bot: ServiceProcess, lie: str, proposed: str
) -> None:
    """Nor does a free rewording. A person gets what the rules for people let through, as a proposal."""
    bot.settings |= {"WARMLINE_MODEL_WORDS_ANSWERS": "true"}
    draft = routed(1, "how_to_pay").model_copy(update={"mode": "draft"})
    found = await answered(bot, says({"how_to_pay": lie}), routed(0, "how_to_pay"), draft)
    [reply] = found["replies"]
    assert HOW_TO_PAY.text in reply.text
    assert lie not in reply.text
    assert suggested(found) == {"i1": proposed}
    assert sources(found) == {"i1": "model_inferred" if proposed == lie else "knowledge_base"}
    results = {call.inquiry_id: call.result for call in found["calls"]}
    assert results == {"i0": "rejected", "i1": "used" if proposed == lie else "rejected"}


async def test_a_silent_model_delays_a_batch_once(bot: ServiceProcess) -> None:
    async def stall(*_: object) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    bot.settings |= {"WARMLINE_MODEL_TIMEOUT_S": "1", "WARMLINE_MODEL_WORDS_ANSWERS": "true"}
    found = await answered(bot, stall, *(routed(n, "refund_status") for n in range(60)))
    assert all(REFUND in reply.text for reply in found["replies"])
    assert len(found["replies"]) == 60
    assert 1 <= len(found["calls"]) <= 24, "only those that were under way when it opened"
