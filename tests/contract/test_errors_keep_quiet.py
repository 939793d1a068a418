"""Errors name fields and rules; they never quote what a customer wrote."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.golden import parameters
from warmline import codec
from warmline.errors import ContractError
from warmline.topics import Topic

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_SECRET = "Ruth4711Geheim"  # noqa: S105 - stands for personal data
_WRONG: tuple[Any, ...] = (
    _SECRET,
    f"{_SECRET}\n\x00",
    [_SECRET],
    {_SECRET[:5]: _SECRET},
    {"do": _SECRET, "kind": _SECRET},
)
Path = tuple[str | int, ...]

_every_record = pytest.mark.parametrize(("topic", "record"), parameters())


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    parts = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, part in parts:
        yield from _leaves(part, (*path, name))


def _replaced(value: Any, path: Path, by: Any) -> Any:
    if not path:
        return by
    changed = copy.deepcopy(value)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = by
    return changed


def _error(topic: Topic, record: dict[str, Any], value: bytes) -> str:
    headers = [(name, said.encode()) for name, said in record["binary"]["headers"].items()]
    try:
        codec.decode(topic, record["key"].encode(), value, headers, received_at=_NOW)
    except ContractError as error:
        return str(error)
    return ""


@_every_record
def test_no_error_quotes_a_value(topic: Topic, record: dict[str, Any]) -> None:
    refused = 0
    data = record["binary"]["value"]
    for path in _leaves(data):
        for wrong in _WRONG:
            said = _error(topic, record, json.dumps(_replaced(data, path, wrong)).encode())
            refused += bool(said)
            assert _SECRET not in said, (path, wrong)
    assert refused > len(data)


@_every_record
def test_no_error_quotes_broken_json(topic: Topic, record: dict[str, Any]) -> None:
    whole = json.dumps({**record["binary"]["value"], "text": _SECRET}).encode()
    for cut in range(1, len(whole)):
        said = _error(topic, record, whole[:cut])
        assert said
        assert _SECRET not in said
