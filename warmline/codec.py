"""Bytes and headers of a Kafka record to events, and back. Nothing else reads or writes payloads.

CloudEvents 1.0.2 over the Kafka protocol binding: written in binary mode (`ce_` headers, the value is
the data), read in binary and in structured mode (the value is the whole event).
Messages of errors name the field, never its value: values are personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from warmline.errors import InvalidEventError, TooLargeError, UnknownEventError
from warmline.events.base import TEXT_MAX_BYTES, Payload
from warmline.events.envelope import Event
from warmline.topics import PAYLOADS, RECORD_MAX_BYTES, Topic

Headers = Sequence[tuple[str, bytes]]

JSON = "application/json"
STRUCTURED = "application/cloudevents"
_READABLE = {payload.KIND: payload.VERSION for payload in PAYLOADS.values()}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader accepts, in bytes: a whole record's value, and one text of a person (UTF-8)."""

    record_bytes: int = RECORD_MAX_BYTES
    text_bytes: int = TEXT_MAX_BYTES


DEFAULT_LIMITS = Limits()


def encode(topic: Topic, event: Event[Payload]) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of the record. Raises TooLargeError over the topic's limit."""
    if topic.key_of is None or not isinstance(event.data, topic.payload or ()):
        raise InvalidEventError(f"{topic.name} does not carry {type(event.data).__name__}")
    value = event.data.model_dump_json().encode()
    if len(value) > topic.max_bytes:
        raise TooLargeError(f"{topic.name}: {len(value)} bytes, the limit is {topic.max_bytes}")
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.data.type_name().encode()),
        ("ce_time", event.time.isoformat().encode()),
        ("content-type", JSON.encode()),
    ]
    if event.traceparent is not None:
        headers.append(("traceparent", event.traceparent.encode()))
    return topic.key_of(event.data).encode(), value, headers


def decode(
    topic: Topic,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]] | None,
    *,
    received_at: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> Event[Any]:
    """The event in a record of `topic`. `received_at` (the record's timestamp) stands in where the
    sender gave no time. Raises a ContractError that says what is wrong and what was expected."""
    if value is None:
        raise InvalidEventError("the record has no value (a tombstone)")
    if len(value) > limits.record_bytes:
        raise TooLargeError(
            f"the record has {len(value)} bytes, the limit is {limits.record_bytes}"
        )
    known = {name.lower(): content for name, content in headers or ()}
    attributes, data = _envelope(known, value)
    payload = _payload(topic, attributes, data, limits)
    _check_key(topic, key, payload)
    return Event(
        id=_attribute(attributes, "id"),
        source=_attribute(attributes, "source"),
        time=_time(attributes.get("time"), received_at),
        data=payload,
        traceparent=_text(known, "traceparent"),
    )


def _envelope(headers: Mapping[str, bytes], value: bytes) -> tuple[dict[str, Any], bytes]:
    """CloudEvents attributes without their `ce_` prefix, and the data's JSON."""
    content_type = (_text(headers, "content-type") or "").lower()
    if "ce_specversion" in headers:
        attributes = {name[3:]: _text(headers, name) for name in headers if name.startswith("ce_")}
        _check_binary(attributes, content_type)
        return attributes, value
    if content_type and not content_type.startswith((STRUCTURED, JSON)):
        raise InvalidEventError(f"content-type {content_type[:80]!r} is not read: send {JSON}")
    return _structured(value)


def _check_binary(attributes: Mapping[str, Any], content_type: str) -> None:
    if attributes["specversion"] != "1.0":
        raise InvalidEventError("ce_specversion must be 1.0")
    if content_type and not content_type.startswith(JSON):
        raise InvalidEventError(f"content-type {content_type[:80]!r} is not read: send {JSON}")


def _structured(value: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        whole = from_json(value)
    except ValueError as error:
        raise InvalidEventError(f"the value is not JSON: {_without_values(error)}") from None
    if not isinstance(whole, dict) or whole.get("specversion") != "1.0":
        raise InvalidEventError(
            "not a CloudEvent: send the headers ce_specversion=1.0, ce_id, ce_source and ce_type "
            "with the data as value, or a structured event (content-type "
            "application/cloudevents+json)"
        )
    if "data" not in whole:
        raise InvalidEventError("the structured event has no `data` (data_base64 is not read)")
    return {name: part for name, part in whole.items() if name != "data"}, to_json(whole["data"])


def _payload(topic: Topic, attributes: Mapping[str, Any], data: bytes, limits: Limits) -> Payload:
    type_name = _attribute(attributes, "type")
    expected = topic.payload
    if expected is None:
        raise UnknownEventError(f"{topic.name} carries raw records, not events")
    if type_name != expected.type_name():
        raise UnknownEventError(_unknown(topic, type_name))
    try:
        return expected.model_validate_json(
            data, strict=True, context={"text_max_bytes": limits.text_bytes}
        )
    except ValidationError as error:
        raise InvalidEventError(explain(error)) from None


def _unknown(topic: Topic, type_name: str) -> str:
    assert topic.payload is not None  # noqa: S101 - the caller has looked
    expected = topic.payload.type_name()
    kind, _, version = type_name.removeprefix("warmline.").rpartition(".v")
    if kind == topic.payload.KIND:
        return (
            f"version {version[:20]} of {kind} is unknown: this release reads version "
            f"{_READABLE[kind]}"
        )
    return f"type {type_name[:120]!r} does not belong on {topic.name}: expected {expected!r}"


def explain(error: ValidationError) -> str:
    """At most five faults, as `field: what is wrong`; never the value itself."""
    faults = error.errors(include_input=False, include_url=False)
    shown = []
    for fault in faults[:5]:
        where = ".".join(str(part)[:60] for part in fault["loc"]) or "data"
        what = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "union_tag_invalid":
            what = f"Input should be one of {fault['ctx']['expected_tags']}"
        shown.append(f"{where}: {what[:200]}")
    more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
    return "; ".join(shown) + more


def _check_key(topic: Topic, key: bytes | None, payload: Payload) -> None:
    """Order is kept per key, so a record with another key could be read before its elder."""
    if topic.key_of is None:
        return
    if key is None:
        raise InvalidEventError(f"the record has no key: {topic.name} needs {topic.key_field}")
    if key != topic.key_of(payload).encode():
        raise InvalidEventError(f"the record's key is not its {topic.key_field}")


def _attribute(attributes: Mapping[str, Any], name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 512:
        raise InvalidEventError(f"the CloudEvents attribute `{name}` is missing or not a text")
    return value


def _time(value: Any, received_at: datetime) -> datetime:
    if value is None:
        return received_at
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise InvalidEventError("the CloudEvents attribute `time` is not RFC 3339") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _text(headers: Mapping[str, bytes], name: str) -> str | None:
    content = headers.get(name)
    if content is None:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidEventError(f"the header {name[:60]} is not UTF-8") from None


def _without_values(error: ValueError) -> str:
    return str(error)[:120]
