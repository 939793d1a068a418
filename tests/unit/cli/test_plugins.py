"""Commands that other packages bring."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

from warmline.cli.app import run

Install = Callable[[str, str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one command on the path: its name, what it names, the module's code."""

    def write(name: str, target: str, code: str) -> None:
        (tmp_path / "someones_commands.py").write_text(code)
        info = tmp_path / "someones_commands-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: someones-commands\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(f"[warmline.commands]\n{name} = {target}\n")
        importlib.invalidate_caches()

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "someones_commands", raising=False)
    return write


def test_a_function_becomes_a_command(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install("greet", "someones_commands:greet", 'def greet(name: str):\n    print("hello", name)\n')
    assert run(["greet", "Ada"]) == 0
    assert capsys.readouterr().out == "hello Ada\n"
    run(["--help"])
    assert "greet" in capsys.readouterr().out


def test_a_typer_app_becomes_a_group(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(
        "greetings",
        "someones_commands:app",
        "import typer\napp = typer.Typer(no_args_is_help=True)\n"
        "@app.command()\ndef morning():\n    print('good morning')\n"
        "@app.command()\ndef evening():\n    print('good evening')\n",
    )
    assert run(["greetings", "evening"]) == 0
    assert capsys.readouterr().out == "good evening\n"


def test_a_command_whose_packages_are_missing_says_so(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("fit", "someones_commands:fit", "import no_such_library\n")
    assert run(["fit", "--any", "option"]) == 1
    said = capsys.readouterr().err
    assert "`warmline fit` needs no_such_library" in said
    assert "pip install" in said


def test_a_command_of_ours_is_not_replaced(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("doctor", "someones_commands:doctor", "def doctor():\n    print('quack')\n")
    run(["--help"])
    run(["doctor", "--help"])
    assert "quack" not in capsys.readouterr().out


def test_a_command_that_imports_late_says_what_is_missing(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    install("fit", "someones_commands:fit", "def fit():\n    import no_such_library\n")
    assert run(["fit"]) == 1
    assert "needs the package no_such_library" in capsys.readouterr().err
