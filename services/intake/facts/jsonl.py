"""Lines of JSON in, the same lines with their facts out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any, BinaryIO, NamedTuple

from services.intake.facts.found import Conventions, conventions_of
from services.intake.facts.recognise import recognise
from warmline.events.base import TEXT_MAX_BYTES

LINE_MAX_BYTES = 1024 * 1024


class BadLine(NamedTuple):
    """A line that has no facts because it has no text; counts from 1."""

    line: int
    why: str


def lines_of(source: BinaryIO) -> Iterator[bytes]:
    """One that is too long comes as its beginning, a byte over the limit: it is never held in memory."""
    while line := source.readline(LINE_MAX_BYTES + 1):
        yield line
        while len(line) > LINE_MAX_BYTES and not line.endswith(b"\n"):
            line = source.readline(LINE_MAX_BYTES + 1)


def with_facts(
    lines: Iterable[bytes], given: Conventions
) -> Iterator[tuple[int, dict[str, Any]] | BadLine]:
    """Each line's number and fields, with `facts` added; blank lines are left out.

    What `given` leaves open comes from the line: `language`, else `locale`; `market`; and
    `received_at` as the day that "yesterday" counts from.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _read(number, line, given)


def _read(number: int, line: bytes, given: Conventions) -> tuple[int, dict[str, Any]] | BadLine:
    if len(line) > LINE_MAX_BYTES:
        return BadLine(number, f"over {LINE_MAX_BYTES} bytes")
    try:
        fields = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError:
        return BadLine(number, "not UTF-8: save the file as UTF-8")
    except json.JSONDecodeError as error:
        return BadLine(number, f"not JSON: {error.msg} at column {error.colno}")
    except (ValueError, RecursionError) as error:
        return BadLine(number, f"not JSON: {error}")
    if not isinstance(fields, dict):
        return BadLine(number, 'not an object: each line must look like {"text": "…"}')
    text = fields.get("text")
    if not isinstance(text, str):
        return BadLine(number, "text: missing" if text is None else "text: not a string")
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return BadLine(number, "text: holds half of a surrogate pair: send valid Unicode")
    if size > TEXT_MAX_BYTES:
        return BadLine(number, f"text: {size} bytes, the limit is {TEXT_MAX_BYTES}")
    found = recognise(text, _conventions(fields, given))
    return number, {**fields, "facts": [one.as_dict(text) for one in found]}


def _no_constant(name: str) -> Any:
    """What Python would read and write, and no other program could."""
    raise ValueError(f"{name} is no value of JSON: leave it out or write null")


def _conventions(fields: dict[str, Any], given: Conventions) -> Conventions:
    said = conventions_of(*(_text(fields.get(key)) for key in ("language", "locale", "market")))
    return replace(
        given,
        language=given.language or said.language,
        region=given.region or said.region,
        today=given.today or _day(fields.get("received_at")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _day(value: Any) -> date | None:
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None
