"""`warmline data check`: each fault is found where it stands, and a clean file passes."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.router.check_data import app
from services.router.triage.dataset import Example
from services.router.triage.label_errors import suspects
from services.router.triage.personal import personal_data

from .conftest import small_set


def write(path: Path, rows: Sequence[Example], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Example._fields)
        writer.writerows(rows)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def found(*files: Path) -> tuple[int, list[dict[str, Any]]]:
    result = run(*map(str, files), "--no-labels", "--json")
    return result.exit_code, json.loads(result.stdout)["findings"]


def kinds(findings: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(finding["kind"], finding["severity"]) for finding in findings}


def test_a_clean_file_has_no_finding(tmp_path: Path) -> None:
    assert found(write(tmp_path / "a.csv", small_set())) == (0, [])


def test_the_same_words_under_two_topics_are_a_conflict_with_both_lines(tmp_path: Path) -> None:
    rows = [*small_set(), Example("What about my REFUND?", "late_fee", "en")]
    code, findings = found(write(tmp_path / "a.csv", rows))
    (conflict,) = findings
    assert code == 1
    assert conflict["kind"] == "conflicting labels"
    assert [place["line"] for place in conflict["places"]] == [2, len(rows) + 1]


def test_repeated_words_are_a_warning_only(tmp_path: Path) -> None:
    code, findings = found(write(tmp_path / "a.csv", [*small_set(), small_set()[0]]))
    assert (code, kinds(findings)) == (0, {("duplicates", "warning")})


def test_the_same_words_in_two_files_leak(tmp_path: Path) -> None:
    rows = small_set()
    train = write(tmp_path / "train.csv", rows)
    test = write(tmp_path / "test.csv", [rows[0]._replace(text="about my refund, what 2?")])
    code, findings = found(train, test)
    assert (code, kinds(findings)) == (1, {("leakage", "error")})
    assert {place["file"] for place in findings[0]["places"]} == {"train.csv", "test.csv"}


def test_a_split_column_is_watched_for_leaks_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [(*row, "train") for row in small_set()] + [(*small_set()[0], "test")]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([(*Example._fields, "split"), *rows])
    code, findings = found(path)
    assert (code, kinds(findings)) == (1, {("leakage", "error")})


def test_a_faulty_file_hides_nothing_of_the_others(tmp_path: Path) -> None:
    rows = small_set()
    train = write(tmp_path / "train.csv", [*rows, Example("", "refund_status", "en")])
    spoilt = write(tmp_path / "spoilt.csv", rows, encoding="cp1252")
    test = write(tmp_path / "test.csv", rows[:1])
    code, findings = found(train, spoilt, test)
    assert code == 1
    assert {("unusable lines", "error"), ("encoding", "error"), ("leakage", "error")} <= kinds(
        findings
    )
    leaked = next(one for one in findings if one["kind"] == "leakage")
    assert {"train.csv", "spoilt.csv", "test.csv"} == {one["file"] for one in leaked["places"]}


def test_files_of_one_name_in_two_folders_are_two_splits(tmp_path: Path) -> None:
    for part in ("train", "test"):
        (tmp_path / part).mkdir()
    train = write(tmp_path / "train" / "data.csv", small_set())
    test = write(tmp_path / "test" / "data.csv", small_set()[:1])
    code, findings = found(train, test)
    assert (code, kinds(findings)) == (1, {("leakage", "error")})


def test_topics_with_too_few_texts_or_no_text_in_a_language_are_named(tmp_path: Path) -> None:
    new = [Example(f"close it {word}", "closing", "en") for word in ("now", "today", "please")]
    code, findings = found(write(tmp_path / "a.csv", [*small_set(), *new]))
    assert code == 1
    assert kinds(findings) == {("few texts", "error"), ("languages", "warning")}
    assert "closing has 3" in findings[0]["about"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("fÃ¼r mein Konto", "error"),
        ("it doesnâ€™t work", "error"),
        ("f\ufffdr mein Konto", "error"),
        ("terms &amp; conditions", "error"),
        ("a bell\x07 rings", "warning"),
        ("fu\u0308r mein Konto", "warning"),
    ],
)
def test_signs_of_a_wrong_encoding_are_found(tmp_path: Path, text: str, severity: str) -> None:
    rows = [*small_set(), Example(text, "refund_status", "de")]
    _, findings = found(write(tmp_path / "a.csv", rows))
    assert kinds(findings) == {("encoding", severity)}
    assert findings[0]["places"] == [{"file": "a.csv", "line": len(rows) + 1}]


def test_a_file_in_another_encoding_is_told_with_its_lines(tmp_path: Path) -> None:
    code, findings = found(write(tmp_path / "a.csv", small_set(), encoding="cp1252"))
    assert code == 1
    assert "iconv" in findings[0]["about"]
    assert findings[0]["places"]
    write(tmp_path / "b.csv", small_set(), encoding="utf-16")
    assert "UTF-16" in found(tmp_path / "b.csv")[1][0]["about"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to anna.k@example.com please", "an e-mail address"),
        ("my account is DE89 3704 0044 0532 0130 00 thanks", "a bank account"),
        ("card 4111 1111 1111 1111 was charged", "a card number"),
        ("call me on +49 30 901820", "a phone number"),
        ("ruf mich an: 030 901820", "a phone number"),
    ],
)
def test_personal_data_is_found_and_never_shown(tmp_path: Path, text: str, kind: str) -> None:
    assert list(personal_data(text, "de")) == [kind]
    path = write(tmp_path / "a.csv", [*small_set(), Example(text, "refund_status", "de")])
    result = run(str(path), "--no-labels")
    assert kind in " ".join(result.stdout.split())
    assert text not in result.stdout
    assert result.exit_code == 0


def test_every_kind_of_personal_data_in_a_text_is_named() -> None:
    text = "+49 30 901820, DE89 3704 0044 0532 0130 00, anna.k@example.com"
    assert list(personal_data(text, "de")) == [
        "an e-mail address",
        "a bank account",
        "a phone number",
    ]


@pytest.mark.parametrize(
    "text",
    ["order AB-123456 of 12.03.2026", "invoice 2026000123456789", "pay 49,90 by 2026-12-01"],
)
def test_order_numbers_and_dates_are_no_personal_data(text: str) -> None:
    assert list(personal_data(text, "en")) == []


def test_a_wrong_label_is_suspected_with_what_it_looks_like() -> None:
    rows = small_set()
    at = next(i for i, row in enumerate(rows) if row.text == "where is the password")
    rows[at] = rows[at]._replace(topic="delivery")
    (suspect, *_) = suspects(rows, seed=1)
    assert (suspect.row, suspect.labelled, suspect.looks_like) == (at, "delivery", "password")
    assert suspect.probability > suspect.probability_labelled


def test_the_command_shows_suspected_labels_and_still_succeeds(tmp_path: Path) -> None:
    rows = small_set()
    at = next(i for i, row in enumerate(rows) if row.text == "where is the password")
    rows[at] = rows[at]._replace(topic="delivery")
    result = run(str(write(tmp_path / "a.csv", rows)), "--seed", "1")
    assert "where is the password" in " ".join(result.stdout.split())
    assert result.exit_code == 0


def test_no_file_is_a_clear_error(tmp_path: Path) -> None:
    result = run(str(tmp_path / "none.csv"))
    assert "cannot read" in str(result.exception)
