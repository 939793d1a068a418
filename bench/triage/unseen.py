"""Topics that the bot must not answer: 27 of BANKING77's 77, known as human-only or never seen.

python -m bench.triage.unseen                      three seeds
python -m bench.triage.unseen --encoder FOLDER     with a second tier
python -m bench.triage.unseen --quick              one seed, and nothing that needs a certified threshold

For each seed 27 topics are drawn. *Human-only*: the model knows them as classes, and the bot may
answer only the other 50. *Never seen*: they are left out of training altogether. The threshold is
certified for 99 % on out-of-fold judgements of the training part; for the never seen ones the share
answered is also given where the model answers 60 % of the known topics' texts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.triage import data
from bench.triage.banking77 import FIRST_TIER, out_of_fold, split, tiers
from bench.triage.encoding import Remembering
from services.router.triage.certify import Judgement, largest_certified, pool
from services.router.triage.dataset import Example
from services.router.triage.encoder import Encoder
from services.router.triage.evaluate import judge
from services.router.triage.model import TopicModel
from services.router.triage.train import train

UNSEEN = 27
SEEDS = (0, 1, 2)
COVERAGE = 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, help="a sentence encoder in ONNX")
    parser.add_argument("--quick", action="store_true", help="one seed, no certified threshold")
    arguments = parser.parse_args()
    encoder = Remembering.load(arguments.encoder) if arguments.encoder else None
    everything = data.examples("banking77")
    seeds = SEEDS[:1] if arguments.quick else SEEDS
    runs = [_run(everything, seed, encoder, arguments.quick) for seed in seeds]
    mean = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
    print(json.dumps({"seeds": len(seeds), "mean": mean, "runs": runs}))


def _run(
    everything: Sequence[Example], seed: int, encoder: Encoder | None, quick: bool
) -> dict[str, float]:
    topics = sorted({example.topic for example in everything})
    drawn = set(np.random.default_rng(seed).choice(topics, UNSEEN, replace=False).tolist())
    seen, unseen = split(everything, seed)
    known = [example for example in seen if example.topic not in drawn]
    never_seen = _never_seen(known, unseen, drawn, seed, encoder, quick)
    return never_seen if quick else _human_only(seen, unseen, drawn, seed, encoder) | never_seen


def _human_only(
    seen: Sequence[Example],
    unseen: Sequence[Example],
    drawn: set[str],
    seed: int,
    encoder: Encoder | None,
) -> dict[str, float]:
    *_, last = out_of_fold(seen, seed, encoder).values()
    threshold = _certified([j for j in last if j.topic not in drawn])
    model = train(seen, seed=seed, encoder=encoder)
    judged = list(zip(unseen, judge(model, unseen), strict=True))
    answered = [(e, j) for e, j in judged if j.topic not in drawn and j.confidence >= threshold]
    allowed = sum(example.topic not in drawn for example in unseen)
    leaked = sum(example.topic in drawn for example, _ in answered)
    return {
        "human_only_answered": leaked / (len(unseen) - allowed),
        "human_only_coverage": (len(answered) - leaked) / allowed,
        "human_only_precision": float(np.mean([j.right for _, j in answered])),
    }


def _never_seen(
    known: Sequence[Example],
    unseen: Sequence[Example],
    drawn: set[str],
    seed: int,
    encoder: Encoder | None,
    quick: bool,
) -> dict[str, float]:
    trained = train(known, seed=seed, encoder=encoder)
    measured: dict[str, float] = {}
    for name, model in tiers(trained).items():
        prefix = "" if name == FIRST_TIER else f"{name}_"
        found = _at_coverage(model, unseen, drawn)
        measured |= {f"{prefix}{key}": value for key, value in found.items()}
    if quick:
        return measured
    for name, judgements in out_of_fold(known, seed, encoder).items():
        prefix = "" if name == FIRST_TIER else f"{name}_"
        found = _at_certified(tiers(trained)[name], unseen, drawn, _certified(judgements))
        measured |= {f"{prefix}{key}": value for key, value in found.items()}
    return measured


def _at_coverage(model: TopicModel, unseen: Sequence[Example], drawn: set[str]) -> dict[str, float]:
    inside = judge(model, [example for example in unseen if example.topic not in drawn])
    outside = judge(model, [example for example in unseen if example.topic in drawn])
    strange = np.array([each.confidence for each in outside])
    ours = np.array([each.confidence for each in inside])
    at_coverage = float(np.quantile(ours, 1 - COVERAGE))
    sure = [each.right for each in inside if each.confidence >= at_coverage]
    return {
        "never_seen_answered_at_coverage_60": float(np.mean(strange >= at_coverage)),
        "never_seen_precision_at_coverage_60": float(np.mean(sure)),
    }


def _at_certified(
    model: TopicModel, unseen: Sequence[Example], drawn: set[str], certified: float
) -> dict[str, float]:
    inside = judge(model, [example for example in unseen if example.topic not in drawn])
    outside = judge(model, [example for example in unseen if example.topic in drawn])
    strange = np.array([each.confidence for each in outside])
    ours = np.array([each.confidence for each in inside])
    return {
        "never_seen_answered_at_99": float(np.mean(strange >= certified)),
        "never_seen_coverage_at_99": float(np.mean(ours >= certified)),
    }


def _certified(judgements: Sequence[Judgement]) -> float:
    evidence = pool(judgements)
    answered = largest_certified(evidence, 0.99, 0.95, "fixed_sequence")
    return float("inf") if answered is None else float(evidence.confidence[answered - 1])


if __name__ == "__main__":
    main()
