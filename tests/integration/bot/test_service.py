"""The bot as a process, on real Kafka and Redis."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations, Proposal
from services.runtime.keys import Keys
from services.runtime.processing import EXIT_FAIL_STOP
from services.runtime.redis import connect
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from tests.unit.bot.build import customer_turn, decision
from warmline.events import Decision, Event
from warmline.events.envelope import event_id
from warmline.topics import HANDOFFS, REPLIES, ROUTED_BOT


@pytest.fixture
def bot(kafka: str, redis_url: str, unique_name: str, tmp_path: Path) -> Iterator[ServiceProcess]:
    service = ServiceProcess("bot", kafka, redis_url, unique_name, tmp_path / "bot.log")
    service.create_topics()
    yield service
    if service.process is not None:
        service.end(signal.SIGKILL)


async def record(service: ServiceProcess, *decisions: Decision) -> None:
    """What the router leaves in Redis when it gives inquiries to the bot."""
    redis = connect(service.redis_url)
    conversations = Conversations(redis.commands, Keys(service.desk))
    await conversations.record(
        [
            Proposal(
                cause_id=made.inquiry.inquiry_id,
                conversation_id=made.inquiry.conversation_id,
                made_from=Conversation(),
                json=made.model_dump_json(),
                owner="bot",
                inquiry_id=made.inquiry.inquiry_id,
                topic=made.topic,
                language=made.language,
                turn=customer_turn(made.inquiry.text),
                at_ms=0,
            )
            for made in decisions
        ]
    )
    await redis.aclose()


def routed(number: int, topic: str | None) -> Decision:
    asked = {"inquiry_id": f"i{number}", "conversation_id": f"c{number}"}
    return decision(asked, topic=topic)


async def test_every_inquiry_is_answered_or_handed_over_across_kills(bot: ServiceProcess) -> None:
    topics = ["refund_status", "how_to_pay", "never_heard_of"]
    decisions = [routed(n, topics[n % 3]) for n in range(303)]
    await record(bot, *decisions)
    now = datetime.now(UTC)
    events = [Event(f"d{n}", "/test", now, made) for n, made in enumerate(decisions)]

    def answers() -> set[str]:
        return {event.data.inquiry_id for event in bot.read(REPLIES) if event.data.kind == "answer"}

    def handed_over() -> set[str]:
        return {event.data.decision.inquiry.inquiry_id for event in bot.read(HANDOFFS)}

    for start in range(0, 300, 100):
        bot.publish(ROUTED_BOT, events[start : start + 100])
        bot.start()
        eventually(lambda start=start: len(answers()) > start // 3, 60)  # type: ignore[misc]
        bot.end(signal.SIGKILL)
    bot.publish(
        ROUTED_BOT, events[300:]
    )  # so that it has something to do and is up before it is ended
    bot.start()
    eventually(lambda: len(answers() | handed_over()) == 303, 60)
    assert handed_over() == {f"i{n}" for n in range(2, 303, 3)}
    assert answers().isdisjoint(handed_over())
    replies = bot.read(REPLIES)
    by_inquiry = {event.data.inquiry_id: event.data.reply_id for event in replies}
    assert all(event.data.reply_id == by_inquiry[event.data.inquiry_id] for event in replies)
    assert bot.end() == 0


async def test_faulty_files_stop_no_inquiry(bot: ServiceProcess, tmp_path: Path) -> None:
    """A sound article answers, a topic with a fault goes to people, and everybody can see why."""
    company = tmp_path / "company"
    shutil.copytree("examples/paylater", company)
    fees = company / "knowledge" / "how_to_pay.part.en.md"
    fees.write_text(fees.read_text().replace("language: en\n", ""))
    (company / "intake.yaml").write_text("[" * 20_000)
    bot.settings = {"WARMLINE_COMPANY": str(company)}
    decisions = [routed(1, "refund_status"), routed(2, "how_to_pay")]
    await record(bot, *decisions)
    now = datetime.now(UTC)
    bot.publish(
        ROUTED_BOT, [Event(f"d{n}", "/test", now, made) for n, made in enumerate(decisions)]
    )
    bot.start()
    eventually(lambda: len(bot.read(REPLIES)) + len(bot.read(HANDOFFS)) >= 2, 60)
    answers = [event.data for event in bot.read(REPLIES) if event.data.kind == "answer"]
    assert [reply.inquiry_id for reply in answers] == ["i1"]
    assert [event.data.decision.inquiry.inquiry_id for event in bot.read(HANDOFFS)] == ["i2"]
    log = bot.log.read_text()
    assert "how_to_pay.part.en.md:1: language: missing" in log
    assert "intake.yaml: nested too deeply" in log
    assert "Traceback" not in log
    assert bot.end() == 0


async def test_without_any_file_everything_is_handed_over(
    bot: ServiceProcess, tmp_path: Path
) -> None:
    bot.settings = {"WARMLINE_COMPANY": str(tmp_path / "nowhere")}
    decisions = [routed(1, "refund_status"), routed(2, None)]
    await record(bot, *decisions)
    now = datetime.now(UTC)
    bot.publish(
        ROUTED_BOT, [Event(f"d{n}", "/test", now, made) for n, made in enumerate(decisions)]
    )
    bot.start()
    eventually(lambda: len(bot.read(HANDOFFS)) == 2, 60)
    assert bot.read(REPLIES) == []
    assert "no such folder" in bot.log.read_text()
    assert bot.end() == 0


async def test_an_open_question_survives_an_empty_redis(bot: ServiceProcess) -> None:
    """The bot stops, starts again, and gives the silent customer to people with all that was said."""
    bot.settings = {"WARMLINE_INTAKE_WAIT_S": "20"}
    asked = {"inquiry_id": "i1", "conversation_id": "c1", "text": "why this late fee?"}
    made = decision(asked, topic="late_fee", mode="intake")
    await record(bot, made)
    at = datetime.now(UTC)
    bot.publish(ROUTED_BOT, [Event(event_id("i1", "decision"), "/test", at, made)])
    process = bot.start()
    [question] = eventually(lambda: bot.read(REPLIES), 60)
    assert question.data.kind == "question"
    eventually(lambda: bot.committed(ROUTED_BOT) == 1, 30)
    bot.lose_everything()
    assert process.wait(30) == EXIT_FAIL_STOP
    assert bot.read(HANDOFFS) == []
    bot.start()
    eventually(lambda: "open questions are known again" in bot.log.read_text(), 60)
    [handover] = eventually(lambda: bot.read(HANDOFFS), 60)
    assert handover.data.reason == "policy"
    assert handover.data.brief.wish == "why this late fee?"
    assert handover.time >= question.time + timedelta(seconds=20)
    assert [event.id for event in bot.read(REPLIES)] == [question.id]
    assert bot.end() == 0
