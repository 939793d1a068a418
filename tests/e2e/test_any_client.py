"""Any Kafka client can be an integrator: what programs in C and JavaScript write is routed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.service_process import ServiceProcess
from tests.servers import JARS_CACHE, eventually, require_kcat
from warmline.client import Client, new_inquiry
from warmline.events import Decision
from warmline.local.debian import apt_command
from warmline.topics import INQUIRIES, ROUTED_BOT, ROUTED_HUMAN

KAFKAJS = "kafkajs@2.2.4"

TEXT = "Wo ist meine Rückzahlung? 😀"
TIME = "2026-03-01T10:30:00+01:00"
"""When the customer wrote, by the platform's clock."""


@dataclass(frozen=True)
class Record:
    key: str
    value: str
    headers: dict[str, str]


def inquiry(form: str) -> dict[str, Any]:
    return {
        "inquiry_id": f"i-{form}",
        "conversation_id": f"c-{form}",
        "customer_id": "u-1",
        "text": TEXT,
        "attributes": {"order": "4711", "amount": 12.5, "new": True},
    }


BINARY = Record(
    key="c-binary",
    value=json.dumps(inquiry("binary")),
    headers={
        "ce_specversion": "1.0",
        "ce_id": "A234-1234-1234",
        "ce_source": "/shop",
        "ce_type": "warmline.inquiry.v1",
        "ce_time": TIME,
        "content-type": "application/json",
    },
)
STRUCTURED = Record(
    key="c-structured",
    value=json.dumps(
        {
            "specversion": "1.0",
            "id": "B234-1234-1234",
            "source": "/shop",
            "type": "warmline.inquiry.v1",
            "time": TIME,
            "datacontenttype": "application/json",
            "data": inquiry("structured"),
        },
        ensure_ascii=False,
    ),
    headers={"content-type": "application/cloudevents+json; charset=UTF-8"},
)

Write = Callable[[str, str, Record], None]
"""Bootstrap address, topic, record."""


def kcat() -> Write:
    program = require_kcat()

    def write(bootstrap: str, topic: str, record: Record) -> None:
        marked = [
            part for name, said in record.headers.items() for part in ("-H", f"{name}={said}")
        ]
        _run(
            [program, "-P", "-b", bootstrap, "-t", topic, "-k", record.key, *marked],
            record.value,
        )

    return write


def kafkajs() -> Write:
    """The usual client of Node.js, in the cache of this checkout."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip(f"Node.js is not installed: sudo {apt_command(['nodejs', 'npm'])}")
    folder = JARS_CACHE / "kafkajs"
    if not (folder / "node_modules" / "kafkajs").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
        _run(["npm", "install", "--prefix", str(folder), *quiet, KAFKAJS], "", timeout_s=300)
    program = Path(__file__).with_name("produce.js").read_text()

    def write(bootstrap: str, topic: str, record: Record) -> None:
        message = {"key": record.key, "value": record.value, "headers": record.headers}
        _run(["node", "-e", program, bootstrap, topic], json.dumps(message), folder)

    return write


CLIENTS = {"kcat": kcat, "kafkajs": kafkajs}


def _run(command: list[str], given: str, folder: Path | None = None, timeout_s: float = 60) -> None:
    done = subprocess.run(
        command,
        input=given.encode(),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


def decisions(client: Client) -> dict[str, Decision]:
    """By inquiry; each decided once."""
    found = [
        read.event.data
        for topic in (ROUTED_BOT, ROUTED_HUMAN)
        for read in client.consume(topic.name, from_beginning=True, to_end=True)
    ]
    by_inquiry = {decision.inquiry.inquiry_id: decision for decision in found}
    assert len(by_inquiry) == len(found)
    return by_inquiry


@pytest.mark.parametrize("program", CLIENTS)
def test_what_another_client_writes_is_routed(
    router: ServiceProcess, client: Client, program: str
) -> None:
    write = CLIENTS[program]()
    for record in (BINARY, STRUCTURED):
        write(router.kafka, router.prefix + INQUIRIES.name, record)
    eventually(lambda: len(decisions(client)) == 2, 60)
    for form in ("binary", "structured"):
        decision = decisions(client)[f"i-{form}"]
        assert decision.inquiry == new_inquiry(**inquiry(form))
        assert decision.received_at.isoformat() == TIME
        assert (decision.topic, decision.language) == ("refund_status", "de")
