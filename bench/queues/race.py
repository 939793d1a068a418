"""The engine beside the job queues that people use: add, take, finish, on one Redis, by turns.

Each is given the concurrencies of its row in CANDIDATES, and its best one counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bench.queues.engine_subject import TEAM

OTHERS = Path(__file__).parent / "others"
FOLDER = Path(".warmline/bench-queues")
DEADLINE_S = 180.0


@dataclass(frozen=True)
class Candidate:
    """`add` and `take` are concurrencies to try; `share` is how many of the jobs it gets, so that a
    slow one takes no longer than the rest; `role` is what takers are told to do."""

    name: str
    command: tuple[str, ...]
    add: tuple[int, ...]
    take: tuple[int, ...]
    share: float = 1.0
    role: str = "take"


def candidates() -> list[Candidate]:
    python = str(FOLDER / "venv" / "bin" / "python")
    ours = (sys.executable, "-m", "bench.queues.engine_subject")
    return [
        Candidate("warmline", ours, (1, 500), (32, 128)),
        Candidate("warmline_accepting", ours, (500,), (32, 128), role="accept"),
        Candidate("bullmq", ("node", str(FOLDER / "node" / "bullmq.mjs")), (1, 500), (50, 200)),
        Candidate(
            "saq", (python, "-m", "bench.queues.others.saq_subject"), (1, 50), (10, 100), 0.3
        ),
        Candidate(
            "arq", (python, "-m", "bench.queues.others.arq_subject"), (1, 50), (10, 100), 0.3
        ),
        Candidate("rq", (python, "-m", "bench.queues.others.rq_subject"), (1, 500), (1,), 0.1),
    ]


def install() -> None:
    """The other queues, each in an environment of its own; from their locks."""
    venv, node = FOLDER / "venv", FOLDER / "node"
    if not (venv / "done").exists():
        _run([sys.executable, "-m", "venv", "--clear", str(venv)])
        _run([str(venv / "bin/pip"), "install", "-q", "--require-hashes", "-r",
              str(OTHERS / "requirements.txt")])  # fmt: skip
        (venv / "done").touch()
    node.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "bullmq.mjs"):
        (node / name).write_bytes((OTHERS / name).read_bytes())
    if not (node / "node_modules").exists():
        _run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=node)


def _run(command: list[str], cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, stdin=subprocess.DEVNULL)


@dataclass(frozen=True)
class Run:
    """`per_s` counts all processes together, from the start to the last job done. Processor time does
    not depend on what else the machine does, so it is told beside it."""

    per_s: int
    subject_us: int
    redis_us: int

    def told(self) -> dict[str, int]:
        return {"per_s": self.per_s, "cpu_us": self.subject_us, "redis_cpu_us": self.redis_us}


def run_subjects(url: str, commands: Sequence[Sequence[str]], total: int) -> Run:
    """Starts the processes, lets them begin together, and ends them when `total` jobs are done."""
    environment = {**os.environ, "REDIS_URL": url}
    processes = [
        subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        for process in processes:
            _wait_ready(process)
        cpu, redis_cpu = _cpu_s(processes), _redis_cpu_s(url)
        started = time.time()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        took_s = _last_done(processes, total) - started
        return Run(
            per_s=round(total / took_s),
            subject_us=round((_cpu_s(processes) - cpu) / total * 1e6),
            redis_us=round((_redis_cpu_s(url) - redis_cpu) / total * 1e6),
        )
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.stdout.close()


def _cpu_s(processes: Sequence[subprocess.Popen[bytes]]) -> float:
    """Processor seconds of processes that still run."""
    fields = [
        Path(f"/proc/{each.pid}/stat").read_text().rsplit(")", 1)[1].split() for each in processes
    ]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def _redis_cpu_s(url: str) -> float:
    with Redis.from_url(url) as client:
        used: Any = client.info("cpu")
    return float(used["used_cpu_user"] + used["used_cpu_sys"])


def _wait_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == b"ready":
            return
    raise RuntimeError(f"{process.args!r} ended before it began")


def _last_done(processes: list[subprocess.Popen[bytes]], total: int) -> float:
    """When the last of `total` was done. Reads each subject's counts without blocking on one."""
    counts = dict.fromkeys(range(len(processes)), (0, 0.0))
    buffers = [b""] * len(processes)
    for process in processes:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
    deadline = time.monotonic() + DEADLINE_S
    while sum(count for count, _ in counts.values()) < total:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{processes[0].args!r}: only {counts} of {total} done")
        time.sleep(0.05)
        for index, process in enumerate(processes):
            assert process.stdout is not None
            buffers[index] += _read(process.stdout.fileno())
            *lines, buffers[index] = buffers[index].split(b"\n")
            for line in lines:
                if line.startswith(b"{"):
                    told = json.loads(line)
                    counts[index] = (told["count"], told["at"])
    return max(at for _, at in counts.values())


def _read(stream: int) -> bytes:
    try:
        return os.read(stream, 65536)
    except BlockingIOError:
        return b""


def race(url: str, candidate: Candidate, processes: int, jobs: int) -> dict[str, Any]:
    """Adds and then takes all jobs, at every concurrency; the rates of each."""
    count = max(200, round(jobs * candidate.share)) // processes * processes
    each = str(count // processes)
    added: dict[int, Run] = {}
    taken: dict[int, Run] = {}
    for round_number in range(max(len(candidate.add), len(candidate.take))):
        add = candidate.add[round_number % len(candidate.add)]
        take = candidate.take[round_number % len(candidate.take)]
        with Redis.from_url(url) as client:
            client.flushall()
        command = (*candidate.command, "add", each, str(add))
        added[add] = run_subjects(url, [command] * processes, count)
        takers = [
            (
                *candidate.command,
                candidate.role,
                str(number * (TEAM // processes)),
                str(take // processes or 1),
            )
            for number in range(processes)
        ]
        taken[take] = run_subjects(url, takers, count)
    return {
        "jobs": count,
        "add": {str(each): run.told() for each, run in added.items()},
        "take_and_finish": {str(each): run.told() for each, run in taken.items()},
        "add_best_per_s": max(run.per_s for run in added.values()),
        "take_and_finish_best_per_s": max(run.per_s for run in taken.values()),
    }
