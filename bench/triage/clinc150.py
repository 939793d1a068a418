"""CLINC150: accuracy on 150 intents, and how often texts of no intent are answered.

python -m bench.triage.clinc150                 trains on `train`, tests on `val`
python -m bench.triage.clinc150 --test FILE     trains on `train` and `val`, tests on FILE
python -m bench.triage.clinc150 --encoder FOLDER   adds the same with a second tier as `with_encoder`
python -m bench.triage.clinc150 --quick         leaves out the certified threshold: a fifth of the time

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
from bench.triage.banking77 import FIRST_TIER, out_of_fold, tiers
from bench.triage.encoding import Remembering
from services.router.triage.certify import Judgement, largest_certified, pool
from services.router.triage.dataset import Example
from services.router.triage.evaluate import evaluate, judge
from services.router.triage.model import TopicModel
from services.router.triage.train import OUT_OF_SCOPE, train

COVERAGE = 0.73


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, help="a CSV file with the columns text and label")
    parser.add_argument("--encoder", type=Path, help="a sentence encoder in ONNX")
    parser.add_argument("--quick", action="store_true", help="no certified threshold")
    arguments = parser.parse_args()
    encoder = Remembering.load(arguments.encoder) if arguments.encoder else None
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
    rows = [*seen, *(row._replace(topic=OUT_OF_SCOPE) for row in strangers)]
    model = train(rows, encoder=encoder)
    calibration = {} if arguments.quick else out_of_fold(rows, 0, encoder)
    measured = {
        name: _measure(tier, unseen, unseen_strangers, calibration.get(name))
        for name, tier in tiers(model).items()
    }
    result = {
        "trained_on": len(seen),
        "out_of_scope_trained_on": len(strangers),
        "tested_on": len(unseen),
        "out_of_scope_tested_on": len(unseen_strangers),
        **measured.pop(FIRST_TIER),
        **measured,
        "out_of_fold_of_training": model.card.metrics,
    }
    print(json.dumps(result))


def _measure(
    model: TopicModel,
    unseen: Sequence[Example],
    unseen_strangers: Sequence[Example],
    calibration: Sequence[Judgement] | None,
) -> dict[str, Any]:
    found = evaluate(model, unseen, [row.text for row in unseen_strangers])
    ours = np.array([each.confidence for each in judge(model, unseen)])
    strange = np.array([each.confidence for each in judge(model, unseen_strangers)])
    at_coverage = float(np.quantile(ours, 1 - COVERAGE))
    return {
        "accuracy": found.accuracy,
        "calibration_error": found.calibration_error,
        "auroc_in_against_out_of_scope": _auroc(ours, strange),
        "at_99": None if calibration is None else _at_99(calibration, ours, strange),
        "out_of_scope_answered_at_coverage_73": float(np.mean(strange >= at_coverage)),
    }


def _at_99(calibration: Sequence[Judgement], ours: Any, strange: Any) -> dict[str, float]:
    evidence = pool(each for each in calibration if each.topic != OUT_OF_SCOPE)
    answered = largest_certified(evidence, 0.99, 0.95, "fixed_sequence")
    certified = float("inf") if answered is None else float(evidence.confidence[answered - 1])
    return {
        "coverage": float(np.mean(ours >= certified)),
        "out_of_scope_answered": float(np.mean(strange >= certified)),
    }


def _auroc(high: Any, low: Any) -> float:
    """The chance that one of `high` is above one of `low`."""
    return float((high[:, None] > low).mean() + 0.5 * (high[:, None] == low).mean())


if __name__ == "__main__":
    main()
