"""CLINC150, tier 1: accuracy on 150 intents, and how often texts of no intent are answered.

python -m bench.triage.clinc150                 trains on `train`, tests on `val`
python -m bench.triage.clinc150 --test FILE     trains on `train` and `val`, tests on FILE

FILE has the columns text and label; the label `oos` marks what is out of scope.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.triage import data
from bench.triage.banking77 import out_of_fold
from services.router.triage.certify import largest_certified, pool
from services.router.triage.dataset import Example
from services.router.triage.evaluate import evaluate, judge
from services.router.triage.train import OUT_OF_SCOPE, train

COVERAGE = 0.73


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, help="a CSV file with the columns text and label")
    arguments = parser.parse_args()
    splits = ("train", "val") if arguments.test else ("train",)
    seen = data.examples("clinc150", *splits)
    strangers = data.examples("clinc150", *splits, out_of_scope=True)
    if arguments.test:
        with arguments.test.open(encoding="utf-8", newline="") as file:
            rows = [Example(row["text"], row["label"], "en") for row in csv.DictReader(file)]
        unseen = [row for row in rows if row.topic not in data.OUT_OF_SCOPE_LABELS]
        unseen_strangers = [row for row in rows if row.topic in data.OUT_OF_SCOPE_LABELS]
    else:
        unseen = data.examples("clinc150", "val")
        unseen_strangers = data.examples("clinc150", "val", out_of_scope=True)
    print(json.dumps(_measure(seen, strangers, unseen, unseen_strangers)))


def _measure(
    seen: Sequence[Example],
    strangers: Sequence[Example],
    unseen: Sequence[Example],
    unseen_strangers: Sequence[Example],
) -> dict[str, Any]:
    rows = [*seen, *(row._replace(topic=OUT_OF_SCOPE) for row in strangers)]
    model = train(rows)
    found = evaluate(model, unseen, [row.text for row in unseen_strangers])
    ours = np.array([each.confidence for each in judge(model, unseen)])
    strange = np.array([each.confidence for each in judge(model, unseen_strangers)])
    evidence = pool(each for each in out_of_fold(rows, 0) if each.topic != OUT_OF_SCOPE)
    answered = largest_certified(evidence, 0.99, 0.95, "fixed_sequence")
    certified = float("inf") if answered is None else float(evidence.confidence[answered - 1])
    at_coverage = float(np.quantile(ours, 1 - COVERAGE))
    return {
        "trained_on": len(seen),
        "out_of_scope_trained_on": len(strangers),
        "tested_on": len(unseen),
        "out_of_scope_tested_on": len(unseen_strangers),
        "accuracy": found.accuracy,
        "calibration_error": found.calibration_error,
        "auroc_in_against_out_of_scope": _auroc(ours, strange),
        "at_99": {
            "coverage": float(np.mean(ours >= certified)),
            "out_of_scope_answered": float(np.mean(strange >= certified)),
        },
        "out_of_scope_answered_at_coverage_73": float(np.mean(strange >= at_coverage)),
    }


def _auroc(high: Any, low: Any) -> float:
    """The chance that one of `high` is above one of `low`."""
    return float((high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean())


if __name__ == "__main__":
    main()
