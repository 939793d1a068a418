"""Waits until a started server answers, and says why when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable

from warmline.errors import ServerStartError
from warmline.local.processes import Process

_POLL_S = 0.05


def wait_until_ready(process: Process, answers: Callable[[], bool], timeout_s: float) -> None:
    """Returns when `answers()` is true.

    Raises `ServerStartError` with the end of the server's log if the process ends or `timeout_s`
    passes; a process that runs but does not answer is stopped, so that it does not linger.
    """
    deadline = time.monotonic() + timeout_s
    while not answers():
        if not process.alive:
            raise ServerStartError(f"{process.name} ended while starting. {_log_of(process)}")
        if time.monotonic() > deadline:
            process.stop()
            raise ServerStartError(
                f"{process.name} did not answer within {timeout_s:.0f} s. {_log_of(process)}"
            )
        time.sleep(_POLL_S)


def _log_of(process: Process) -> str:
    return f"Its log, {process.log_file}, ends with:\n{process.log_tail()}"
