"""Processes that are started, found again and stopped by nobody but their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import eventually
from warmline.local.processes import Process

_SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
_DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('up', flush=True); time.sleep(60)",
]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    process = Process("sleeper", _SLEEP, tmp_path)
    process.start()
    eventually(lambda: "up" in process.log_tail())
    yield process
    process.kill()


def test_a_started_process_runs(sleeper: Process) -> None:
    assert sleeper.alive
    assert sleeper.exit_code is None


def test_a_stopped_process_is_gone_and_was_asked_to_go(sleeper: Process) -> None:
    sleeper.stop()
    assert not sleeper.alive
    assert sleeper.exit_code == -signal.SIGTERM


def test_a_second_start_keeps_the_running_process(sleeper: Process) -> None:
    assert sleeper.start() == sleeper.pid


def test_a_restart_is_another_process(sleeper: Process) -> None:
    before = sleeper.pid
    assert sleeper.restart() != before
    assert sleeper.alive


def test_a_later_command_finds_and_stops_the_process(sleeper: Process) -> None:
    found = Process("sleeper", _SLEEP, sleeper.folder)
    assert found.pid == sleeper.pid
    found.stop()
    assert not sleeper.alive


def test_a_pid_that_now_belongs_to_another_is_left_alone(sleeper: Process, tmp_path: Path) -> None:
    stale = Process("stale", _SLEEP, tmp_path)
    entry = json.loads(sleeper.pid_file.read_text())
    stale.pid_file.write_text(json.dumps({**entry, "started_ticks": entry["started_ticks"] - 1}))
    assert stale.pid is None
    stale.stop()
    stale.kill()
    assert sleeper.alive


def test_a_process_that_is_killed_from_outside_is_seen_as_ended(sleeper: Process) -> None:
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGKILL)
    eventually(lambda: not sleeper.alive)
    assert sleeper.exit_code == -signal.SIGKILL


def test_one_that_ignores_the_request_to_stop_is_killed(tmp_path: Path) -> None:
    deaf = Process("deaf", _DEAF, tmp_path)
    deaf.start()
    eventually(lambda: "up" in deaf.log_tail())
    deaf.stop(timeout_s=0.1)
    assert deaf.exit_code == -signal.SIGKILL


def test_stopping_what_never_ran_does_nothing(tmp_path: Path) -> None:
    Process("never", _SLEEP, tmp_path).stop()


@pytest.mark.parametrize("content", ["", "123", "[]", '{"pid": 1}', '{"pid": null}'])
def test_a_damaged_pid_file_counts_as_not_running(tmp_path: Path, content: str) -> None:
    process = Process("damaged", _SLEEP, tmp_path)
    process.pid_file.write_text(content)
    assert process.pid is None


def test_environment_and_folder_reach_the_process(tmp_path: Path) -> None:
    show = "import os; print(os.environ['GREETING'], os.getcwd())"
    process = Process(
        "shown", [sys.executable, "-c", show], tmp_path, env={"GREETING": "hello"}, cwd=tmp_path
    )
    process.start()
    eventually(lambda: process.exit_code == 0)
    assert process.log_tail() == f"hello {tmp_path}"


def test_a_signal_to_our_own_group_does_not_reach_the_process(sleeper: Process) -> None:
    assert sleeper.pid is not None
    assert os.getsid(sleeper.pid) == sleeper.pid != os.getsid(0)


def test_a_process_can_be_told_to_end_with_its_parent(tmp_path: Path) -> None:
    start = (
        "import sys; from pathlib import Path; from warmline.local.processes import Process;"
        f"Process('child', {_SLEEP!r}, Path(sys.argv[1]), die_with_parent=True).start();"
        "import os, signal, time; time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", start, str(tmp_path)])
    child = Process("child", _SLEEP, tmp_path)
    eventually(lambda: "up" in child.log_tail())
    assert child.alive
    parent.kill()
    parent.wait()
    eventually(lambda: not child.alive)
