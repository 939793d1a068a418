"""Complexity on NLU++: how well it ranks texts with 4 or more labels or 3 or more slots.

python -m bench.triage.complexity           AUROC, cross-validated, beside length alone
python -m bench.triage.complexity --write   also fits on everything and writes the shipped weights
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from bench.triage import data
from services.router.triage import complexity
from services.router.triage.wording import read

MANY_LABELS = 4
MANY_SLOTS = 3
COST = 0.05
REPEATS = 5
FOLDS = 5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the shipped weights")
    write = arguments.parse_args().write
    rows = data.rows("nlupp")
    measured = [complexity.measure(read(row["text"])) for row in rows]
    names = sorted({name for features in measured for name in features})
    features = np.array([[each.get(name, 0.0) for name in names] for each in measured])
    wishes = np.array([int(row["n_intents"]) >= MANY_LABELS for row in rows])
    details = np.array([int(row["n_slots"]) >= MANY_SLOTS for row in rows])
    complex_ = wishes | details
    negated = features[:, names.index("denial")] > 0
    factor = np.where(negated, complexity.NEGATION_FACTOR, 1.0)
    targets = (wishes, details)
    scores = [_cross_validated(features, targets, complex_, factor, s) for s in range(REPEATS)]
    length = roc_auc_score(complex_, features[:, names.index("log_words")])
    if write:
        weights = {
            "source": "NLU++ (github.com/PolyAI-LDN/task-specific-datasets), CC BY 4.0",
            "many_wishes": _weights(features, wishes, names),
            "many_details": _weights(features, details, names),
        }
        path = Path(complexity.__file__).with_name("complexity.json")
        path.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    result = {
        "texts": len(rows),
        "complex": int(complex_.sum()),
        "auroc": round(float(np.mean(scores)), 4),
        "auroc_each": [round(score, 4) for score in scores],
        "auroc_length_alone": round(float(length), 4),
    }
    print(json.dumps(result))


def _cross_validated(features: Any, targets: Any, complex_: Any, factor: Any, seed: int) -> float:
    chance = np.zeros(len(complex_))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for seen, unseen in folds.split(features, complex_):
        simple = np.ones(len(unseen))
        scaler = StandardScaler().fit(features[seen])
        for target in targets:
            model = LogisticRegression(C=COST, max_iter=5_000)
            model.fit(scaler.transform(features[seen]), target[seen])
            simple *= 1 - model.predict_proba(scaler.transform(features[unseen]))[:, 1]
        chance[unseen] = np.minimum((1 - simple) * factor[unseen], 1)
    return float(roc_auc_score(complex_, chance))


def _weights(features: Any, target: Any, names: list[str]) -> dict[str, Any]:
    """Fitted on standardised features, written for the plain ones."""
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=COST, max_iter=5_000).fit(scaler.transform(features), target)
    plain = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - plain @ scaler.mean_)
    return {
        "intercept": round(intercept, 4),
        "weights": {name: round(float(w), 4) for name, w in zip(names, plain, strict=True)},
    }


if __name__ == "__main__":
    main()
