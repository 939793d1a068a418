"""Golden files: what a release has written into Kafka must be readable for ever.

`<kind>.v<version>.json` holds records as they are in Kafka, `<kind>.v<version>.schema.json` the JSON
Schema. Files are written once, when a payload or version is new: `python -m tests.contract.golden`.
One that is there is never changed; a change that old readers would misread needs a new version.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.contract.examples import EXAMPLES
from warmline import codec, schemas
from warmline.events import Event, Payload
from warmline.topics import BY_NAME, Topic

FOLDER = Path(__file__).parent / "golden"

_TIME = datetime(2026, 3, 1, 9, 30, 1, tzinfo=UTC)
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def records_file(payload: type[Payload]) -> Path:
    return FOLDER / f"{payload.KIND}.v{payload.VERSION}.json"


def schema_file(payload: type[Payload]) -> Path:
    return FOLDER / f"{payload.KIND}.v{payload.VERSION}.schema.json"


def parameters() -> list[Any]:
    """`topic` and `record` of every golden record, for `pytest.mark.parametrize`."""
    found = []
    for file in sorted(FOLDER.glob("*.json")):
        if not file.name.endswith(".schema.json"):
            golden = json.loads(file.read_text())
            for number, record in enumerate(golden["records"]):
                topic = BY_NAME[golden["topic"]]
                found.append(pytest.param(topic, record, id=f"{file.stem}-{number}"))
    return found


def structured(event: Event[Payload]) -> dict[str, Any]:
    """The event in CloudEvents' structured mode, which Warmline reads but never writes."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.data.type_name(),
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "data": event.data.model_dump(mode="json"),
    }


def without_words(schema: Any) -> Any:
    """A schema without titles and descriptions: they may be improved."""
    if isinstance(schema, list):
        return [without_words(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: without_words(part)
        for name, part in schema.items()
        if not (name in ("title", "description") and isinstance(part, str))
    }


def _records(topic: Topic, payloads: tuple[Payload, ...]) -> dict[str, Any]:
    records = []
    for number, payload in enumerate(payloads, start=1):
        event = Event(id=f"event-{number}", source="golden", time=_TIME, data=payload)
        traced = Event(event.id, event.source, event.time, event.data, traceparent=_TRACE)
        key, value, headers = codec.encode(topic, traced)
        records.append(
            {
                "key": key.decode(),
                "binary": {
                    "headers": {name: content.decode() for name, content in headers},
                    "value": json.loads(value),
                },
                "structured": {
                    "headers": {"content-type": "application/cloudevents+json; charset=utf-8"},
                    "value": structured(event),
                },
            }
        )
    return {"topic": topic.name, "records": records}


def write_missing() -> list[Path]:
    written = []
    for name, payloads in EXAMPLES.items():
        kind = type(payloads[0])
        contents = {
            records_file(kind): _records(BY_NAME[name], payloads),
            schema_file(kind): without_words(schemas.payload_schema(kind)),
        }
        for file, content in contents.items():
            if not file.exists():
                file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
                written.append(file)
    return written


if __name__ == "__main__":
    for file in write_missing():
        print(f"written: {file}")
