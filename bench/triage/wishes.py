"""The model that recognises a wish for a person: how well it does on texts it was not fitted on.

python -m bench.triage.wishes           corpora, families and lines of wording left out in turn
python -m bench.triage.wishes --write   also fits on everything and writes the shipped weights
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold

from services.router.triage import wish_model
from services.router.triage.wording import read
from services.router.triage.wordlists import matches, mended, word_lists
from tests.unit.router.triage.conftest import sentences
from tests.unit.router.triage.ordinary import plain_questions, remarks
from tests.unit.router.triage.phrasings import Phrasing, phrasings

COMPANY = Path("examples/paylater")
SHIPPED = Path(wish_model.__file__).parent / "wish.json"
CORPORA = ("wishes", "wishes_fresh", "wishes_second", "wishes_third")
HELD_BACK = tuple(
    f"{kind}_{name}" for name in ("fourth", "fifth", "sixth") for kind in ("wishes", "ordinary")
)
"""Never fitted on: what the model makes of them is what to expect of new texts."""
THRESHOLD = 0.5
COST = 2.0
WEIGHT_MIN = 0.03
FOLDS = 5
GROUP_FOLDS = 8


def by_phrases(text: str) -> bool:
    return "person" in matches(read(text))


def wishes() -> dict[str, list[str]]:
    listed = {name: _both(name) for name in CORPORA}
    return {**listed, "wish_families": [one.text for one in _phrasings("wish_families")]}


def _both(name: str) -> list[str]:
    return [text for language in ("en", "de") for text in sentences(f"{name}_{language}.txt")]


def _phrasings(name: str) -> list[Phrasing]:
    return [one for language in ("en", "de") for one in phrasings(f"{name}_{language}.txt")]


def ordinary() -> dict[str, list[str]]:
    """What is no wish. Training texts of the sample company that the phrases call one are left out."""
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        utterances = [row["text"] for row in csv.DictReader(source)]
    return {
        "hard": _both("ordinary_hard"),
        "ordinary_families": [one.text for one in _phrasings("ordinary_families")],
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
        features.indices = features.indices.astype(np.int32)  # liblinear takes no wider ones
        features.indptr = features.indptr.astype(np.int32)
        labels = np.array([1] * len(positive) + [0] * len(negative))
        weight = {1: 1.0, 0: 1.0}
        self._model = LogisticRegression(C=COST, solver="liblinear", class_weight=weight)
        self._model.fit(features, labels)

    @staticmethod
    def _features(text: str) -> dict[str, float]:
        counted: dict[str, float] = defaultdict(float)
        for name, value in wish_model.features(mended(read(text))):
            counted[name] += value
        return counted

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
    for name in CORPORA:
        wishing = asked[name]
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
    report["left_out"] = {by: left_out(by) for by in ("family", "line")}
    report["held_back"] = {name: _judged(name, whole, _both(name)) for name in HELD_BACK}
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


def left_out(by: Literal["family", "line"]) -> dict[str, Any]:
    """Every text judged by phrases or a model that knows no other text of its family or line."""
    wishing, plain = _phrasings("wish_families"), _phrasings("ordinary_families")
    rows = [(one, True) for one in wishing] + [(one, False) for one in plain]
    asked = [text for name in CORPORA for text in _both(name)]
    others = [
        text for name, texts in ordinary().items() if name != "ordinary_families" for text in texts
    ]
    recognised = {True: 0, False: 0}
    groups = [f"{wish} {getattr(one, by)}" for one, wish in rows]
    for train, test in GroupKFold(GROUP_FOLDS).split(rows, groups=groups):
        fitted = Fitted(
            [*asked, *(rows[i][0].text for i in train if rows[i][1])],
            [*others, *(rows[i][0].text for i in train if not rows[i][1])],
        )
        texts = [rows[i][0].text for i in test]
        for i, text, said in zip(test, texts, fitted.wished(texts), strict=True):
            recognised[rows[i][1]] += said or by_phrases(text)
    return {
        "wishes": len(wishing),
        "recognised": recognised[True],
        "ordinary": len(plain),
        "mistaken": recognised[False],
    }


def _judged(name: str, model: Fitted, texts: Sequence[str]) -> dict[str, int]:
    said = [one or by_phrases(text) for one, text in zip(model.wished(texts), texts, strict=True)]
    wishes = name.startswith("wishes")
    odd = [text for text, one in zip(texts, said, strict=True) if one is not wishes]
    print(f"{name}, judged otherwise", *odd, sep="\n  ")
    return {"texts": len(texts), "recognised": sum(said)}


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
