"""`python -m tests.chaos`: kills services, Redis and Kafka under load; JSON on the last line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.chaos.plan import Options
from tests.chaos.run import Report, run
from tests.model import trained_model

_FOLDER = Path(__file__).resolve().parents[2] / ".warmline" / "chaos"


def main() -> int:
    options = _options()
    began = time.monotonic()

    def say(message: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {message}", flush=True)

    folder = _FOLDER / f"seed-{options.seed}"
    say(f"seed {options.seed}; logs in {folder / 'logs'}")
    report = run(options, folder, trained_model(), say)
    _tell(report)
    print(json.dumps(report.as_json()))
    return 0 if report.good else 1


def _tell(report: Report) -> None:
    for target, seconds in report.recovery:
        print(f"restarted {target}: {'nothing to do' if seconds is None else f'{seconds:.2f} s'}")
    for inquiry_id in report.missing:
        print(f"MISSING {inquiry_id}")
    for violation in report.violations:
        print(f"TWICE {violation}")


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--inquiries", type=int, default=5000)
    parser.add_argument("--rate", type=float, default=100.0, help="inquiries published a second")
    parser.add_argument("--kills", type=int, default=3, help="of each service and of Redis")
    parser.add_argument("--seed", type=int, default=1, help="everything random follows from it")
    lost = "what Redis loses once in the middle: the people's desk, or everything"
    parser.add_argument("--wipe", choices=["desk", "all"], help=lost)
    given = parser.parse_args()
    return Options(given.inquiries, given.rate, given.kills, given.seed, given.wipe)


if __name__ == "__main__":
    sys.exit(main())
