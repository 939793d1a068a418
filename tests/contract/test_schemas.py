"""The published schemas and the AsyncAPI document are right, complete and current."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.contract.examples import EXAMPLES
from warmline import schemas
from warmline.events import Payload
from warmline.topics import PAYLOADS, TOPICS

_REPOSITORY = Path(__file__).resolve().parents[2]
_ASYNCAPI = Path(__file__).parent / "asyncapi" / "asyncapi-3.0.0.json"
_PAYLOADS = pytest.mark.parametrize("payload", PAYLOADS.values(), ids=lambda kind: kind.type_name())


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """As a reader of the file gets it."""
    loaded: dict[str, Any] = yaml.safe_load(schemas.files()[schemas.ASYNCAPI_FILE])
    return loaded


def test_the_asyncapi_document_is_valid(document: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for(json.loads(_ASYNCAPI.read_text()))
    assert [error.message for error in validator.iter_errors(document)] == []


def test_the_validator_would_find_a_fault(document: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for(json.loads(_ASYNCAPI.read_text()))
    assert not validator.is_valid({**document, "chanels": {}})
    assert not validator.is_valid({**document, "operations": {"x": {"action": "shout"}}})


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(_references(document))
    assert len(references) > len(TOPICS)
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_every_topic_is_a_channel_with_its_writers_and_readers(document: dict[str, Any]) -> None:
    addresses = {name: channel["address"] for name, channel in document["channels"].items()}
    assert set(addresses.values()) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        uses: dict[str, set[str]] = {"send": set(), "receive": set()}
        for operation in document["operations"].values():
            channel = operation["channel"]["$ref"].removeprefix("#/channels/")
            if addresses[channel] == topic.name:
                uses[operation["action"]].add(operation["tags"][0]["name"])
        assert uses == {"send": set(topic.writers), "receive": set(topic.readers)}


def test_the_files_in_docs_are_current() -> None:
    assert schemas.stale(_REPOSITORY / "docs") == [], "run `warmline asyncapi --write docs`"


@_PAYLOADS
def test_a_schema_accepts_the_examples_and_refuses_an_unknown_field(
    payload: type[Payload],
) -> None:
    validator = jsonschema_rs.validator_for(schemas.payload_schema(payload))
    for example in next(some for some in EXAMPLES.values() if type(some[0]) is payload):
        value = example.model_dump(mode="json")
        assert [error.message for error in validator.iter_errors(value)] == []
        assert not validator.is_valid({**value, "misspelt": 1})


@_PAYLOADS
def test_a_schema_says_which_dialect_it_is(payload: type[Payload]) -> None:
    assert schemas.payload_schema(payload)["$schema"].endswith("/draft/2020-12/schema")


def test_writing_changes_only_what_is_not_current(tmp_path: Path) -> None:
    assert schemas.write(tmp_path) == sorted(schemas.files())
    (tmp_path / "schemas" / "reply.v1.json").write_text("{}")
    (tmp_path / "schemas" / "gone.v1.json").write_text("{}")
    assert schemas.stale(tmp_path) == ["schemas/gone.v1.json", "schemas/reply.v1.json"]
    assert schemas.write(tmp_path) == ["schemas/gone.v1.json", "schemas/reply.v1.json"]
    assert schemas.stale(tmp_path) == []


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in _references(value)]
    if isinstance(part, list):
        return [found for value in part for found in _references(value)]
    return []
