"""The model that recognises a wish for a person: how well it does on texts it was not fitted on.

python -m bench.triage.wishes           each corpus of wishes left out in turn, ordinary texts in folds
python -m bench.triage.wishes --write   also fits on everything and writes the shipped weights
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from services.router.triage import wish_model
from services.router.triage.wording import read
from services.router.triage.wordlists import matches, mended, word_lists
from tests.unit.router.triage.conftest import sentences
from tests.unit.router.triage.ordinary import plain_questions, remarks

COMPANY = Path("examples/paylater")
SHIPPED = Path(wish_model.__file__).parent / "wish.json"
CORPORA = ("wishes", "wishes_fresh", "wishes_second", "wishes_third")
THRESHOLD = 0.35
COST = 4.0
WEIGHT_MIN = 0.03
FOLDS = 5


def by_phrases(text: str) -> bool:
    return "person" in matches(read(text))


def wishes() -> dict[str, list[str]]:
    return {
        name: [text for language in ("en", "de") for text in sentences(f"{name}_{language}.txt")]
        for name in CORPORA
    }


def ordinary() -> dict[str, list[str]]:
    """What is no wish. Training texts of the sample company that the phrases call one are left out."""
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        utterances = [row["text"] for row in csv.DictReader(source)]
    return {
        "hard": [
            text for language in ("en", "de") for text in sentences(f"ordinary_hard_{language}.txt")
        ],
        "remarks": remarks("en") + remarks("de"),
        "plain": plain_questions(),
        "utterances": [text for text in utterances if not by_phrases(text)],
    }


def inquiries(wish: bool) -> list[str]:
    """Of the sample company: never fitted on."""
    rows = [json.loads(line) for line in (COMPANY / "inquiries.jsonl").open(encoding="utf-8")]
    spoken = [row for row in rows if row["language"] in ("en", "de")]
    return [row["text"] for row in spoken if row["wants_person"] is wish]


def _sentences(text: str) -> list[str]:
    """Of a text that has several."""
    parts = [part for part in re.split(r"[.!?;:]+\s+", text) if part.strip()]
    return parts if len(parts) > 1 else []


class Fitted:
    """A model and how it judges texts."""

    def __init__(self, positive: Sequence[str], negative: Sequence[str]) -> None:
        negative = [*negative, *(part for text in negative for part in _sentences(text))]
        self._names = DictVectorizer()
        texts = [*positive, *negative]
        features = self._names.fit_transform([self._features(text) for text in texts])
        labels = np.array([1] * len(positive) + [0] * len(negative))
        self._model = LogisticRegression(C=COST, max_iter=3000, class_weight={1: 2.0, 0: 1.0})
        self._model.fit(features, labels)

    @staticmethod
    def _features(text: str) -> dict[str, float]:
        return dict(wish_model.features(mended(read(text))))

    def wished(self, texts: Sequence[str]) -> list[bool]:
        likely = [self._probability(text) >= THRESHOLD for text in texts]
        denied = [word_lists().ignores("person", mended(read(text))) for text in texts]
        return [wish and not no for wish, no in zip(likely, denied, strict=True)]

    def _probability(self, text: str) -> float:
        """The sentence that sounds most like a wish counts, as in `wish_model.probability`."""
        parts = _sentences(text) or [text]
        features = self._names.transform([self._features(part) for part in parts])
        return float(self._model.predict_proba(features)[:, 1].max())

    def weights(self) -> dict[str, Any]:
        named = zip(self._names.get_feature_names_out(), self._model.coef_[0], strict=True)
        kept = {str(name): round(float(w), 3) for name, w in named if abs(w) >= WEIGHT_MIN}
        bias = round(float(self._model.intercept_[0]), 4)
        return {"threshold": THRESHOLD, "bias": bias, "weights": kept}


def measure() -> dict[str, Any]:
    asked, plain = wishes(), ordinary()
    negative = [text for texts in plain.values() for text in texts]
    report: dict[str, Any] = {}
    for name, wishing in asked.items():
        others = [text for other, some in asked.items() if other != name for text in some]
        alone = Fitted(others, negative).wished(wishing)
        both = [one or by_phrases(text) for one, text in zip(alone, wishing, strict=True)]
        report[name] = {"texts": len(wishing), "model_alone": sum(alone), "with_phrases": sum(both)}
    everything = [text for texts in asked.values() for text in texts]
    for name in ("hard", "remarks", "plain"):
        rest = [text for other, texts in plain.items() if other != name for text in texts]
        mistaken: list[str] = []
        texts = np.array(plain[name])
        for train, test in KFold(FOLDS, shuffle=True, random_state=1).split(texts):
            model = Fitted(everything, [*rest, *texts[train].tolist()])
            said = model.wished(texts[test].tolist())
            mistaken += [
                text for text, wish in zip(texts[test].tolist(), said, strict=True) if wish
            ]
        report[f"ordinary_{name}"] = {"texts": len(texts), "mistaken": len(mistaken)}
        print(name, *mistaken, sep="\n  ")
    whole = Fitted(everything, negative)
    for wish in (True, False):
        texts_of = inquiries(wish)
        said = [
            one or by_phrases(text)
            for one, text in zip(whole.wished(texts_of), texts_of, strict=True)
        ]
        print(
            f"inquiries, wish {wish}, judged otherwise",
            *[text for text, one in zip(texts_of, said, strict=True) if one is not wish],
            sep="\n  ",
        )
        report[f"inquiries_{'with' if wish else 'without'}_wish"] = {
            "texts": len(texts_of),
            "recognised": sum(said),
        }
    return report


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the shipped weights")
    report = measure()
    if arguments.parse_args().write:
        negative = [text for texts in ordinary().values() for text in texts]
        fitted = Fitted([text for texts in wishes().values() for text in texts], negative)
        content = json.dumps(fitted.weights(), ensure_ascii=False, indent=0, sort_keys=True)
        SHIPPED.write_text(content + "\n", encoding="utf-8")
        report["weights"] = content.count("\n") - 4
        report["bytes"] = len(content.encode())
    print(json.dumps(report))


if __name__ == "__main__":
    main()
