"""An inquiry is explained as of then, on real Redis and Kafka: whoever has gone, come or changed since."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from services.agents.api_explain import ExplainApi
from services.agents.engine import RedisPool
from services.agents.explaining import Explaining
from services.agents.problems import install
from services.agents.recorded import Recorded
from services.agents.settings import AgentsSettings
from services.agents.versions import publish_files
from services.runtime.producer import KafkaPublisher
from services.runtime.settings import ServiceSettings
from tests.integration.agents.explained import ADA_AND_BO, DESK, Explained
from tests.integration.agents.service_desk import routed
from tests.integration.service_process import Prepare, ServiceProcess
from tests.servers import eventually
from tests.unit.agents.build import configuration
from warmline.topics import DESK_FILES, ROUTED_HUMAN

RINGS = {"queue": "general", "skills": {"cards": 3}, "for_s": 2, "then": [{"lower": {"cards": 2}}]}


async def test_who_has_gone_and_come_back_since_was_away_then(explained: Explained) -> None:
    desk = explained.desk
    await desk.sign_in("ada", "bo")
    await desk.set_presence("bo", "break", "lunch")
    await explained.inquiry("i1")
    await asyncio.sleep(0.005)
    await desk.set_presence("bo", "available")
    await desk.set_presence("ada", "away")
    (first, second) = await explained.moments("i1")
    assert (first["agent_id"], second["agent_id"]) == ("ada", "bo")
    assert first["people"] == {
        "ada": ["nobody else could take it then"],
        "bo": ["break: lunch"],
    }
    assert second["people"]["ada"] == ["away"]
    for moment in (first, second):
        assert moment["config_version"] == desk.configuration.version
        assert datetime.fromisoformat(moment["at"]) < datetime.now(UTC)


async def test_a_decline_and_a_lapse_are_told_at_the_moment_after_them(
    explained: Explained,
) -> None:
    desk = explained.desk
    await desk.sign_in("ada")
    await explained.inquiry("i1")
    await asyncio.sleep(0.005)
    await desk.decline("ada", "i1")
    await asyncio.sleep(0.005)
    await desk.sign_in("bo")
    await explained.steps_until("i1", "lapsed bo")
    offered, declined, again, lapsed = await explained.moments("i1")
    assert [each["step"] for each in (offered, declined, again, lapsed)] == [
        "offered",
        "declined",
        "offered",
        "lapsed",
    ]
    assert declined["people"]["bo"] == ["not signed in"]
    assert declined["people"]["ada"] == ["has just had it: not asked again for 60 s"]
    assert again["people"]["bo"] == ["nobody else could take it then"]
    assert again["people"]["ada"] == ["has just had it: not asked again for 60 s"]
    assert lapsed["people"]["bo"][0].startswith("has just had it: not asked again for 60 s")
    assert lapsed["people"]["ada"][0].startswith("has just had it: not asked again for")


async def test_a_wider_ring_a_transfer_and_a_changed_configuration(explained: Explained) -> None:
    desk = explained.desk
    people = {**ADA_AND_BO, "bo": {"skills": {"cards": 3}}}
    ringed = configuration(people, default=RINGS, **DESK)
    await explained.takes_into_use(ringed)
    await desk.sign_in("ada")
    await explained.inquiry("i1")
    await explained.steps_until("i1", "offered ada")
    await desk.accept("ada", "i1")
    await desk.sign_in("bo")
    await desk.set_presence("bo", "busy")
    await asyncio.sleep(0.005)
    await desk.transfer("ada", "i1", to_agent="bo")
    await asyncio.sleep(0.005)
    without_skills = {"ada": {"queues": ["fraud"]}, "bo": {}}
    await explained.takes_into_use(configuration(without_skills, default=RINGS, **DESK))
    await desk.set_presence("bo", "available")
    in_line, wider, transferred, offered = await explained.moments("i1")
    assert (in_line["ring"], in_line["needs"]) == ("ring 1", "language en, cards 3+")
    assert in_line["people"] == {
        "ada": ["skill cards: has 1, needs 3"],
        "bo": ["not signed in"],
    }
    assert (wider["ring"], wider["needs"], wider["agent_id"]) == (
        "ring 2",
        "language en, cards 1+",
        "ada",
    )
    assert wider["people"]["ada"] == ["nobody else could take it then"]
    assert (transferred["step"], transferred["agent_id"]) == ("transferred", None)
    assert transferred["people"]["bo"] == ["busy"]
    assert transferred["config_version"] == wider["config_version"] == ringed.version
    assert offered["people"]["bo"] == ["it waited for them alone"]
    assert offered["config_version"] == desk.configuration.version != ringed.version


async def test_a_configuration_that_was_never_published_is_said_to_be_unknown(
    explained: Explained,
) -> None:
    desk = explained.desk
    forgotten = configuration({**ADA_AND_BO, "cy": {}}, **DESK)
    await desk.reconfigure(forgotten)
    await desk.sign_in("cy")
    await explained.inquiry("i1")
    await asyncio.sleep(0.005)
    await desk.set_presence("cy", "busy")
    await explained.takes_into_use(configuration(ADA_AND_BO, **DESK, direct_s=99))
    first, second = await explained.moments("i1")
    assert f"the configuration {forgotten.version} is not known any more" in first["not_known"]
    assert first["agent_id"] == "cy"
    assert (first["candidates"], second["candidates"]) == ([], [])


async def test_what_went_before_the_topics_reach_is_said_to_be_unknown(
    explained: Explained,
) -> None:
    """As after an update: nothing was told of people when the work was offered."""
    await explained.inquiry("i1")
    (moment,) = await explained.moments("i1")
    assert moment["not_known"] is not None
    assert "who was at the desk then" in moment["not_known"]
    unknown = await explained.client.get("/inquiries/nobody/explanation")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "no_inquiry")


async def test_what_redis_has_forgotten_is_explained_from_its_steps(explained: Explained) -> None:
    desk = explained.desk
    await desk.sign_in("ada")
    await explained.inquiry("i1")
    await desk.accept("ada", "i1")
    await desk.complete("ada", "i1")
    before = await explained.moments("i1")
    assert desk.redis is not None
    assert desk.keys is not None
    await desk.redis.commands.delete(desk.keys.ended("i1"))
    (moment,) = await explained.moments("i1")
    assert moment == before[0]
    found = (await explained.client.get("/inquiries/i1/explanation")).json()
    assert (found["state"], found["queue"], len(found["steps"])) == ("completed", "general", 4)
    now = await explained.client.get("/inquiries/i1/explanation?past=false")
    assert now.status_code == 404


async def test_the_files_of_ten_thousand_people_are_published_and_read(
    kafka: str, prepared: Prepare
) -> None:
    places = prepared("agents")
    name = places.prefix + DESK_FILES.name
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, DESK_FILES.config())])
    admin.close()
    skills = {f"skill-{number}": 1 + number % 5 for number in range(8)}
    large = configuration({f"person-{number}": {"skills": skills} for number in range(10_000)})
    publisher = KafkaPublisher(kafka, places.prefix, "test", "/test")
    await publisher.start()
    await publish_files(publisher, large, datetime.now(UTC))
    await publisher.stop()
    settings = ServiceSettings(kafka_bootstrap=kafka, topic_prefix=places.prefix)
    (read,) = (await Recorded(settings).configurations()).values()
    assert read.version == large.version
    assert read.people.keys() == large.people.keys()
    assert read.people["person-9999"].skills == skills


async def test_without_kafka_now_can_be_told_and_the_past_says_so(explained: Explained) -> None:
    desk = explained.desk
    await desk.sign_in("ada")
    await explained.inquiry("i1")
    away = AgentsSettings.model_validate({"kafka_bootstrap": "127.0.0.1:1"})
    pool = desk.pool
    assert isinstance(pool, RedisPool)
    app = FastAPI()
    explaining = Explaining(pool.records, pool.rules, Recorded(away), lambda: datetime.now(UTC))
    app.include_router(ExplainApi(explaining).routes())
    install(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk/v1") as client:
        past = await client.get("/inquiries/i1/explanation")
        now = await client.get("/inquiries/i1/explanation?past=false")
    assert past.status_code == 503
    assert [(each["agent_id"], each["why"]) for each in now.json()["candidates"]] == [
        ("ada", ["has it: offered"]),
        ("bo", ["not signed in"]),
    ]
    assert now.json()["moments"] == []


def test_command_line_and_api_of_running_services_say_the_same(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    worker.start()
    api.post("/v1/agents/celine/sign-in").raise_for_status()
    worker.publish(ROUTED_HUMAN, [routed(1)])
    (offer,) = eventually(lambda: api.get("/v1/agents/celine/work").json()["offers"], 60)
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    api.post("/v1/work/i1/accept", json=mine).raise_for_status()
    api.post("/v1/work/i1/complete", json=mine).raise_for_status()
    api.post("/v1/work/i1/wrap-up", json={"agent_id": "celine"})
    api.post("/v1/agents/celine/sign-out").raise_for_status()

    def whole() -> Any:
        found = api.get("/v1/inquiries/i1/explanation").json()
        judged = [each for each in found.get("moments", []) if each["candidates"]]
        return found if judged and found["state"] == "completed" else None

    by_api = eventually(whole, 30)
    (moment,) = by_api["moments"]
    assert (moment["agent_id"], moment["not_known"]) == ("celine", None)
    first = moment["candidates"][0]
    assert (first["agent_id"], first["has_it"]) == ("celine", True)
    assert by_api["candidates"] == [], "it is over: nobody could have it now"

    by_command = json.loads(worker.command("explain", "i1", "--json"))
    assert {**by_command, "at": ""} == {**by_api, "at": ""}
    text = worker.command("explain", "i1")
    at = datetime.fromisoformat(moment["at"]).isoformat(timespec="milliseconds")
    assert f"{at}  offered celine after" in text
    assert "    offered to celine then: " in text
    assert "      celine: nobody else could take it then" in text
