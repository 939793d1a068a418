from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from services.intake.facts.jsonl import LINE_MAX_BYTES, lines_of
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


def test_a_line_of_any_length_costs_no_memory_and_only_itself(
    tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "in.jsonl"
    sizes = (LINE_MAX_BYTES - 1, LINE_MAX_BYTES, LINE_MAX_BYTES + 1, 5 * LINE_MAX_BYTES + 3)
    lines = [b"x" * size for size in sizes]
    file.write_bytes(b"\n".join([*lines, b'{"text": "on 28/4/2026"}', b"y" * (2 * LINE_MAX_BYTES)]))
    with file.open("rb") as source:
        read = list(lines_of(source))
    assert len(read) == 6
    assert max(map(len, read)) == LINE_MAX_BYTES + 1
    assert run(["facts", "--file", str(file), "--format", "jsonl"]) == 1
    said = capsys.readouterr()
    assert [facts_of(line) for line in said.out.splitlines()] == [[("date", "2026-04-28")]]
    told = said.err.replace("\n", " ")
    for number in (3, 4, 6):
        assert f"in.jsonl:{number}: over {LINE_MAX_BYTES} bytes" in told


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_reads_as_json_is_refused_and_never_written(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, constant: str
) -> None:
    line = f'{{"text": "hello", "score": {constant}}}'.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert run(["facts", "--file", "-", "--format", "jsonl"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"-:1: not JSON: {constant} is no value of JSON" in said.err


def test_broken_json_is_told_by_line_and_column(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'\n{"text": broken}')))
    assert run(["facts", "--file", "-"]) == 1
    assert "-:2: not JSON: Expecting value at column 10" in capsys.readouterr().err


def test_a_language_that_is_none_is_refused(capsys: Capture) -> None:
    assert run(["facts", "am 3.5.", "--language", "klingon"]) == 2
    assert "klingon" in capsys.readouterr().err
    assert run(["facts", "am 3.5.", "--language", "de_DE"]) == 0
