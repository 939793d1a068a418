"""Worker and API as processes, on real Kafka and Redis."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.runtime.entry import EXIT_CONFIGURATION
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from tests.unit.agents.build import decision
from warmline.events import AgentCommand, Assignment, Event, Feedback
from warmline.events.work import Accept, Complete, SendReply, SignIn
from warmline.local.ports import free_port
from warmline.topics import AGENTS_COMMANDS, ASSIGNMENTS, DEAD_LETTERS, FEEDBACK, REPLIES
from warmline.topics import ROUTED_HUMAN as ROUTED

PEOPLE = ("ada", "bruno", "celine")


@pytest.fixture
def worker(
    kafka: str, redis_url: str, unique_name: str, tmp_path: Path
) -> Iterator[ServiceProcess]:
    service = ServiceProcess(
        "agents", kafka, redis_url, unique_name, tmp_path / "worker.log", arguments=("worker",)
    )
    service.create_topics()
    yield service
    if service.process is not None:
        service.end(signal.SIGKILL)


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


def test_every_inquiry_is_completed_once_across_kills_of_the_worker(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    for start in range(0, 90, 30):
        worker.publish(ROUTED, [routed(n) for n in range(start, start + 30)])
        worker.start()
        eventually(lambda start=start: len(assignments(worker)) > start, 60)  # type: ignore[misc]
        worker.end(signal.SIGKILL)
    worker.start()
    serve_until_empty(api, 90)

    def ended() -> set[str]:
        return {
            inquiry
            for inquiry, steps in assignments(worker).items()
            if steps[-1].step == "completed"
        }

    eventually(lambda: len(ended()) == 90, 60)
    for steps in assignments(worker).values():
        assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
        assert [step.step for step in steps].count("completed") == 1
        assert [step.epoch for step in steps] == sorted(step.epoch for step in steps)
    replies = {event.data.reply_id: event.data for event in worker.read(REPLIES)}
    assert sorted(reply.inquiry_id for reply in replies.values()) == sorted(
        f"i{n}" for n in range(90)
    )
    assert worker.end() == 0


def test_commands_on_the_topic_do_what_the_api_does(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    worker.start()
    worker.publish(ROUTED, [routed(1)])
    send(worker, "k1", "celine", SignIn())
    offers = eventually(lambda: api.get("/v1/agents/celine/work").json().get("offers"), 30)
    epoch = offers[0]["epoch"]
    send(worker, "k2", "celine", Accept(inquiry_id="i1", epoch=epoch))
    send(worker, "k3", "celine", SendReply(inquiry_id="i1", epoch=epoch, text="It works again."))
    send(worker, "k3", "celine", SendReply(inquiry_id="i1", epoch=epoch, text="It works again."))
    send(worker, "k4", "celine", Accept(inquiry_id="i1", epoch=epoch))
    send(worker, "k5", "nobody", SignIn())
    send(worker, "k6", "celine", Complete(inquiry_id="i1", epoch=epoch))
    eventually(lambda: assignments(worker).get("i1", [])[-1:][0].step == "completed", 30)
    assert [step.step for step in assignments(worker)["i1"]] == [
        "enqueued",
        "offered",
        "accepted",
        "replied",
        "completed",
    ]
    assert [event.data.text for event in worker.read(REPLIES)] == ["It works again."]
    assert api.get("/v1/commands/k4").json()["result"] == "not_offered"
    assert len(eventually(lambda: worker.raw(DEAD_LETTERS), 30)) == 1  # only the unknown person's


def test_a_customer_who_leaves_is_no_longer_offered(
    worker: ServiceProcess, api: httpx.Client
) -> None:
    worker.start()
    worker.publish(ROUTED, [routed(1)])
    eventually(lambda: "i1" in assignments(worker), 30)
    left = Feedback(feedback_id="f1", conversation_id="c1", kind="left")
    worker.publish(FEEDBACK, [Event("f1", "/test", datetime.now(UTC), left)])
    eventually(lambda: assignments(worker)["i1"][-1].step == "abandoned", 30)
    api.post("/v1/agents/celine/sign-in").raise_for_status()
    assert api.get("/v1/agents/celine/work").json()["offers"] == []


def test_a_faulty_desk_file_stops_the_start_with_file_and_line(
    worker: ServiceProcess, tmp_path: Path
) -> None:
    (tmp_path / "desk.yaml").write_text("version: 1\ndesk: x\nqueues: []\n")
    worker.settings["WARMLINE_COMPANY"] = str(tmp_path)
    worker.start()
    assert worker.process is not None
    assert worker.process.wait(30) == EXIT_CONFIGURATION
    assert "desk.yaml:3: queues" in worker.log.read_text()


def send(worker: ServiceProcess, command_id: str, agent_id: str, action: Any) -> None:
    command = AgentCommand(command_id=command_id, agent_id=agent_id, action=action)
    worker.publish(AGENTS_COMMANDS, [Event(command_id, "/test", datetime.now(UTC), command)])
