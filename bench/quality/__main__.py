"""`python -m bench.quality`: false licences, false alarms and the delay of true ones; JSON at the end."""

from __future__ import annotations

import argparse
import json
import sys
import time

from bench.quality.drops import delays, false_alarms
from bench.quality.worlds import false_licences


def main() -> None:
    asked = argparse.ArgumentParser(prog="bench.quality", description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--worlds", type=int, default=1000)
    asked.add_argument("--topics", type=int, default=2, help="each in two languages")
    asked.add_argument("--runs", type=int, default=300)
    asked.add_argument("--only", choices=["worlds", "drops"])
    given = asked.parse_args()
    began = time.monotonic()
    found: dict[str, object] = {"seed": given.seed}
    if given.only != "drops":
        found["false_licences"] = false_licences(
            given.seed, given.worlds, given.topics, ("en", "de"), labels=400, below=0.002
        )
        _tell("false licences", began)
    if given.only != "worlds":
        found["delay_in_audited_answers"] = delays(given.seed, given.runs)
        _tell("delays", began)
        found["false_alarms"] = false_alarms(given.seed, given.runs, answers=1500)
        _tell("false alarms", began)
    print(json.dumps(found))


def _tell(what: str, began: float) -> None:
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
