"""The desk's HTTP API on real Redis."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.agents import wake
from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.agents.server import build_api
from services.agents.settings import AgentsSettings
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.servers import eventually, eventually_async
from tests.unit.agents.build import decision, new_work
from warmline.errors import ConfigurationError
from warmline.local.ports import free_port

TOKEN = "a-token-for-this-test"  # noqa: S105
COMPANY = Path("examples/paylater")


@dataclass
class Desk:
    """A client of the API, and the engine underneath to bring inquiries in."""

    client: httpx.AsyncClient
    pool: RedisPool
    rules: Rules

    async def inquiry(
        self,
        name: str,
        text: str = "Where is my parcel?",
        proposal: str | None = None,
        reason: str = "no_licence",
        **made: Any,
    ) -> None:
        asked = {"inquiry_id": name, "conversation_id": f"c-{name}", "text": text}
        made = {"topic": "delivery_status", "received_at": datetime.now(UTC), **made}
        routed = decision(asked, **made)
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        work = new_work(self.rules, routed, arrival_ms=now_ms, proposal=proposal, reason=reason)
        await self.pool.enqueue([work])

    async def post(self, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return await self.client.post(f"/v1/{path}", json=body, headers=headers)

    async def get(self, path: str) -> Any:
        answer = await self.client.get(f"/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def offer(self, agent_id: str) -> dict[str, Any]:
        (offer,) = (await self.get(f"agents/{agent_id}/work"))["offers"]
        found: dict[str, Any] = offer
        return found


@asynccontextmanager
async def served(
    redis_url: str, redis: RedisClients, name: str, **changes: Any
) -> AsyncIterator[Desk]:
    desk = name[-32:].strip("-")
    settings = AgentsSettings.model_validate(
        {"redis_url": redis_url, "desk": desk, "company": COMPANY, **changes}
    )
    app = build_api(settings)
    transport = httpx.ASGITransport(app=app)
    pool = RedisPool(redis.commands, Keys(desk), load(COMPANY), clock=lambda: datetime.now(UTC))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://desk") as client,
    ):
        yield Desk(client, pool, Rules(load(COMPANY)))


@pytest.fixture
async def desk(redis_url: str, redis: RedisClients, unique_name: str) -> AsyncIterator[Desk]:
    async with served(redis_url, redis, unique_name) as desk:
        yield desk


async def test_a_person_works_through_the_api(desk: Desk) -> None:
    assert (await desk.post("agents/celine/sign-in")).status_code == 200
    await desk.inquiry("i1")
    offer = await desk.offer("celine")
    assert offer["queue"] == "delivery"
    assert 0 < offer["seconds_left"] <= 20
    (message,) = offer["messages"]
    assert message["text"] == "Where is my parcel?"
    assert message["brief"]["wish"] == "Where is my parcel?"
    assert message["why"].startswith("rule delivery: queue delivery")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    assert (await desk.post("work/i1/accept", mine)).json()["epoch"] == offer["epoch"]
    said = {**mine, "text": "It arrives tomorrow."}
    assert (await desk.post("work/i1/reply", said)).status_code == 200
    (work,) = (await desk.get("agents/celine/work"))["work"]
    assert work["state"] == "accepted"
    assert [(turn["by"], turn["text"]) for turn in work["history"]] == [
        ("person", "It arrives tomorrow.")
    ]
    done = await desk.post("work/i1/complete", {**mine, "customer_had_to_repeat": False})
    assert done.status_code == 200
    assert (await desk.get("inquiries/i1"))["state"] == "completed"
    assert (await desk.post("agents/celine/sign-out")).status_code == 200


async def test_proposals_are_accepted_edited_and_rejected(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    for name in ("i1", "i2", "i3"):
        await desk.inquiry(name, proposal="It comes tomorrow.")
        offer = await desk.offer("celine")
        (message,) = offer["messages"]
        assert message["brief"]["suggested_reply"] == "It comes tomorrow."
        mine = {"agent_id": "celine", "epoch": offer["epoch"]}
        await desk.post(f"work/{name}/accept", mine)
        what, more = {
            "i1": ("accept", {}),
            "i2": ("edit", {"text": "It comes today."}),
            "i3": ("reject", {"reason": "wrong", "text": "It is lost."}),
        }[name]
        judged = await desk.post(f"work/{name}/draft/{what}", {**mine, **more}, key=f"k-{name}")
        assert judged.status_code == 200, judged.text
        again = await desk.post(f"work/{name}/draft/{what}", {**mine, **more}, key=f"k-{name}")
        assert again.json() == judged.json()
        late = await desk.post(f"work/{name}/draft/accept", mine)
        assert (late.status_code, late.json()["code"]) == (409, "judged")
        await desk.post(f"work/{name}/complete", {**mine, "customer_had_to_repeat": True})
    said = [(await desk.get(f"inquiries/{name}"))["history"] for name in ("i1", "i2", "i3")]
    assert [[turn["text"] for turn in turns] for turns in said] == [
        ["It comes tomorrow."],
        ["It comes today."],
        ["It is lost."],
    ]


async def test_suggestions_come_from_the_article_of_the_topic_and_from_what_is_begun(
    desk: Desk,
) -> None:
    await desk.inquiry("i1", "My neighbour has not seen it either.", confidence=0.9)
    first = (await desk.post("work/i1/suggestions", {})).json()
    assert [one["article_id"] for one in first["suggestions"]] == ["delivery_status"]
    assert first["completion"] is None
    begun = {"text": "Good morning. A refund starts at the shop: it checks"}
    then = (await desk.post("work/i1/suggestions", begun)).json()
    found = [one["article_id"] for one in then["suggestions"]]
    assert found == ["delivery_status", "refund_status"]
    assert then["suggestions"][1]["title"] == "Where is my refund?"
    assert 0.45 <= then["suggestions"][1]["score"] <= 1
    assert then["completion"] == " your return or cancellation and then reports it to us."


async def test_suggestions_are_in_the_conversations_language_or_there_are_none(desk: Desk) -> None:
    await desk.inquiry("i1", "Wo ist mein Paket?", confidence=0.9, language="de")
    (german,) = (await desk.post("work/i1/suggestions", {})).json()["suggestions"]
    assert (german["article_id"], german["title"]) == (
        "delivery_status",
        "Wo ist meine Bestellung?",
    )
    await desk.inquiry("i2", "My neighbour has not seen it either.", confidence=0.1)
    assert (await desk.post("work/i2/suggestions", {})).json()["suggestions"] == []
    await desk.inquiry("i3", "Où est mon colis?", confidence=0.9, language="fr")
    assert (await desk.post("work/i3/suggestions", {})).json()["suggestions"] == []


async def test_the_comparison_group_gets_no_suggestion(desk: Desk) -> None:
    await desk.inquiry("i1", confidence=0.9, reason="holdout")
    assert (await desk.post("work/i1/suggestions", {})).json()["suggestions"] == []


async def test_what_is_sent_for_suggestions_has_a_limit(desk: Desk) -> None:
    await desk.inquiry("i1")
    too_long = await desk.post("work/i1/suggestions", {"text": "x" * 8001})
    assert too_long.status_code == 422
    assert (await desk.post("work/nowhere/suggestions", {})).status_code == 404


async def test_a_broken_knowledge_base_costs_only_the_suggestions(
    redis_url: str, redis: RedisClients, unique_name: str, tmp_path: Path
) -> None:
    company = tmp_path / "company"
    shutil.copytree(COMPANY, company)
    (company / "knowledge" / "delivery_status.en.md").write_text("no front matter")
    async with served(redis_url, redis, unique_name, company=company) as desk:
        await desk.inquiry("i1", confidence=0.9)
        answer = await desk.post("work/i1/suggestions", {"text": "refund starts at the shop"})
        suggested = {one["article_id"] for one in answer.json()["suggestions"]}
        assert "refund_status" in suggested
        assert "delivery_status" not in suggested


async def test_a_rejection_needs_a_reason_that_the_desk_knows(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1", proposal="It comes tomorrow.")
    mine = {"agent_id": "celine", "epoch": (await desk.offer("celine"))["epoch"]}
    await desk.post("work/i1/accept", mine)
    assert (await desk.post("work/i1/draft/reject", mine)).status_code == 422
    refused = await desk.post("work/i1/draft/reject", {**mine, "reason": "boring"})
    assert refused.status_code == 404
    assert "wrong_tone" in refused.json()["detail"]


async def test_declining_transferring_and_presence(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1")
    offer = await desk.offer("celine")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    assert (await desk.post("work/i1/decline", {**mine, "reason": "busy"})).status_code == 200
    await desk.inquiry("i2")
    offer = await desk.offer("celine")
    mine = {"agent_id": "celine", "epoch": offer["epoch"]}
    await desk.post("work/i2/accept", mine)
    moved = await desk.post(
        "work/i2/transfer", {**mine, "to_queue": "fraud", "note": "stolen card"}
    )
    assert moved.status_code == 200
    inquiry = await desk.get("inquiries/i2")
    assert (inquiry["queue"], inquiry["state"], inquiry["note"]) == (
        "fraud",
        "waiting",
        "stolen card",
    )
    on_break = await desk.post("agents/celine/presence", {"presence": "break", "reason": "lunch"})
    assert on_break.status_code == 200
    state = await desk.get("agents/celine/work")
    assert (state["presence"], state["reason"]) == ("break", "lunch")
    assert (await desk.post("agents/celine/heartbeat")).status_code == 200
    queues = (await desk.get("queues"))["queues"]
    assert {queue["id"]: queue["waiting"] for queue in queues}["fraud"] == 1


async def test_a_command_with_the_same_key_is_carried_out_once(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    await desk.inquiry("i1")
    mine = {"agent_id": "celine", "epoch": (await desk.offer("celine"))["epoch"]}
    first = await desk.post("work/i1/accept", mine, key="k-1")
    assert first.status_code == 200
    assert (await desk.post("work/i1/accept", mine, key="k-1")).json() == first.json()
    assert (await desk.post("work/i1/accept", mine, key="k-2")).status_code == 409
    assert await desk.get("commands/k-1") == {
        "command_id": "k-1",
        "result": "ok",
        "message": "carried out",
    }
    assert (await desk.get("commands/k-2"))["result"] == "not_offered"


async def test_problems_say_what_is_wrong_and_what_to_do(desk: Desk) -> None:
    answer = await desk.post("agents/celine/heartbeat")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "urn:warmline:problem:not_signed_in",
        "title": "ConflictError",
        "status": 409,
        "detail": "this person is not signed in: sign in first",
        "code": "not_signed_in",
        "retriable": False,
    }


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "agents/nobody/sign-in", None, 404),
        ("GET", "agents/nobody/work", None, 404),
        ("GET", "inquiries/unknown", None, 404),
        ("GET", "commands/unknown", None, 404),
        ("POST", "work/unknown/accept", {"agent_id": "ada", "epoch": 1}, 404),
        ("POST", "work/i1/accept", {"agent_id": "ada", "epoch": 0}, 422),
        ("POST", "work/i1/accept", {"agent_id": "ada", "epoch": 1, "typo": 1}, 422),
        ("POST", "work/i1/reply", {"agent_id": "ada", "epoch": 1, "text": "  "}, 422),
        ("POST", "agents/ada/presence", {"presence": "asleep"}, 422),
        ("GET", "agents/ada/work?wait_s=31", None, 422),
        ("GET", "nowhere", None, 404),
        ("DELETE", "queues", None, 405),
    ],
)
async def test_what_cannot_be_done_is_a_problem(
    desk: Desk, method: str, path: str, body: Any, status: int
) -> None:
    answer = await desk.client.request(method, f"/v1/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_refused_text_is_not_repeated_in_the_answer(desk: Desk) -> None:
    card = "my card is 4111 1111 1111 1111 "
    body = {"agent_id": "ada", "epoch": 1, "text": card * 1200}
    answer = await desk.post("work/i1/reply", body)
    assert answer.status_code == 422
    assert "4111" not in answer.text


async def test_a_body_over_the_limit_is_refused_whether_declared_or_not(desk: Desk) -> None:
    body = b'{"presence": "' + b"x" * 70_000 + b'"}'
    declared = await desk.client.post("/v1/agents/ada/presence", content=body)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    streamed = await desk.client.post("/v1/agents/ada/presence", content=chunks())
    assert (declared.status_code, streamed.status_code) == (413, 413)


async def test_waiting_ends_when_an_offer_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake, "LOOK_AGAIN_S", 60.0)
    await desk.post("agents/celine/sign-in")
    waiting = asyncio.create_task(desk.get("agents/celine/work?wait_s=30"))
    number = 0

    async def is_answered() -> bool:  # offers until the listener is there to hear of one
        nonlocal number
        number += 1
        await desk.inquiry(f"i{number}")
        await asyncio.sleep(0.1)
        return waiting.done()

    await eventually_async(is_answered, 15)
    assert waiting.result()["offers"]


async def test_waiting_for_a_change_ends_with_any_change(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    version = (await desk.get("agents/celine/work"))["version"]
    waiting = asyncio.create_task(desk.get(f"agents/celine/work?wait_s=20&since={version}"))
    await asyncio.sleep(0)
    await desk.post("agents/celine/presence", {"presence": "busy"})
    assert (await asyncio.wait_for(waiting, 15))["presence"] == "busy"


async def test_waiting_ends_after_its_time(desk: Desk) -> None:
    await desk.post("agents/celine/sign-in")
    assert (await desk.get("agents/celine/work?wait_s=0.2"))["offers"] == []


async def test_with_a_token_nobody_gets_in_without_it(
    redis_url: str, redis: RedisClients, unique_name: str
) -> None:
    async with served(redis_url, redis, unique_name, api_token=SecretStr(TOKEN)) as desk:
        assert (await desk.client.get("/v1/queues")).status_code == 401
        for wrong in ("Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"):
            headers = {"Authorization": wrong.encode()}
            refused = await desk.client.get("/v1/queues", headers=headers)  # type: ignore[arg-type]
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
        right = await desk.client.get("/v1/queues", headers={"Authorization": f"Bearer {TOKEN}"})
        assert right.status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "desk.example"])  # noqa: S104
def test_an_address_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigurationError, match="WARMLINE_API_TOKEN"):
        build_api(AgentsSettings(api_host=host, company=COMPANY))


async def test_redis_away_is_a_problem_to_try_again() -> None:
    app = build_api(
        AgentsSettings(redis_url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"), company=COMPANY)
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        answer = await client.get("/v1/queues")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["retriable"] is True


@pytest.fixture
def address(redis_url: str, unique_name: str, tmp_path: Path) -> Iterator[str]:
    """The API as a process."""
    port = free_port()
    environment = {
        **os.environ,
        "WARMLINE_REDIS_URL": redis_url,
        "WARMLINE_DESK": unique_name[-32:].strip("-"),
        "WARMLINE_API_PORT": str(port),
    }
    log = (tmp_path / "api.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "services.agents", "api"], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _is_up(url), 30)
        yield url
    finally:
        process.terminate()
        assert process.wait(15) == 0
        log.close()


def _is_up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/v1/queues").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.filterwarnings("ignore")  # of the libraries that make up requests
def test_whatever_is_sent_the_answer_is_as_the_schema_says(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]

        @given(case=operation.as_strategy())
        @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
        def check(case: Any) -> None:
            # that a text must say something is more than a schema can tell
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        check()


async def test_a_changed_file_is_in_use_without_a_restart(
    redis_url: str, redis: RedisClients, unique_name: str, tmp_path: Path
) -> None:
    for name in ("desk.yaml", "people.yaml"):
        shutil.copy(COMPANY / name, tmp_path)
    people = tmp_path / "people.yaml"
    async with served(redis_url, redis, unique_name, company=tmp_path) as desk:
        assert (await desk.post("agents/nina/sign-in")).status_code == 404
        await desk.post("agents/hiro/sign-in")
        before = (await desk.get("queues"))["config_version"]
        named = people.read_text().replace("id: hiro", "id: nina") + _HIRO_AGAIN
        people.write_text(named)

        async def in_use() -> bool:
            return bool((await desk.get("queues"))["config_version"] != before)

        async def hiro_has_more() -> bool:  # whoever is signed in already follows the version
            return bool((await desk.get("agents/hiro/work"))["capacity"] == 9)

        await eventually_async(in_use)
        assert (await desk.post("agents/nina/sign-in")).is_success
        await eventually_async(hiro_has_more)


_HIRO_AGAIN = """
  - {id: hiro, name: Hiro Tanabe, languages: {en: 5}, queues: [general], capacity: 9}
