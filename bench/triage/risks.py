"""The models that hear a risk: how well they and the lists do on what neither knows.

python -m bench.triage.risks           each author's texts left out in turn, and what is always held back
python -m bench.triage.risks --quick   nobody left out: held back only
python -m bench.triage.risks --write   also writes the shipped weights, fitted on everything but that
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.triage.text_models import (
    FRAMED,
    NONE,
    Chosen,
    Corpus,
    Recogniser,
    Tables,
    Text,
    swept,
    told_apart,
)
from bench.triage.texts import (
    company,
    framed_risks,
    harmless,
    inquiries,
    listed,
    risk_texts,
    topic_harms,
)
from services.router.triage.risk import RiskModels, risk
from services.router.triage.risk_tiers import TIERS, TierModel
from services.router.triage.text_model import evidence
from services.router.triage.weights import FOLDER, Weights, write
from services.router.triage.wording import Wording
from tests.unit.router.triage.conftest import DATA


def told(wording: Wording) -> list[str]:
    return evidence(wording, TIERS)


RISKS = Recogniser("risk", told, threshold=-2.2, cost=10.0, part_counts=0.4, lost=0.002)
"""The threshold was chosen on the authors left out: see docs/triage.md."""

TIER_WEIGHT_MIN = 0.3


def corpus() -> Corpus:
    return Corpus(RISKS, [*risk_texts(), *framed_risks(), *harmless()])


def models(known: Corpus, chosen: Chosen) -> tuple[RiskModels, Weights, Weights]:
    anything, weights = known.model(chosen)
    numbers = {"part": RISKS.part_counts}
    tables: Tables = {}
    for tier in TIERS:
        numbers[f"bias/{tier}"], found = known.fit(chosen, known.labels == tier, TIER_WEIGHT_MIN)
        tables |= {f"{tier}/{name}": table for name, table in found.items()}
    tiers = Weights(numbers, tables)
    return RiskModels(anything, TierModel(tiers, known.kinds)), weights, tiers


def held_back() -> list[Text]:
    """Never fitted on, nor looked at to extend the lists."""
    told = [Text(text, "risk", "sample company, risky topics") for text in company("risk")]
    harms = topic_harms()
    asked = [
        Text(row["text"], NONE, f"sample company, inquiries, {harms.get(row['topic'], 'other')}")
        for row in inquiries()
    ]
    return [*risk_texts(DATA / "held_back"), *told, *asked]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the shipped weights")
    parser.add_argument("--quick", action="store_true", help="nobody left out: held back only")
    asked = parser.parse_args()
    known = corpus()
    report: dict[str, Any] = {"left_out": {}, "swept": {}, "held_back": {}}
    for author in [] if asked.quick else sorted(set(known.authors.tolist()) - {FRAMED}):
        those, _, _ = models(known, known.without(author))
        own = known.own(author)
        report["left_out"][author] = _counted(own, those)
        report["swept"][author] = swept(own, those.risky, hearing(those))
    those, weights, tiers = models(known, np.ones(len(known.texts), dtype=bool))
    texts = held_back()
    for name in sorted({one.author for one in texts}):
        report["held_back"][name] = _counted([one for one in texts if one.author == name], those)
    if asked.write:
        report["bytes"] = write(weights, FOLDER / "risk.weights")
        report["bytes"] += write(tiers, FOLDER / "risk_tiers.weights")
    print(json.dumps(report))


def _counted(texts: list[Text], those: RiskModels) -> dict[str, int]:
    in_its_tier = sum(one.label in risk(one.text, those).tiers for one in texts)
    lists = sum(listed(one.text) for one in texts if one.label != NONE)
    return {**told_apart(texts, hearing(those)), "in_its_tier": in_its_tier, "by_lists": lists}


def hearing(those: RiskModels) -> Callable[[str], bool]:
    return lambda text: risk(text, those).tier is not None


if __name__ == "__main__":
    main()
