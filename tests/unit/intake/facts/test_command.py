from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from warmline.cli.app import run

Capture = pytest.CaptureFixture[str]


def facts_of(line: str) -> list[tuple[str, Any]]:
    return [(fact["kind"], fact["value"]) for fact in json.loads(line)["facts"]]


def test_each_line_keeps_its_fields_and_gains_facts(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(
        '{"id": 7, "text": "paid £20 on 28/04/2026", "language": "en", "extra": {"a": [1]}}\n'
        "\n"
        '{"text": "gestern 1.299 €", "locale": "de-DE", "received_at": "2026-11-22T10:00:00Z"}\n'
        '{"text": "on 4/5/2026", "locale": "en-US"}\n'
        '{"text": "hello"}\n',
        encoding="utf-8",
    )
    assert run(["facts", "--file", str(file), "--format", "jsonl"]) == 0
    first, second, third, fourth = capsys.readouterr().out.splitlines()
    assert {**json.loads(first), "facts": None} == {
        "id": 7,
        "text": "paid £20 on 28/04/2026",
        "language": "en",
        "extra": {"a": [1]},
        "facts": None,
    }
    assert facts_of(first) == [
        ("amount", {"value": "20.00", "currency": "GBP"}),
        ("date", "2026-04-28"),
    ]
    assert facts_of(second) == [
        ("date", "2026-11-21"),
        ("amount", {"value": "1299.00", "currency": "EUR"}),
    ]
    assert facts_of(third) == [("date", "2026-04-05")]
    assert facts_of(fourth) == []


def test_bad_lines_are_told_by_number_and_the_good_ones_written(
    tmp_path: Path, capsys: Capture
) -> None:
    lines = [
        b"{oops",
        b'{"text": "on 28/4"}',
        b'{"x": 1}',
        b"[1]",
        b'{"text": 5}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b'{"text": "' + b"x" * 33_000 + b'"}',
        b'{"text": "fine", "other": "\\ud800"}',
    ]
    file = tmp_path / "in.jsonl"
    file.write_bytes(b"\n".join(lines))
    assert run(["facts", "--file", str(file), "--format", "jsonl"]) == 1
    shown = capsys.readouterr()
    assert [json.loads(line)["text"] for line in shown.out.splitlines()] == ["on 28/4", "fine"]
    told = [line.removeprefix(f"Error: {file}:") for line in shown.err.splitlines()]
    assert [line.partition(" ")[0] for line in told] == ["1:", "3:", "4:", "5:", "6:", "7:", "8:"]
    assert "the limit is 32768" in told[-1]


def test_a_text_is_shown_as_a_table(capsys: Capture) -> None:
    arguments = ["facts", "pl 44913 gestern [bold]", "--company", "examples/paylater"]
    assert run([*arguments, "--language", "de", "--today", "2026-11-22"]) == 0
    shown = capsys.readouterr().out
    assert "PL-44913" in shown
    assert "2026-11-21" in shown


def test_standard_input_is_a_file(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b'{"text": "a@example.com"}'))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(["facts", "--file", "-", "--format", "jsonl"]) == 0
    assert facts_of(capsys.readouterr().out) == [("email", "a@example.com")]


def test_wrong_use_is_refused(tmp_path: Path, capsys: Capture) -> None:
    assert run(["facts"]) == 2
    assert run(["facts", "a", "--file", "b"]) == 2
    assert run(["facts", "--file", str(tmp_path / "none")]) == 1
    assert "cannot read" in capsys.readouterr().err


def test_hard_texts_have_exactly_these_facts_in_normal_form(capsys: Capture) -> None:
    """One line per text, with the locale of its writer; half of them only look like facts."""
    file = Path(__file__).parent / "acceptance.jsonl"
    assert run(["facts", "--file", str(file), "--format", "jsonl"]) == 0
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(read) >= 200
    wrong = [
        (line["text"], line["facts"])
        for line in read
        if [{"kind": one["kind"], "value": one["value"]} for one in line["facts"]]
        != line["expected"]
    ]
    assert wrong == []
