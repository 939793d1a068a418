"""A client of the desk's HTTP API on real Redis, and the engine underneath."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from services.agents.config_file import load
from services.agents.engine import RedisPool
from services.agents.rules import Rules
from services.agents.server import build_api
from services.agents.settings import AgentsSettings
from services.runtime.keys import Keys
from services.runtime.redis import RedisClients
from tests.unit.agents.build import decision, new_work

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
