"""`warmline demo` as a person at a terminal uses it, on servers of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import JARS_CACHE, eventually
from warmline.demo.company import SAMPLE_COMPANY, SAMPLE_INQUIRIES

_TIMEOUT_S = 240
_INQUIRIES = 40


@pytest.fixture
def folder(tmp_path: Path, model: Path) -> Path:
    """Where the command is called: jars and model are there already, nothing else is."""
    warmline = tmp_path / ".warmline"
    warmline.mkdir()
    (warmline / "cache").symlink_to(JARS_CACHE)
    (warmline / "models").symlink_to(model.parent)
    lines = (SAMPLE_COMPANY / SAMPLE_INQUIRIES).read_text().splitlines()[:_INQUIRIES]
    (tmp_path / "some.jsonl").write_text("\n".join([*lines, '{"text": ""}']))
    return tmp_path


def _start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    with (folder / "steps").open("w") as steps:
        return subprocess.Popen(
            [sys.executable, "-m", "warmline.cli", "demo", *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=steps,
            text=True,
            start_new_session=True,
        )


def _until_publishing(folder: Path, command: subprocess.Popen[str]) -> None:
    def begun() -> bool:
        said = (folder / "steps").read_text()
        assert command.poll() is None, said
        return re.search(r"published [1-9]", said) is not None

    eventually(begun, timeout_s=_TIMEOUT_S)


def _pids(folder: Path) -> dict[str, int]:
    """Of everything that was started from this folder, by name."""
    files = [*folder.glob(".warmline/logs/*.pid"), *folder.glob(".warmline/[kr]*/*.pid")]
    return {file.stem: json.loads(file.read_text())["pid"] for file in files}


def _running(pids: dict[str, int]) -> list[str]:
    return [name for name, pid in pids.items() if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def publishing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A demonstration in full swing that would not end soon by itself."""
    command = _start(folder, "some.jsonl", "--rate", "0.2")
    try:
        _until_publishing(folder, command)
        yield command
    finally:
        if command.poll() is None:
            os.killpg(command.pid, signal.SIGKILL)
        command.communicate()


def test_every_inquiry_ends_exactly_once_though_services_are_killed(folder: Path) -> None:
    command = _start(folder, "some.jsonl", "--rate", "5")
    steps = folder / "steps"
    _until_publishing(folder, command)
    pids = _pids(folder)
    for name in ("router", "agents-worker"):
        os.kill(pids[name], signal.SIGKILL)
    summary, _ = command.communicate(timeout=_TIMEOUT_S)
    assert command.returncode == 0, summary + steps.read_text()
    assert "router ended (code -9) and is started again" in steps.read_text(), steps.read_text()
    assert "line 41: text: the text is empty" in steps.read_text()
    line = re.search(
        r"^(\d+) published = (\d+) answered \+ (\d+) handed off \+ (\d+) abandoned "
        r"\+ 0 dead-lettered, lost 0, duplicated 0$",
        summary,
        re.MULTILINE,
    )
    assert line, summary
    published, answered, handed_off, abandoned = (int(number) for number in line.groups())
    assert answered + handed_off + abandoned == published
    assert published >= _INQUIRIES, "simulated customers also answer the questions of the bot"
    assert handed_off > 0
    assert "wishes for a person kept" in summary
    assert "Answered with facts from the company's order system" in summary
    assert "PL-66188" in summary
    assert _running(_pids(folder)) == []


def test_after_ctrl_c_nothing_is_left_running(
    folder: Path, publishing: subprocess.Popen[str]
) -> None:
    pids = _pids(folder)
    assert len(_running(pids)) == 9
    publishing.send_signal(signal.SIGINT)
    assert publishing.wait(60) == 130
    assert _running(pids) == []


def test_not_even_a_kill_leaves_anything_running(
    folder: Path, publishing: subprocess.Popen[str]
) -> None:
    pids = _pids(folder)
    publishing.kill()
    publishing.wait()
    eventually(lambda: _running(pids) == [], timeout_s=60)


def test_a_service_that_cannot_start_is_told_with_the_end_of_its_log(
    folder: Path, model: Path, tmp_path: Path
) -> None:
    models = folder / ".warmline" / "models"
    models.unlink()
    (models / model.name).mkdir(parents=True)  # a model without content
    command = _start(folder, "some.jsonl")
    command.communicate(timeout=_TIMEOUT_S)
    said = (tmp_path / "steps").read_text()
    assert command.returncode == 3, said
    assert "router cannot run: it ended with code 78" in said
    assert "warmline: cannot start:" in said
    assert _running(_pids(folder)) == []
