"""The program as a whole: help, errors, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from warmline.cli import checks
from warmline.cli.app import run

_SLOW = ("kafka", "redis", "yaml", "faust", "aiokafka", "numpy", "sklearn", "fastapi")


def test_help_loads_no_slow_library() -> None:
    code = (
        "import sys; from warmline.cli.app import run; "
        "code = run(['topics', '--help']); "
        f"print(code, [name for name in {_SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for word in ("up", "down", "status", "topics", "publish", "tail", "dead-letters", "doctor"):
        assert f" {word} " in shown
    assert "Exit codes:" in shown


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("warmline 0.")


def test_wrong_use_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tail", "inquirys"]) == 2
    assert "one of" in capsys.readouterr().err
    assert run(["dead-letters", "replay"]) == 2
    assert run(["dead-letters", "replay", "0:1", "--all"]) == 2
    assert run(["nonsense"]) == 2


def test_kafka_out_of_reach_is_one_line_and_exits_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warmline.cli.topics.TIMEOUT_S", 0.3)
    assert run(["topics", "list", "--bootstrap", "127.0.0.1:1"]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: Kafka at 127.0.0.1:1 does not answer")
    assert "warmline doctor" in line


def test_an_unusable_address_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["topics", "list", "--bootstrap", "kafka:port"]) == 1
    assert "'kafka:port' is no address of Kafka: give host:port" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["publish", "no-such-file.csv"]) == 1
    assert (
        capsys.readouterr().err
        == "Error: cannot read no-such-file.csv: No such file or directory\n"
    )


def test_a_fault_of_ours_is_told_without_a_traceback_unless_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[checks.Check]:
        raise ZeroDivisionError

    monkeypatch.setattr(checks, "python", broken)
    assert run(["doctor"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: unexpected ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        run(["--debug", "doctor"])


def test_without_the_extra_the_program_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise ModuleNotFoundError('typer')\n")
    done = subprocess.run(
        [sys.executable, "-m", "warmline.cli"],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.getcwd()}"},  # noqa: PTH109
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "The command line needs more packages: pip install 'warmline[cli]'\n"
