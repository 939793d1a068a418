"""Worker and API as processes: their fixtures, and what platforms and people do with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.service_process import Prepare, ServiceProcess
from tests.servers import eventually
from tests.unit.agents.build import decision
from warmline.events import AgentCommand, Assignment, Event
from warmline.local.ports import free_port
from warmline.topics import AGENTS_COMMANDS, ASSIGNMENTS

PEOPLE = ("ada", "bruno", "celine")


@pytest.fixture
def worker(prepared: Prepare) -> ServiceProcess:
    return prepared("agents", arguments=("worker",))


@pytest.fixture
def api(worker: ServiceProcess, tmp_path: Path) -> Iterator[httpx.Client]:
    port = free_port()
    process = ServiceProcess(
        "agents",
        worker.kafka,
        worker.redis_url,
        worker.name,
        tmp_path / "api.log",
        settings={"WARMLINE_API_PORT": str(port)},
        arguments=("api",),
    )
    process.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=40) as client:
        eventually(lambda: _answers(client), 30)
        yield client
    assert process.end() == 0


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/v1/queues").status_code == 200
    except httpx.TransportError:
        return False


def routed(number: int) -> Event[Any]:
    asked = {"inquiry_id": f"i{number}", "conversation_id": f"c{number}"}
    made = decision(asked, topic="how_it_works", received_at=datetime.now(UTC))
    return Event(f"d{number}", "/test", datetime.now(UTC), made)


def assignments(worker: ServiceProcess) -> dict[str, list[Assignment]]:
    """By inquiry, each step once, in order of its number."""
    found: dict[str, dict[int, Assignment]] = {}
    for event in worker.read(ASSIGNMENTS):
        known = found.setdefault(event.data.inquiry_id, {})
        assert known.setdefault(event.data.seq, event.data) == event.data
    return {inquiry: [steps[n] for n in sorted(steps)] for inquiry, steps in found.items()}


def serve_until_empty(api: httpx.Client, count: int) -> None:
    """People accept, answer and complete whatever they are offered."""
    for agent in PEOPLE:
        api.post(f"/v1/agents/{agent}/sign-in").raise_for_status()
    deadline = time.monotonic() + 90
    done = 0
    while done < count and time.monotonic() < deadline:
        for agent in PEOPLE:
            api.post(f"/v1/agents/{agent}/heartbeat")
            for offer in api.get(f"/v1/agents/{agent}/work").json()["offers"]:
                done += _serve(api, agent, offer)
    assert done == count


def _serve(api: httpx.Client, agent: str, offer: dict[str, Any]) -> int:
    mine = {"agent_id": agent, "epoch": offer["epoch"]}
    path = f"/v1/work/{offer['inquiry_id']}"
    api.post(f"{path}/accept", json=mine).raise_for_status()
    api.post(f"{path}/reply", json={**mine, "text": "We have mended it."}).raise_for_status()
    api.post(f"{path}/complete", json=mine).raise_for_status()
    return 1


def send(worker: ServiceProcess, command_id: str, agent_id: str, action: Any) -> None:
    command = AgentCommand(command_id=command_id, agent_id=agent_id, action=action)
    worker.publish(AGENTS_COMMANDS, [Event(command_id, "/test", datetime.now(UTC), command)])
