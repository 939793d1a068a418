"""Any Kafka client can be an integrator: kcat, a C program, writes and reads our events."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

from tests.servers import require_kcat
from warmline.client import Client, new_inquiry

_DATA = {
    "inquiry_id": "k-1",
    "conversation_id": "c-1",
    "customer_id": "u-1",
    "text": "Wo ist meine Rückzahlung? 😀",
}
Kcat = Callable[..., str]


@pytest.fixture
def kcat(kafka: str, prefix: str) -> Kcat:
    program = require_kcat()

    def run(*arguments: str, value: str = "") -> str:
        done = subprocess.run(
            [program, "-b", kafka, "-t", f"{prefix}inquiries", *arguments],
            input=value.encode(),
            capture_output=True,
            check=True,
            timeout=30,
        )
        return done.stdout.decode()

    return run


def test_a_binary_event_written_by_kcat_is_read(kcat: Kcat, client: Client) -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "7",
        "ce_source": "/shop",
        "ce_type": "warmline.inquiry.v1",
        "content-type": "application/json",
    }
    marked = [part for name, said in headers.items() for part in ("-H", f"{name}={said}")]
    kcat("-P", "-k", "c-1", *marked, value=json.dumps(_DATA))
    (received,) = client.consume("inquiries", from_beginning=True, to_end=True)
    assert received.event.data == new_inquiry(**_DATA)
    assert (received.event.id, received.event.source) == ("7", "/shop")
    assert received.event.time == received.timestamp


@pytest.mark.parametrize("marked", [True, False], ids=["with content-type", "without headers"])
def test_a_structured_event_written_by_kcat_is_read(
    kcat: Kcat, client: Client, marked: bool
) -> None:
    event = {
        "specversion": "1.0",
        "id": "8",
        "source": "/shop",
        "type": "warmline.inquiry.v1",
        "time": "2026-03-01T09:30:00Z",
        "data": _DATA,
    }
    headers = ["-H", "content-type=application/cloudevents+json; charset=UTF-8"] if marked else []
    kcat("-P", "-k", "c-1", *headers, value=json.dumps(event))
    (received,) = client.consume("inquiries", from_beginning=True, to_end=True)
    assert received.event.data == new_inquiry(**_DATA)
    assert received.event.time.isoformat() == "2026-03-01T09:30:00+00:00"


def test_our_events_are_read_by_kcat(kcat: Kcat, client: Client) -> None:
    inquiry = new_inquiry("Guten Tag 😀", conversation_id="c-9")
    delivery = client.publish(inquiry)
    read = json.loads(kcat("-C", "-e", "-q", "-J", "-o", "beginning"))
    assert read["key"] == "c-9"
    assert json.loads(read["payload"]) == inquiry.model_dump(mode="json")
    headers = dict(zip(read["headers"][::2], read["headers"][1::2], strict=True))
    assert headers["ce_id"] == delivery.event_id
    assert headers["ce_type"] == "warmline.inquiry.v1"
    assert headers["ce_specversion"] == "1.0"
    assert headers["content-type"] == "application/json"


def test_the_same_key_goes_to_the_same_partition_whoever_writes_it(
    kcat: Kcat, client: Client
) -> None:
    """Otherwise messages of one conversation would be read out of order. kcat must be told to use
    the partitioner of Kafka's own clients."""
    keys = [f"c-{number}" for number in range(20)]
    ours = {
        key: client.publish(new_inquiry("hello", conversation_id=key)).partition for key in keys
    }
    written = "".join(f"{key}:x\n" for key in keys)
    kcat("-P", "-K:", "-X", "partitioner=murmur2_random", value=written)
    read = kcat("-C", "-e", "-q", "-o", "beginning", "-f", "%k %p\n").splitlines()
    assert sorted(read) == sorted([f"{key} {partition}" for key, partition in ours.items()] * 2)
    assert set(ours.values()) == {0, 1}
