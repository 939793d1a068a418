"""`warmline asyncapi` prints, writes and checks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from warmline.cli.app import run


def test_it_prints_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asyncapi"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["asyncapi"] == "3.0.0"


def test_it_writes_what_it_checks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asyncapi", "--check", str(tmp_path)]) == 1
    assert run(["asyncapi", "--write", str(tmp_path)]) == 0
    assert run(["asyncapi", "--check", str(tmp_path)]) == 0
    (tmp_path / "asyncapi.yaml").write_text("old")
    capsys.readouterr()
    assert run(["asyncapi", "--check", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "asyncapi.yaml is not current: run `warmline asyncapi --write" in said


def test_a_folder_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["asyncapi", "--check", "nowhere"]) == 1
    assert "nowhere is no folder" in capsys.readouterr().err
