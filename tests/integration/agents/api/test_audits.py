"""An answer of the bot is drawn by the quality service, judged over the API, and counts as evidence; on
real Kafka and Redis."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import TOKEN, Desk, served
from tests.integration.service_process import Prepare, ServiceProcess
from tests.servers import eventually_async
from tests.unit.quality.world import World
from warmline.events import Event, Reason
from warmline.topics import AUDIT_MARKS, AUDITS, EVIDENCE, REPLIES


@pytest.fixture
def quality(prepared: Prepare) -> ServiceProcess:
    """It audits every answer, each by two people."""
    return prepared("quality", {"WARMLINE_AUDIT_SHARE": "1", "WARMLINE_AUDIT_DOUBLE_SHARE": "1"})


@pytest.fixture
async def desk(
    quality: ServiceProcess, redis_url: str, redis: RedisClients, unique_name: str
) -> AsyncIterator[Desk]:
    places = {"kafka_bootstrap": quality.kafka, "topic_prefix": quality.prefix}
    async with served(redis_url, redis, unique_name, **places) as desk:
        await eventually_async(lambda: _answers(desk))
        yield desk


async def _answers(desk: Desk) -> bool:
    await desk.post("agents/hiro/sign-in")
    return (await desk.client.get("/v1/agents/hiro/audit")).status_code == 200


async def answered(quality: ServiceProcess, redis: RedisClients, name: str) -> Event[Any]:
    """The bot's answer to an inquiry that the router has decided."""
    world = World(itertools.repeat(10))
    reason = Reason.model_validate({"code": "licensed", "detail": "test"})
    decision = world.decide(name, "bot").model_copy(update={"reasons": (reason,)})
    key = Keys(quality.desk).decision(name)
    await redis.commands.set(key, decision.model_dump_json())
    world.reply(name, "bot")
    return Event(f"reply-{name}", "/test", datetime.now(UTC), world.events[-1].data)


async def audit_of(desk: Desk, agent_id: str) -> Any:
    return (await desk.get(f"agents/{agent_id}/audit"))["audit"]


async def test_two_people_judge_an_answer_and_it_becomes_evidence(
    desk: Desk, quality: ServiceProcess, redis: RedisClients
) -> None:
    quality.publish(REPLIES, [await answered(quality, redis, "i1")])
    quality.start()

    async def given() -> Any:
        return await audit_of(desk, "hiro")

    await eventually_async(given, 60)
    task = await given()
    assert task["question"] == "Where is my refund?"
    assert set(task) == {"audit_id", "topic", "language", "question", "answer", "article_id"}

    verdict = {"agent_id": "hiro", "verdict": "right"}
    assert (await desk.post("audits/i1/mark", verdict)).status_code == 200
    assert (await desk.post("audits/i1/mark", verdict)).status_code == 200
    assert await audit_of(desk, "hiro") is None
    again = await desk.post("audits/i1/mark", {**verdict, "verdict": "wrong"})
    assert (again.status_code, again.json()["code"]) == (409, "marked_before")
    assert quality.read(EVIDENCE) == []

    await desk.post("agents/celine/sign-in")
    assert (await audit_of(desk, "celine"))["audit_id"] == "i1"
    other = {"agent_id": "celine", "verdict": "harmful", "note": "it names another person"}
    assert (await desk.post("audits/i1/mark", other)).status_code == 200
    late = await desk.post("audits/i1/mark", {"agent_id": "ines", "verdict": "right"})
    assert (late.status_code, late.json()["code"]) == (409, "audited")

    async def judged() -> bool:
        return bool(quality.read(EVIDENCE))

    await eventually_async(judged, 60)
    (evidence,) = {event.id: event.data for event in quality.read(EVIDENCE)}.values()
    assert (evidence.kind, evidence.good, evidence.harmful) == ("audit", False, True)
    assert {event.data.agent_id for event in quality.read(AUDIT_MARKS)} == {"hiro", "celine"}
    assert quality.end() == 0


async def test_work_comes_before_audits(
    desk: Desk, quality: ServiceProcess, redis: RedisClients
) -> None:
    quality.publish(REPLIES, [await answered(quality, redis, "i2")])
    quality.start()

    async def waiting() -> bool:
        return bool((await desk.get("agents/hiro/audit"))["waiting"])

    await eventually_async(waiting, 60)
    await desk.inquiry("w1", topic="due_date")
    offer = await desk.offer("hiro")
    answer = await desk.get("agents/hiro/audit")
    assert (answer["audit"], answer["why"]) == (None, "your own work comes first")
    await desk.post("work/w1/accept", {"agent_id": "hiro", "epoch": offer["epoch"]})
    assert await audit_of(desk, "hiro") is None
    await desk.post("work/w1/complete", {"agent_id": "hiro", "epoch": offer["epoch"]})
    await desk.post("work/w1/wrap-up", {"agent_id": "hiro"})
    assert (await audit_of(desk, "hiro"))["audit_id"] == "i2"
    await desk.post("agents/hiro/presence", {"presence": "break"})
    assert await audit_of(desk, "hiro") is None


async def test_what_waited_is_known_again_after_a_restart_of_the_api(
    quality: ServiceProcess, redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    quality.publish(REPLIES, [await answered(quality, redis, "i3")])
    quality.start()

    async def drawn() -> bool:
        return bool(quality.read(AUDITS))

    await eventually_async(drawn, 60)
    places = {"kafka_bootstrap": quality.kafka, "topic_prefix": quality.prefix}
    for agent_id in ("hiro", "celine"):
        async with served(redis_url, redis, unique_name, **places) as desk:
            await desk.post(f"agents/{agent_id}/sign-in")
            await eventually_async(lambda desk=desk: _answers(desk))  # type: ignore[misc]
            assert (await audit_of(desk, agent_id))["audit_id"] == "i3"
            mark = {"agent_id": agent_id, "verdict": "right"}
            assert (await desk.post("audits/i3/mark", mark)).status_code == 200
    async with served(redis_url, redis, unique_name, **places) as desk:
        await eventually_async(lambda: _answers(desk))
        assert (await desk.get("agents/hiro/audit"))["waiting"] == 0


async def test_audits_need_the_token_and_a_person_of_the_desk_who_is_signed_in(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    """Kafka is away here: audits say so, and the desk works on."""
    away = {"kafka_bootstrap": "127.0.0.1:1", "api_token": TOKEN}
    async with served(redis_url, redis, unique_name, **away) as desk:
        assert (await desk.client.get("/v1/agents/hiro/audit")).status_code == 401
        desk.client.headers["authorization"] = f"Bearer {TOKEN}"
        assert (await desk.client.get("/v1/agents/nobody/audit")).status_code == 404
        assert (await desk.client.get("/v1/agents/hiro/audit")).json()["code"] == "not_signed_in"
        await desk.post("agents/hiro/sign-in")
        asked = await desk.client.get("/v1/agents/hiro/audit")
        marked = await desk.post("audits/i1/mark", {"agent_id": "hiro", "verdict": "right"})
        assert {asked.status_code, marked.status_code} == {503}
        assert (await desk.get("queues"))["queues"]
