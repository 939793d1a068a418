"""`up`, `down` and `status` of the servers in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import JARS_CACHE
from warmline.local.stack import Stack

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def warmline(tmp_path: Path) -> Iterator[Command]:
    """The program as a process of its own in an empty folder, where the jars of the checkout are
    used; what it starts there outlives it and is stopped afterwards."""
    (tmp_path / ".warmline").mkdir()
    JARS_CACHE.mkdir(parents=True, exist_ok=True)
    (tmp_path / ".warmline" / "cache").symlink_to(JARS_CACHE)
    environment = {name: value for name, value in os.environ.items() if "WARMLINE" not in name}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[3])

    def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "warmline.cli", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    yield command
    Stack(tmp_path / ".warmline").down()


def test_what_up_has_started_is_found_by_the_other_commands_and_stopped_by_down(
    warmline: Command,
) -> None:
    assert warmline("status").returncode == 1
    up = warmline("up")
    assert up.returncode == 0, up.stderr
    status = warmline("status", "--json")
    assert status.returncode == 0
    addresses = json.loads(status.stdout)
    assert warmline("topics", "list").returncode == 0
    doctor = {check["name"]: check for check in json.loads(warmline("doctor", "--json").stdout)}
    assert addresses["kafka"]["bootstrap"] in doctor["Kafka"]["found"]
    assert addresses["redis"]["url"] in doctor["Redis"]["found"]
    assert "Stopped" in warmline("down").stderr
    assert warmline("status").returncode == 1
