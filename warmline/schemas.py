"""The contracts for people and tools: JSON Schemas of all payloads and one AsyncAPI 3 document.

Both are made from the models and the topic table, so they cannot differ from what the code does;
the copies in `docs/` are checked against this module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

import warmline
from warmline import dead_letters
from warmline.errors import ConfigurationError
from warmline.events import Payload
from warmline.events.base import TEXT_MAX_BYTES
from warmline.topics import PAYLOADS, RECORD_MAX_BYTES, TOPICS, Topic

ASYNCAPI_FILE = "asyncapi.yaml"
SCHEMA_FOLDER = "schemas"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BINDING = "0.5.0"
_SENDS = "send"
_RECEIVES = "receive"


class _Plain(GenerateJsonSchema):
    """Without a title for every field: it would only repeat the field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def payload_schema(payload: type[Payload]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one payload, complete in itself."""
    return {
        "$schema": _DIALECT,
        "$id": f"urn:warmline:{payload.KIND}:v{payload.VERSION}",
        **payload.model_json_schema(schema_generator=_Plain),
    }


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: channels with Kafka bindings, messages, who sends and reads."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Warmline",
            "version": warmline.__version__,
            "description": (
                "Events in Kafka as CloudEvents 1.0. Warmline writes the binary content mode and "
                "reads binary and structured. An operator's prefix may stand in front of every "
                "address. Unknown fields are refused within a version. Unless the operator says "
                f"otherwise, a text has at most {TEXT_MAX_BYTES} bytes of UTF-8 and a record "
                f"{RECORD_MAX_BYTES} bytes."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:9092", "protocol": "kafka"}},
        "channels": {_channel_id(topic): _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {_message_id(topic): _message(topic) for topic in TOPICS},
            "schemas": _component_schemas(),
        },
    }


def files() -> dict[str, str]:
    """All generated files: path below `docs/` to content."""
    import yaml  # part of the command line's extra, not needed by integrators

    written = {
        f"{SCHEMA_FOLDER}/{payload.KIND}.v{payload.VERSION}.json": json.dumps(
            payload_schema(payload), indent=2, ensure_ascii=False
        )
        + "\n"
        for payload in PAYLOADS.values()
    }
    written[ASYNCAPI_FILE] = yaml.safe_dump(
        asyncapi(), sort_keys=False, allow_unicode=True, width=100
    )
    return written


def write(folder: Path) -> list[str]:
    """Writes what is not current into `folder`; returns those paths. Schemas of payloads that no
    topic carries any more are removed."""
    changed = stale(folder)
    wanted = files()
    for path in changed:
        if path in wanted:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(wanted[path])
        else:
            (folder / path).unlink()
    return changed


def stale(folder: Path) -> list[str]:
    """Paths below `folder` that are missing, differ, or should not be there. Raises
    ConfigurationError if there is no such folder."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder: give the one that holds {ASYNCAPI_FILE}")
    wanted = files()
    there = {f"{SCHEMA_FOLDER}/{file.name}" for file in (folder / SCHEMA_FOLDER).glob("*.json")}
    differ = {path for path, content in wanted.items() if _read(folder / path) != content}
    return sorted(differ | (there - wanted.keys()))


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    return {
        "address": topic.name,
        "description": f"{topic.about} Key: {topic.key_field}.",
        "messages": {_message_id(topic): {"$ref": f"#/components/messages/{_message_id(topic)}"}},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "max.message.bytes": int(config["max.message.bytes"]),
                    **(
                        {"retention.ms": int(config["retention.ms"])}
                        if "retention.ms" in config
                        else {}
                    ),
                },
                "bindingVersion": _BINDING,
            }
        },
    }


def _message(topic: Topic) -> dict[str, Any]:
    if topic.payload is None:
        return {
            "name": "dead-letter",
            "title": topic.about,
            "contentType": "application/octet-stream",
            "headers": _headers({name: {"type": "string"} for name in dead_letters.ADDED}),
            "payload": {"description": "The original bytes."},
        }
    name = topic.payload.type_name()
    return {
        "name": name,
        "title": topic.payload.__name__,
        "contentType": "application/json",
        "headers": _headers(
            {
                "ce_specversion": {"const": "1.0"},
                "ce_id": {"type": "string", "minLength": 1},
                "ce_source": {"type": "string", "minLength": 1},
                "ce_type": {"const": name},
            },
            ce_time={"type": "string", "format": "date-time"},
            traceparent={"type": "string", "description": "W3C Trace Context"},
        ),
        "payload": {"$ref": f"#/components/schemas/{topic.payload.__name__}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": topic.key_field},
                "bindingVersion": _BINDING,
            }
        },
    }


def _headers(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
    }


def _operations() -> dict[str, Any]:
    """One per service and topic, such as `router-receive-inquiries`."""
    return {
        f"{who}-{action}-{_channel_id(topic)}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{_channel_id(topic)}"},
            "tags": [{"name": who}],
        }
        for topic in TOPICS
        for action, services in ((_SENDS, topic.writers), (_RECEIVES, topic.readers))
        for who in services
    }


def _component_schemas() -> dict[str, Any]:
    _, schemas = models_json_schema(
        [(payload, "validation") for payload in PAYLOADS.values()],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Plain,
    )
    return {name: _for_asyncapi(schema) for name, schema in sorted(schemas["$defs"].items())}


def _for_asyncapi(schema: Any) -> Any:
    """AsyncAPI's `discriminator` is the property's name, where OpenAPI's is an object."""
    if isinstance(schema, list):
        return [_for_asyncapi(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _for_asyncapi(part) for name, part in schema.items()}
    if isinstance(schema.get("discriminator"), dict):
        plain["discriminator"] = schema["discriminator"]["propertyName"]
    return plain


def _channel_id(topic: Topic) -> str:
    return topic.name.replace(".", "-")


def _message_id(topic: Topic) -> str:
    if topic.payload is None:
        return "dead-letter"
    return f"{topic.payload.KIND}.v{topic.payload.VERSION}"


def _read(file: Path) -> str | None:
    return file.read_text() if file.is_file() else None
