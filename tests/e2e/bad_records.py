"""Every way in which a record on `inquiries` can be wrong, and what its dead letter must say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PRIVATE = "sesame-0815"
"""Stands in every bad record; customers' words must not get into a reason."""

_MIB = 1024 * 1024

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Bad:
    """A record as it is written. `says`: what the reason must contain, for a person to understand."""

    key: bytes | None
    value: bytes | None
    headers: Headers
    says: str


@dataclass(frozen=True)
class Kind:
    """`at_most`: how many of them a disk can bear."""

    make: Callable[[int], Bad]
    at_most: int = 100_000


def headers(number: int, **changed: bytes | None) -> Headers:
    """As a well-behaved client sets them; a header that is changed to None is left out."""
    good: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": f"e{number}".encode(),
        "ce_source": b"/shop",
        "ce_type": b"warmline.inquiry.v1",
        "content-type": b"application/json",
    }
    return [(name, value) for name, value in (good | changed).items() if value is not None]


def data(number: int, **changed: Any) -> dict[str, Any]:
    """As a well-behaved client writes it; a field that is changed to None is left out."""
    good = {
        "inquiry_id": f"bad-{number}",
        "conversation_id": f"c{number}",
        "customer_id": "k1",
        "text": f"Where is my refund? {PRIVATE}",
    }
    return {name: value for name, value in (good | changed).items() if value is not None}


def _value(says: str, **changed: Any) -> Kind:
    """Well-formed, but the data breaks the contract."""

    def make(number: int) -> Bad:
        value = json.dumps(data(number, **changed)).encode()
        return Bad(f"c{number}".encode(), value, headers(number), says)

    return Kind(make)


def _raw(says: str, value: bytes | None) -> Kind:
    """The value is `value`, whatever the headers promise."""
    return Kind(lambda number: Bad(f"c{number}".encode(), value, headers(number), says))


def _headers(says: str, **changed: bytes | None) -> Kind:
    def make(number: int) -> Bad:
        value = json.dumps(data(number)).encode()
        return Bad(f"c{number}".encode(), value, headers(number, **changed), says)

    return Kind(make)


def _key(says: str, key: bytes | None) -> Kind:
    return Kind(lambda n: Bad(key, json.dumps(data(n)).encode(), headers(n), says))


def _structured(says: str, **changed: Any) -> Kind:
    def make(number: int) -> Bad:
        whole = {"specversion": "1.0", "id": f"e{number}", "source": "/shop", **changed}
        value = json.dumps({**whole, "note": PRIVATE}).encode()
        return Bad(
            f"c{number}".encode(), value, [("content-type", b"application/cloudevents+json")], says
        )

    return Kind(make)


def _without_headers() -> Kind:
    return Kind(
        lambda number: Bad(
            f"c{number}".encode(),
            json.dumps(data(number)).encode(),
            [],
            "not a CloudEvent: send the headers ce_specversion=1.0",
        )
    )


def _a_mebibyte(number: int) -> Bad:
    value = json.dumps(data(number, text="x" * _MIB)).encode()
    return Bad(
        f"c{number}".encode(),
        value,
        headers(number),
        f"the record has {len(value)} bytes, the limit",
    )


_SURROGATE = f'{{"inquiry_id": "b", "text": "{PRIVATE} \\ud83d"}}'.encode()
_CESU_8 = f'{{"inquiry_id": "b", "text": "{PRIVATE} '.encode() + b'\xed\xa0\xbd"}'
_LATIN_1 = f'{{"inquiry_id": "b", "text": "{PRIVATE} Rückzahlung"}}'.encode("latin-1")

KINDS: dict[str, Kind] = {
    "broken JSON": _raw("Invalid JSON", f'{{"inquiry_id": "b", "text": "{PRIVATE}'.encode()),
    "no JSON at all": _raw("Invalid JSON", f"Where is my refund? {PRIVATE}".encode()),
    "a list": _raw("Input should be an object", f'["{PRIVATE}"]'.encode()),
    "nested without end": _raw("recursion limit", b"[" * 2000),
    "half a surrogate pair": _raw("Invalid JSON", _SURROGATE),
    "half a surrogate pair in UTF-8": _raw("Invalid JSON: invalid unicode code point", _CESU_8),
    "not UTF-8": _raw("Invalid JSON: invalid unicode code point", _LATIN_1),
    "zeros": _raw("Invalid JSON", b"\x00" * 64),
    "no value": _raw("the record has no value", None),
    "text is a number": _value("text: Input should be a valid string", text=7),
    "text is a list": _value("text: Input should be a valid string", text=[PRIVATE]),
    "wish is a text": _value("wants_person: Input should be a valid boolean", wants_person="yes"),
    "unknown channel": _value("channel: Input should be 'chat', 'web'", channel="pigeon"),
    "empty text": _value("text: the text is empty", text=""),
    "blank text": _value("text: the text is empty", text=" \n\t\u2003"),
    "text too long": _value("the text has 40960 bytes, the limit is 32768", text="é" * 20480),
    "not a finite number": _value("Input should be a finite number", attributes={"n": float("nan")}),
    "blank in an id": _value("inquiry_id: String should match pattern", inquiry_id=f"a {PRIVATE}"),
    "no customer": _value("customer_id: Field required", customer_id=None),
    "misspelt field": _value("txet: Extra inputs are not permitted", txet=PRIVATE),
    "no key": _key("the record has no key: inquiries needs conversation_id", None),
    "wrong key": _key("the record's key is not its conversation_id", PRIVATE.encode()),
    "no headers": _without_headers(),
    "no type": _headers("the CloudEvents attribute `type` is missing", ce_type=None),
    "no id": _headers("the CloudEvents attribute `id` is missing", ce_id=None),
    "id is not UTF-8": _headers("the header ce_id is not UTF-8", ce_id=b"\xff\xfe"),
    "time is no time": _headers("`time` is not RFC 3339", ce_time=b"yesterday"),
    "CloudEvents 0.3": _headers("ce_specversion must be 1.0", ce_specversion=b"0.3"),
    "version 2": _headers(
        "version 2 of inquiry is unknown: this release reads version 1",
        ce_type=b"warmline.inquiry.v2",
    ),
    "another kind": _headers(
        "type 'warmline.reply.v1' does not belong on inquiries: expected 'warmline.inquiry.v1'",
        ce_type=b"warmline.reply.v1",
    ),
    "XML": _headers("content-type 'text/xml' is not read: send application/json", **{
        "content-type": b"text/xml"
    }),
    "structured without data": _structured("the structured event has no `data`"),
    "structured without type": _structured("attribute `type` is missing", data=data(0)),
    "1 MiB text": Kind(_a_mebibyte, at_most=20),
}  # fmt: skip


def bad_records(count: int) -> list[Bad]:
    """All kinds by turns; the rare ones stop early and the others go on."""
    made: list[Bad] = []
    each = 0
    while len(made) < count:
        made += [kind.make(len(made)) for kind in KINDS.values() if each < kind.at_most]
        each += 1
    return made[:count]
