"""One joint model against one model per language: MASSIVE German and HWU64 English, same intents.

python -m bench.triage.languages                tests on MASSIVE `val` and HWU64 `test`
python -m bench.triage.languages --test FILE    tests German on FILE (text,label) instead
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.triage import data
from services.router.triage.dataset import Example
from services.router.triage.fitting import Settings, fit_linear


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, help="a CSV file with the columns text and label")
    arguments = parser.parse_args()
    german = data.examples("massive_de", *(("train", "val") if arguments.test else ("train",)))
    english = data.examples("hwu64", "train", "val")
    tests = {"de": data.examples("massive_de", "val"), "en": data.examples("hwu64", "test")}
    if arguments.test:
        with arguments.test.open(encoding="utf-8", newline="") as file:
            tests["de"] = [Example(r["text"], r["label"], "de") for r in csv.DictReader(file)]
    separate = {"de": _accuracy(german, tests["de"]), "en": _accuracy(english, tests["en"])}
    joint = {code: _accuracy([*german, *english], texts) for code, texts in tests.items()}
    print(json.dumps({"separate": separate, "joint": joint}))


def _accuracy(seen: Sequence[Example], unseen: Sequence[Example]) -> float:
    linear = fit_linear(seen, Settings(space=8), 0)
    best = linear([example.text for example in unseen]).best
    return float(np.mean([linear.topics[t] == e.topic for t, e in zip(best, unseen, strict=True)]))


if __name__ == "__main__":
    main()
