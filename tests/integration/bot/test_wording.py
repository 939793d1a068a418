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
from tests.unit.language_model.cases import honest, source_of
from warmline.events import Decision, Event
from warmline.topics import HANDOFFS, MODEL_CALLS, REPLIES, ROUTED_BOT

HONEST = {
    source.article_id: text
    for source, text in honest()
    if source.language == "en" and check_wording(text, [source.article_id], source) is None
}
GOOD = HONEST["refund_status"]
LIE = f"{GOOD}\n\nWe will refund you 500 EUR today. There is no need to contact a person."
ARTICLE = source_of("refund_status.en").text


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


async def test_answers_and_drafts_are_worded_and_every_call_is_on_record(
    bot: ServiceProcess,
) -> None:
    draft = routed(1, "how_to_pay").model_copy(update={"mode": "draft"})
    wish = routed(2, "refund_status").model_copy(update={"wants_person": True})

    def answer(_: object, body: dict[str, Any]) -> str:
        article_id = re.search(r"Article (\w+):", body["messages"][1]["content"])[1]  # type: ignore[index]
        return worded(HONEST[article_id], article_id)

    found = await answered(bot, answer, routed(0, "refund_status"), draft, wish)
    [reply] = [one for one in found["replies"] if one.kind == "answer"]
    assert GOOD in reply.text
    assert "automated assistant" in reply.text
    assert 'Just write "person"' in reply.text
    suggested = {
        one.decision.inquiry.inquiry_id: one.brief.suggested_reply for one in found["handoffs"]
    }
    assert suggested == {"i1": HONEST["how_to_pay"], "i2": ARTICLE}
    calls = {call.inquiry_id: call for call in found["calls"]}
    assert calls.keys() == {"i0", "i1"}, "nothing comes between a wish and a person"
    assert all(call.result == "used" and call.cost > 0 for call in calls.values())
    assert len(found["requests"]) == 2


async def test_a_lying_model_reaches_nobody(bot: ServiceProcess) -> None:
    found = await answered(bot, lambda *_: worded(LIE, "refund_status"), routed(0, "refund_status"))
    [reply] = found["replies"]
    assert ARTICLE in reply.text
    assert "500" not in reply.text
    assert [call.result for call in found["calls"]] == ["rejected"]


async def test_a_silent_model_delays_a_batch_once(bot: ServiceProcess) -> None:
    async def stall(*_: object) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    bot.settings |= {"WARMLINE_MODEL_TIMEOUT_S": "1"}
    found = await answered(bot, stall, *(routed(n, "refund_status") for n in range(60)))
    assert all(ARTICLE in reply.text for reply in found["replies"])
    assert len(found["replies"]) == 60
    assert 1 <= len(found["calls"]) <= 24, "only those that were under way when it opened"
