"""A person accepts, edits and rejects proposals over the HTTP API, and the licence's evidence follows: every
service as a process of its own, on a real Kafka and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.licence_life import LANGUAGE, TEXT, TOPIC
from tests.integration.service_process import Beside, ServiceProcess, running_beside
from tests.servers import eventually
from warmline.client import Client
from warmline.events import (
    DraftVerdict,
    Event,
    Evidence,
    Inquiry,
    Licence,
    LicenceOrder,
    Reply,
)
from warmline.local.ports import free_port
from warmline.topics import ASSIGNMENTS, DRAFTS, EVIDENCE, LICENCES, REPLIES

AGENT = "celine"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def services(router: ServiceProcess, port: int, tmp_path: Path) -> Iterator[ServiceProcess]:
    """All services beside the router; gives the router's process."""
    others = (
        Beside("bot", settings={"WARMLINE_INTAKE_WAIT_S": "1"}),  # nobody answers its questions
        Beside("agents", ("worker",)),
        Beside("agents", ("api",), {"WARMLINE_API_PORT": str(port)}),
        Beside("quality", settings={"WARMLINE_SETTLE_S": "0.5"}),
    )
    with running_beside(router, tmp_path, *others):
        yield router


@pytest.fixture
def api(services: ServiceProcess, port: int) -> Iterator[httpx.Client]:
    assert services.process is not None
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=40) as client:
        eventually(lambda: _answers(client), 60)
        yield client


def _answers(api: httpx.Client) -> bool:
    try:
        return api.get("/v1/queues").status_code == 200
    except httpx.TransportError:
        return False


def licence(services: ServiceProcess) -> Licence | None:
    """As it stands: the newest version."""
    steps: list[Licence] = [
        event.data
        for event in services.read(LICENCES)
        if (event.data.topic, event.data.language) == (TOPIC, LANGUAGE)
    ]
    return max(steps, key=lambda step: (step.version, step.sample), default=None)


def ask(client: Client, name: str) -> None:
    client.publish(
        Inquiry(inquiry_id=name, conversation_id=f"c-{name}", customer_id=f"k-{name}", text=TEXT)
    )


def offered(api: httpx.Client, name: str) -> dict[str, Any]:
    """The offer of this inquiry, accepted."""
    found: list[dict[str, Any]] = []

    def has_come() -> bool:
        api.post(f"/v1/agents/{AGENT}/heartbeat").raise_for_status()
        desk = api.get(f"/v1/agents/{AGENT}/work").json()
        found[:] = [offer for offer in desk["offers"] if offer["inquiry_id"] == name]
        return bool(found)

    eventually(has_come, 60)
    (offer,) = found
    mine = {"agent_id": AGENT, "epoch": offer["epoch"]}
    api.post(f"/v1/work/{name}/accept", json=mine).raise_for_status()
    return offer


def test_verdicts_of_people_become_the_evidence_of_the_licence(
    services: ServiceProcess, api: httpx.Client, client: Client
) -> None:
    at = datetime.now(UTC)
    order = LicenceOrder(do="grant", state="draft", reason="to be shown", by="ada", force=True)
    ordered = Evidence(
        evidence_id="order-1", topic=TOPIC, language=LANGUAGE, kind="order", at_ms=0, order=order
    )
    services.publish(EVIDENCE, [Event("order-1", "/test", at, ordered)])
    eventually(lambda: (now := licence(services)) is not None and now.state == "draft", 60)
    services.end()
    services.start()  # it decides nothing before it has read every licence
    api.post(f"/v1/agents/{AGENT}/sign-in").raise_for_status()

    proposals = []
    for name, what, more in (
        ("i1", "accept", {}),
        ("i2", "edit", {"text": "You report it in the app."}),
        ("i3", "reject", {"reason": "incomplete", "text": "We have noted your return."}),
        ("i4", "reject", {"reason": "not_applicable", "note": "wrote from a@example.org"}),
    ):
        ask(client, name)
        offer = offered(api, name)
        (message,) = offer["messages"]
        assert message["reason"] == "draft", message
        proposals.append(message["brief"]["suggested_reply"])
        mine = {"agent_id": AGENT, "epoch": offer["epoch"]}
        api.post(f"/v1/work/{name}/draft/{what}", json=mine | more).raise_for_status()
        said = mine | {"customer_had_to_repeat": name == "i1"}
        api.post(f"/v1/work/{name}/complete", json=said).raise_for_status()

    def judged() -> list[Evidence]:
        pieces = {event.data.evidence_id: event.data for event in services.read(EVIDENCE)}
        return [piece for piece in pieces.values() if piece.kind == "draft"]

    eventually(lambda: len(judged()) == 4, 60)
    assert {piece.inquiry_id: piece.good for piece in judged()} == {
        "i1": True,
        "i2": False,
        "i3": False,
        "i4": False,
    }
    verdicts = services.read(DRAFTS)
    assert [
        (one.verdict, one.sent.edits == 0 if one.sent else None, one.topic, one.language)
        for one in sorted((event.data for event in verdicts), key=lambda one: one.inquiry_id)
    ] == [
        ("accepted", True, TOPIC, LANGUAGE),
        ("edited", False, TOPIC, LANGUAGE),
        ("rejected", False, TOPIC, LANGUAGE),
        ("rejected", None, TOPIC, LANGUAGE),
    ]
    texts = {reply.inquiry_id: reply.text for reply in _by_people(services)}
    assert texts == {
        "i1": proposals[0],
        "i2": "You report it in the app.",
        "i3": "We have noted your return.",
    }
    assert "example.org" not in "".join(event.data.model_dump_json() for event in verdicts)
    eventually(lambda: len(_repeated(services)) == 4, 30)
    assert _repeated(services) == {"i1": True, "i2": False, "i3": False, "i4": False}
    eventually(lambda: _counted(services) == (4, 3), 30)

    _again(services, verdicts)
    ask(client, "i5")
    offer = offered(api, "i5")
    mine = {"agent_id": AGENT, "epoch": offer["epoch"]}
    api.post("/v1/work/i5/draft/accept", json=mine).raise_for_status()
    eventually(lambda: _counted(services)[0] > 4, 60)
    assert _counted(services) == (5, 3), "what was published again has counted again"


def _by_people(services: ServiceProcess) -> list[Reply]:
    return [event.data for event in services.read(REPLIES) if event.data.by == "person"]


def _repeated(services: ServiceProcess) -> dict[str, bool | None]:
    return {
        event.data.inquiry_id: event.data.customer_had_to_repeat
        for event in services.read(ASSIGNMENTS)
        if event.data.step == "completed"
    }


def _counted(services: ServiceProcess) -> tuple[int, int]:
    """Judged proposals that the licence knows, and how many of them were wrong."""
    now = licence(services)
    return (now.sample, now.wrong) if now is not None else (0, 0)


def _again(services: ServiceProcess, verdicts: list[Event[DraftVerdict]]) -> None:
    """As if the relay had died before it took them out of its outbox."""
    services.publish(DRAFTS, verdicts)
