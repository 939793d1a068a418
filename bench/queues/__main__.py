"""`python -m bench.queues`: the queue engine on a Redis (and a Kafka) of its own; JSON on the last line."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from bench.queues import latency, race, scale, scripts
from tests.servers import running_kafka, running_redis

PARTS = ("scripts", "race", "scale", "latency")
PROCESSES = (1, 4)
PYTHON_QUEUES = ("saq", "arq", "rq")


def measure_scripts(folder: Path, rounds: int) -> dict[str, Any]:
    """From one process and from four, one call at a time and 64 together."""
    found: dict[str, Any] = {}
    with running_redis(folder) as redis:
        for processes in PROCESSES:
            for together in (1, 64):
                name = f"{processes}_processes_{together}_together"
                with ThreadPoolExecutor(processes) as pool:
                    runs = list(
                        pool.map(
                            partial(_scripts_of_one, redis.url, rounds, together, processes),
                            [f"{name}-{number}" for number in range(processes)],
                        )
                    )
                found[name] = {what: _beside_bare(runs, what) for what in scripts.KEYS}
                print(f"{name}: {found[name]}", flush=True)
    return found


def _beside_bare(runs: list[dict[str, Any]], what: str) -> dict[str, Any]:
    ours, bare, redis_py = (
        sum(run[what][whose] for run in runs) for whose in ("ours", "bare", "redis_py")
    )
    return {
        "per_s": ours,
        "bare_per_s": bare,
        "ratio": round(ours / bare, 3),
        "bare_redis_py_per_s": redis_py,
        "ratio_to_redis_py": round(ours / redis_py, 3),
    }


def _scripts_of_one(
    url: str, rounds: int, together: int, processes: int, name: str
) -> dict[str, Any]:
    numbers = map(str, (rounds, together, processes))
    command = [sys.executable, "-m", "bench.queues.scripts", url, name, *numbers]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told


def measure_race(folder: Path, jobs: int, rounds: int) -> dict[str, Any]:
    race.install()
    found: dict[str, Any] = {}
    with running_redis(folder) as redis:
        for processes in PROCESSES:
            runs: dict[str, list[dict[str, Any]]] = {}
            for _ in range(rounds):
                for candidate in race.candidates():
                    run = race.race(redis.url, candidate, processes, jobs)
                    runs.setdefault(candidate.name, []).append(run)
                    best = {key: value for key, value in run.items() if key.endswith("per_s")}
                    print(f"{processes} processes, {candidate.name}: {best}", flush=True)
            found[f"{processes}_processes"] = {"runs": runs, **_compared(runs)}
    return found


def _compared(runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Medians over the rounds, and ours as a multiple of theirs."""
    medians = {
        name: {
            what: statistics.median(run[f"{what}_best_per_s"] for run in some)
            for what in ("add", "take_and_finish")
        }
        for name, some in runs.items()
    }
    ours = medians["warmline"]["take_and_finish"]
    python = max(medians[name]["take_and_finish"] for name in PYTHON_QUEUES)
    return {
        "median_per_s": medians,
        "ratio_to_best_python": round(ours / python, 2),
        "ratio_to_bullmq": round(ours / medians["bullmq"]["take_and_finish"], 2),
    }


def measure_scale(folder: Path, waiting: list[int], people: list[int]) -> dict[str, Any]:
    with running_redis(folder / "backlog") as redis:
        by_backlog = asyncio.run(scale.by_backlog(redis.url, waiting))
    with running_redis(folder / "team") as redis:
        by_team = asyncio.run(scale.by_team(redis.url, people))
    return {
        "by_backlog": by_backlog,
        "by_team": by_team,
        "growth_by_backlog": _growth(by_backlog, "complete_us"),
        "growth_by_team": _growth(by_team, "enqueue_and_offer_us"),
    }


def _growth(by_size: dict[str, Any], what: str) -> float:
    first, *_, last = [each[what]["least"] for each in by_size.values()]
    return float(round(last / first, 2))


def measure_latency(folder: Path, rates: list[int], seconds: float) -> dict[str, Any]:
    latency.write_company(folder / "company")
    found: dict[str, Any] = {}
    with running_kafka(folder / "kafka") as kafka, running_redis(folder / "redis") as redis:
        for rate in rates:
            found[str(rate)] = asyncio.run(
                latency.measure(kafka.bootstrap, redis.url, folder / "company", rate, seconds)
            )
            print(f"{rate} a second: {found[str(rate)]}", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3, help="of the race")
    parser.add_argument("--jobs", type=int, default=10_000, help="in the race, for the fast ones")
    parser.add_argument("--script-rounds", type=int, default=15, help="of 240 calls each")
    parser.add_argument("--waiting", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--people", type=int, nargs="+", default=[10, 1_000, 10_000])
    parser.add_argument("--rates", type=int, nargs="+", default=[100, 300, 600], help="a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="at each rate")
    options = parser.parse_args()
    result: dict[str, Any] = {"persistence": "Redis AOF everysec; Kafka acks=all, one broker"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "scripts" in options.only:
            result["scripts"] = measure_scripts(folder / "scripts", options.script_rounds)
        if "race" in options.only:
            result["race"] = measure_race(folder / "race", options.jobs, options.rounds)
        if "scale" in options.only:
            result["scale"] = measure_scale(folder / "scale", options.waiting, options.people)
        if "latency" in options.only:
            result["latency"] = measure_latency(folder, options.rates, options.seconds)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
