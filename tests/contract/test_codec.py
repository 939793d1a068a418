"""Events survive the way into a record and back, in both content modes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as oracle
from cloudevents.core.v1.event import CloudEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.golden import structured
from tests.contract.strategies import payloads
from warmline import codec
from warmline.errors import InvalidEventError, TooLargeError, UnknownEventError
from warmline.events import Event, Payload
from warmline.topics import INQUIRIES, TOPICS, Topic

_NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_CARRYING = [topic for topic in TOPICS if topic.payload is not None]
_topics = pytest.mark.parametrize("topic", _CARRYING, ids=lambda topic: topic.name)
_quick = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def _event(topic: Topic, data: st.DataObject) -> Event[Payload]:
    assert topic.payload is not None
    return Event(id="e-1", source="/platform", time=_NOW, data=data.draw(payloads(topic.payload)))


@_topics
@_quick
@given(data=st.data())
def test_what_is_written_is_read_the_same(topic: Topic, data: st.DataObject) -> None:
    event = _event(topic, data)
    key, value, headers = codec.encode(topic, event)
    assert codec.decode(topic, key, value, headers, received_at=_NOW) == event


@_topics
@_quick
@given(data=st.data())
def test_the_structured_mode_is_read_the_same(topic: Topic, data: st.DataObject) -> None:
    event = _event(topic, data)
    key, _, _ = codec.encode(topic, event)
    value = json.dumps(structured(event), ensure_ascii=False).encode()
    headers = [("content-type", b"application/cloudevents+json")]
    assert codec.decode(topic, key, value, headers, received_at=_NOW) == event


@_topics
@_quick
@given(data=st.data())
def test_the_cloudevents_library_reads_what_we_write(topic: Topic, data: st.DataObject) -> None:
    event = _event(topic, data)
    key, value, headers = codec.encode(topic, event)
    read = oracle.from_kafka_event(oracle.KafkaMessage(dict(headers), key, value))
    assert read.get_id() == event.id
    assert read.get_source() == event.source
    assert read.get_type() == event.data.type_name()
    assert read.get_time() == event.time
    assert read.get_specversion() == "1.0"
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == event.data.model_dump(mode="json")


@pytest.mark.parametrize("write", [oracle.to_binary_event, oracle.to_structured_event])
@_topics
@_quick
@given(data=st.data())
def test_we_read_what_the_cloudevents_library_writes(
    topic: Topic, write: Any, data: st.DataObject
) -> None:
    event = _event(topic, data)
    key, _, _ = codec.encode(topic, event)
    attributes = {
        "id": event.id,
        "source": event.source,
        "type": event.data.type_name(),
        "time": event.time,
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "partitionkey": key.decode(),
    }
    message = write(CloudEvent(attributes, event.data.model_dump(mode="json")))
    read = codec.decode(
        topic, _bytes(message.key), message.value, message.headers.items(), received_at=_NOW
    )
    assert read == event


def test_a_version_that_is_not_known_is_named() -> None:
    headers = _headers("warmline.inquiry.v9")
    with pytest.raises(UnknownEventError, match=r"version 9 of inquiry .* reads version 1"):
        codec.decode(INQUIRIES, b"c", b"{}", headers, received_at=_NOW)


def test_another_topics_type_is_refused() -> None:
    headers = _headers("warmline.reply.v1")
    with pytest.raises(UnknownEventError, match="does not belong on inquiries"):
        codec.decode(INQUIRIES, b"c", b"{}", headers, received_at=_NOW)


def test_a_record_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(TooLargeError, match="10 bytes, the limit is 9"):
        codec.decode(
            INQUIRIES, b"c", b"x" * 10, [], received_at=_NOW, limits=codec.Limits(record_bytes=9)
        )


def test_plain_json_is_told_how_to_become_a_cloudevent() -> None:
    with pytest.raises(
        InvalidEventError, match=r"ce_specversion=1.0, ce_id, ce_source and ce_type"
    ):
        codec.decode(INQUIRIES, b"c", b'{"text": "hello"}', [], received_at=_NOW)


def test_an_event_without_time_gets_the_records() -> None:
    value = json.dumps(
        {"inquiry_id": "i", "conversation_id": "c", "customer_id": "u", "text": "hello"}
    ).encode()
    read = codec.decode(INQUIRIES, b"c", value, _headers("warmline.inquiry.v1"), received_at=_NOW)
    assert read.time == _NOW


def _headers(kind: str) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"1"),
        ("ce_source", b"x"),
        ("ce_type", kind.encode()),
    ]


def _bytes(key: str | bytes | None) -> bytes | None:
    return key.encode() if isinstance(key, str) else key
