"""A customer leaves while the bot asks: router, bot, people's desk and quality on real Kafka and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.intake.openings import openings
from services.router.policy import load_policy
from tests.integration.service_process import Beside, ServiceProcess, running_beside
from tests.servers import eventually
from warmline.client import Client
from warmline.events import Feedback, Inquiry, Outcome
from warmline.topics import HANDOFFS, OUTCOMES, REPLIES

POLICY, _ = load_policy(Path("examples/paylater/topics.yaml"))


@pytest.fixture
def services(router: ServiceProcess, tmp_path: Path) -> Iterator[ServiceProcess]:
    """Bot, people's desk and quality beside the router; gives the router's process."""
    bot = Beside("bot", settings={"WARMLINE_INTAKE_WAIT_S": "4"})
    quality = Beside("quality", settings={"WARMLINE_SETTLE_S": "0.5"})
    with running_beside(router, tmp_path, bot, Beside("agents", ("worker",)), quality):
        yield router


def _asks(client: Client, services: ServiceProcess, name: str, text: str) -> None:
    """Returns once the bot has asked for a fact."""
    inquiry = Inquiry(inquiry_id=name, conversation_id=name, customer_id=f"k-{name}", text=text)
    client.publish(inquiry)

    def asked() -> bool:
        replies = [one.data for one in services.read(REPLIES)]
        return any(one.conversation_id == name and one.kind == "question" for one in replies)

    eventually(asked, timeout_s=90)


def test_nobody_gets_what_its_customer_has_left_and_it_counts_as_abandoned(
    services: ServiceProcess, client: Client, model: Path
) -> None:
    text = openings(model, POLICY)["late_fee", "en"].text
    _asks(client, services, "gone", text)
    client.publish(Feedback(feedback_id="f1", conversation_id="gone", kind="left"))
    _asks(client, services, "silent", text)  # asked later, so its wait ends later

    def handed_over() -> list[str]:
        return [one.data.decision.inquiry.conversation_id for one in services.read(HANDOFFS)]

    def outcomes() -> list[Outcome]:
        return [one.data for one in services.read(OUTCOMES)]

    eventually(lambda: "silent" in handed_over(), timeout_s=60)
    eventually(outcomes, timeout_s=60)
    assert set(handed_over()) == {"silent"}
    assert [(one.inquiry_id, one.kind, one.by) for one in outcomes()] == [
        ("gone", "abandoned", "nobody")
    ]
