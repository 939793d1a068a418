"""Child processes that outlive a command and that a later command finds again, without mistake."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Runs between fork and the real program. A `preexec_fn` would do the same in a copy of a parent
# that may have threads, and could deadlock. The check of the parent covers one that died early.
_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""

# Running children of this interpreter. A `Popen` that is collected while its program runs on, as is
# intended here, would warn of a forgotten child.
_children: set[subprocess.Popen[bytes]] = set()


@dataclass
class Process:
    """One program in a session of its own, known by a pid file, so that Ctrl-C does not reach it.

    `folder` holds `<name>.pid` and `<name>.log` (appended to). `env` is added to this process's
    environment. With `die_with_parent` the kernel sends SIGTERM when the *thread* that called
    `start` ends, so call it from one that lives long.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    die_with_parent: bool = False
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"

    @property
    def pid(self) -> int | None:
        """The pid of the running program, or None, also if the kernel gave the pid to another."""
        try:
            known = json.loads(self.pid_file.read_text())
            pid, started = int(known["pid"]), int(known["started_ticks"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return pid if _runs_since(pid) == started else None

    @property
    def alive(self) -> bool:
        return self.pid is not None

    @property
    def exit_code(self) -> int | None:
        """As in `subprocess`; None while it runs or if another process started it."""
        child = self._child
        if child is None:
            return None
        if child.returncode is None and _runs_since(child.pid) is None:
            child.wait()
        return child.returncode

    def start(self) -> int:
        """Starts the program unless it runs; returns its pid.

        A program that cannot be run raises OSError or, with `die_with_parent`, ends at once.
        """
        if (running := self.pid) is not None:
            return running
        _reap()
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = list(self.argv)
        if self.die_with_parent:
            argv = [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(os.getpid()), *argv]
        with self.log_file.open("ab") as log:
            child = subprocess.Popen(
                argv,
                env={**os.environ, **self.env},
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._remember(child)
        return child.pid

    def stop(self, timeout_s: float = 15.0) -> None:
        """SIGTERM, and SIGKILL if it is still there after `timeout_s`. Returns when it is gone."""
        if not self._signal_and_wait(signal.SIGTERM, timeout_s):
            self.kill()

    def kill(self) -> None:
        """SIGKILL, without warning, as a crash would be. Returns when it is gone."""
        self._signal_and_wait(signal.SIGKILL, None)

    def restart(self) -> int:
        self.stop()
        return self.start()

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the log for an error message, without Java's stack frames.

        A frame a line would push out the lines that tell the reason.
        """
        try:
            written = self.log_file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return "(no log)"
        telling = [line for line in written if not line.startswith("\tat ")]
        return "\n".join(telling[-lines:]) or "(empty log)"

    def _signal_and_wait(self, number: signal.Signals, timeout_s: float | None) -> bool:
        """Whether nothing of ours runs any more; False after `timeout_s`.

        The pidfd is opened before the identity is checked: from then on the signal goes to that
        very process or to none, whatever the kernel does with the pid.
        """
        pid = self.pid
        if pid is None:
            return True
        try:
            pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            if self.pid != pid:
                return True
            signal.pidfd_send_signal(pidfd, number)
            return _ended(pidfd, timeout_s)
        except ProcessLookupError:
            return True
        finally:
            os.close(pidfd)
            _reap()

    def _remember(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child
        _children.add(child)
        _, started = _state(child.pid)
        unfinished = self.pid_file.with_suffix(".pid.new")
        unfinished.write_text(json.dumps({"pid": child.pid, "started_ticks": started}))
        unfinished.replace(self.pid_file)


def _reap() -> None:
    """All that have ended, since one may have been stopped through another `Process` of its name."""
    for child in list(_children):
        if child.poll() is not None:
            _children.discard(child)


def _ended(pidfd: int, timeout_s: float | None) -> bool:
    """Waits for the end of any process, child or not; False if `timeout_s` passed first."""
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    return bool(waiting.poll(None if timeout_s is None else timeout_s * 1000))


def _state(pid: int) -> tuple[str, int]:
    """The state letter of proc(5) and the start time in clock ticks since boot.

    Raises FileNotFoundError or ProcessLookupError if there is no such process.
    """
    stat = Path(f"/proc/{pid}/stat").read_text()
    # The name in brackets may hold anything, so count the fields behind it (the state is the 3rd).
    fields = stat.rpartition(")")[2].split()
    return fields[0], int(fields[19])


def _runs_since(pid: int) -> int | None:
    """The start time of a running process; None if it has ended, reaped or not."""
    try:
        state, started = _state(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else started
