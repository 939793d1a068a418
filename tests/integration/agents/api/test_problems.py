"""What the API refuses, and how it says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.agents.server import build_api
from services.agents.settings import AgentsSettings
from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import COMPANY, TOKEN, Desk, served
from warmline.errors import ConfigurationError
from warmline.local.ports import free_port


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
        ("POST", "work/i1/pull", {"by": "mara", "reason": " \n"}, 422),
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
