"""The program, run as a person or a script runs it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from warmline.cli.app import run
from warmline.client.broker import Broker
from warmline.client.provisioning import apply


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Warmline = Callable[..., Ran]


@pytest.fixture
def warmline(
    kafka: str,
    unique_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Warmline:
    """Runs a command against the tests' Kafka with a prefix of its own; `stdin` is what is piped in."""
    monkeypatch.setenv("WARMLINE_KAFKA_BOOTSTRAP", kafka)
    monkeypatch.setenv("WARMLINE_TOPIC_PREFIX", f"{unique_name}.")

    def command(*arguments: str, stdin: bytes = b"") -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))
        code = run(arguments)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return command


@pytest.fixture
def prefix(kafka: str, unique_name: str) -> str:
    """The prefix that `warmline` uses, with its topics in place."""
    prefix = f"{unique_name}."
    apply(Broker(kafka), prefix, partitions=2)
    return prefix