"""


async def test_a_supervisor_orders_over_http_and_others_may_not(desk: Desk) -> None:
    await desk.post("agents/hiro/sign-in")
    await desk.inquiry("i1")
    order = {"by": "mara", "reason": "the parcel is perishable"}
    pushed = await desk.post("work/i1/push", {**order, "to_agent": "hiro"})
    assert (pushed.status_code, pushed.json()["code"]) == (409, "already_theirs")
    assert (await desk.post("work/i1/priority", {**order, "priority_min": 90})).is_success
    assert (await desk.get("inquiries/i1"))["priority_min"] == 90
    assert (await desk.post("work/i1/requeue", order)).is_success
    assert (await desk.get("inquiries/i1"))["state"] == "waiting"
    assert (await desk.post("agents/hiro/drain", order)).is_success
    assert (await desk.get("agents/hiro/work"))["drained"]
    refused = await desk.post("work/i1/requeue", {**order, "by": "hiro"})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_supervisor")
    unexplained = await desk.post("work/i1/requeue", {"by": "mara", "reason": ""})
    assert unexplained.status_code == 422


async def test_a_closed_queue_is_seen_and_its_work_is_elsewhere(desk: Desk) -> None:
    await desk.inquiry("i1")
    order = {"by": "mara", "reason": "the carrier's system is down"}
    assert (await desk.post("queues/delivery/close", order)).is_success
    queues = {queue["id"]: queue for queue in (await desk.get("queues"))["queues"]}
    assert queues["delivery"]["closed"]
    assert not queues["general"]["closed"]
    assert (await desk.get("inquiries/i1"))["queue"] == "general"
    closing_general = await desk.post("queues/general/close", order)
    assert closing_general.is_success  # whose work gets a callback
    promised = await desk.get("inquiries/i1")
    assert promised["state"] == "promised"
    assert datetime.fromisoformat(promised["promised_at"]) > datetime.now(UTC)
    assert (await desk.post("queues/delivery/open", order)).is_success
