"""BANKING77: accuracy, coverage at 99 % precision, and whether the thresholds hold.

python -m bench.triage.banking77                   trains on four fifths, tests on the rest
python -m bench.triage.banking77 --test FILE       trains on everything, tests on FILE (text,label)
python -m bench.triage.banking77 --encoder FOLDER  adds the same with a second tier as `with_encoder`

Thresholds come from out-of-fold scores of the training part: what is reported as covered was
never seen by anything that set the threshold.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.triage import data
from bench.triage.encoding import Remembering
from services.router.triage.certify import Judgement, Method, largest_certified, pool
from services.router.triage.dataset import Example
from services.router.triage.encoder import Encoder
from services.router.triage.evaluate import evaluate, judge
from services.router.triage.model import TopicModel
from services.router.triage.splits import split_test
from services.router.triage.train import train

FOLDS = 4
TARGET = 0.99
FIRST_TIER = "first_tier"
METHODS: tuple[Method, ...] = ("bonferroni", "fixed_sequence", "sgr")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, help="a CSV file with the columns text and label")
    parser.add_argument("--encoder", type=Path, help="a sentence encoder in ONNX")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    everything = data.examples("banking77")
    if arguments.test:
        with arguments.test.open(encoding="utf-8", newline="") as file:
            unseen = [Example(r["text"], r["label"], "en") for r in csv.DictReader(file)]
        seen = everything
    else:
        seen, unseen = split(everything, arguments.seed)
    encoder = Remembering.load(arguments.encoder) if arguments.encoder else None
    print(json.dumps(measure(seen, unseen, arguments.seed, encoder)))


def split(
    examples: Sequence[Example], seed: int, share: float = 0.2
) -> tuple[list[Example], list[Example]]:
    """A random part to train on and the rest to test on."""
    order = np.random.default_rng(seed).permutation(len(examples)).tolist()
    cut = int(share * len(examples))
    return [examples[i] for i in order[cut:]], [examples[i] for i in order[:cut]]


def measure(
    seen: Sequence[Example], unseen: Sequence[Example], seed: int, encoder: Encoder | None = None
) -> dict[str, Any]:
    """Everything this benchmark reports, for one division of the data."""
    model = train(seen, seed=seed, encoder=encoder)
    calibration = out_of_fold(seen, seed, encoder)
    measured = {
        name: _measure(tier, unseen, calibration[name], seed) for name, tier in tiers(model).items()
    }
    return {
        "trained_on": len(seen),
        "tested_on": len(unseen),
        **measured.pop(FIRST_TIER),
        **measured,
        "out_of_fold_of_training": model.card.metrics,
    }


def _measure(
    model: TopicModel, unseen: Sequence[Example], calibration: Sequence[Judgement], seed: int
) -> dict[str, Any]:
    found = evaluate(model, unseen)
    tested = judge(model, unseen)
    return {
        "accuracy": found.accuracy,
        "macro_f1": found.macro_f1,
        "calibration_error": found.calibration_error,
        "aurc_x100": found.area_under_risk_coverage * 100,
        "at_99": {method: covered(calibration, tested, method) for method in METHODS},
        "random_splits": {
            method: asdict(split_test(calibration, method=method, seed=seed)) for method in METHODS
        },
    }


def tiers(model: TopicModel) -> dict[str, TopicModel]:
    """The first tier alone, and the whole model where that is more."""
    first = {FIRST_TIER: replace(model, second_tier=None)}
    return first | ({"with_encoder": model} if model.second_tier else {})


def out_of_fold(
    examples: Sequence[Example], seed: int, encoder: Encoder | None = None
) -> dict[str, list[Judgement]]:
    """Judgements on every example by a model that was trained without it, acceptor included."""
    fold = np.random.default_rng(seed + 1).permutation(len(examples)) % FOLDS
    judged: dict[str, list[Judgement]] = defaultdict(list)
    for left_out in range(FOLDS):
        print(f"out of fold {left_out + 1} of {FOLDS}", file=sys.stderr)
        inside = [e for e, f in zip(examples, fold, strict=True) if f != left_out]
        outside = [e for e, f in zip(examples, fold, strict=True) if f == left_out]
        for name, tier in tiers(train(inside, seed=seed, encoder=encoder)).items():
            judged[name] += judge(tier, outside)
    return judged


def covered(
    calibration: Sequence[Judgement], tested: Sequence[Judgement], method: Method
) -> dict[str, float] | None:
    """Coverage and realised precision on the tested texts at the certified threshold."""
    evidence = pool(calibration)
    answered = largest_certified(evidence, TARGET, 0.95, method)
    if answered is None:
        return None
    threshold = float(evidence.confidence[answered - 1])
    taken = [each.right for each in tested if each.confidence >= threshold]
    return {
        "threshold": threshold,
        "coverage": len(taken) / len(tested),
        "precision": float(np.mean(taken)) if taken else 1.0,
    }


if __name__ == "__main__":
    main()
