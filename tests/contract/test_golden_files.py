"""What was written by a release is readable and means the same in every later one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.examples import EXAMPLES
from tests.contract.golden import parameters, records_file, schema_file, structured, without_words
from warmline import codec, schemas
from warmline.events import Event, Payload
from warmline.topics import PAYLOADS, Topic

_LATER = datetime(2031, 1, 1, tzinfo=UTC)


_every_record = pytest.mark.parametrize(("topic", "record"), parameters())


def _decode(topic: Topic, record: dict[str, Any], mode: str) -> Event[Any]:
    return codec.decode(
        topic,
        record["key"].encode(),
        json.dumps(record[mode]["value"]).encode(),
        [(name, content.encode()) for name, content in record[mode]["headers"].items()],
        received_at=_LATER,
    )


@_every_record
def test_a_binary_record_is_read_and_written_again_the_same(
    topic: Topic, record: dict[str, Any]
) -> None:
    key, value, headers = codec.encode(topic, _decode(topic, record, "binary"))
    assert key.decode() == record["key"]
    assert json.loads(value) == record["binary"]["value"]
    assert {name: content.decode() for name, content in headers} == record["binary"]["headers"]


@_every_record
def test_a_structured_record_is_read_as_the_same_event(
    topic: Topic, record: dict[str, Any]
) -> None:
    event = _decode(topic, record, "structured")
    assert structured(event) == record["structured"]["value"]
    assert event.data == _decode(topic, record, "binary").data


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=lambda kind: kind.type_name())
def test_every_payload_has_golden_files(payload: type[Payload]) -> None:
    advice = "run `python -m tests.contract.golden` and commit what it writes"
    assert records_file(payload).exists(), advice
    assert schema_file(payload).exists(), advice


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=lambda kind: kind.type_name())
def test_a_schema_never_changes_within_its_version(payload: type[Payload]) -> None:
    now = without_words(schemas.payload_schema(payload))
    then = json.loads(schema_file(payload).read_text())
    assert now == then, (
        f"{payload.type_name()} has changed. Events of this version are in Kafka and in other "
        f"people's programs: make a v{payload.VERSION + 1} instead, and keep reading this one."
    )


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=lambda kind: kind.type_name())
def test_the_examples_set_every_field(payload: type[Payload]) -> None:
    examples = next(some for some in EXAMPLES.values() if type(some[0]) is payload)
    unset = {
        name
        for name, field in payload.model_fields.items()
        if all(getattr(example, name) == field.default for example in examples)
    }
    assert not unset
