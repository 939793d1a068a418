"""The model that reads risk from whole sentences: how well it and the lists do on what neither knows.

python -m bench.triage.risks           families' lines left out in turn, and sentences held back
python -m bench.triage.risks --write   also fits on everything but those, and writes the shipped weights
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from services.router.triage import risk_model
from services.router.triage.risk import TIERS, risk
from services.router.triage.risk_model import by_words_alone, features
from services.router.triage.wording import read
from services.router.triage.wordlists import matches
from tests.unit.router.triage.conftest import sentences
from tests.unit.router.triage.ordinary import plain_questions, remarks
from tests.unit.router.triage.phrasings import phrasings

LANGUAGES = ("en", "de")
SHORT = ("# short requests", "# kurze Bitten")
COMPANY = Path("examples/paylater")
ANSWERS = Path("bench/intake/answers.yaml")
SHIPPED = Path(risk_model.__file__).with_name("risk.json")
NONE = "-"
FITTED_ON = tuple(
    f"risk{name}" for name in ("", "_first", "_second", "_third", "_fourth", "_fifth")
)
HELD_BACK = ("risk_sixth",)
"""Never fitted on, nor looked at to extend the lists: what to expect of new texts."""
THRESHOLD = -0.2
"""Log-odds. A veto costs automation: at -0.5 one point more of the risky is seen, for two of BANKING77."""
COST = 6.0
WEIGHT_MIN = 0.1
TIER_WEIGHT_MIN = 0.3
"""Weights below are not shipped: they change nothing."""
UNLIKELY = 0.002
"""This share of the risky may be lost to not looking closely."""
FOLDS = 4


class Sentence(NamedTuple):
    tier: str
    text: str
    line: str
    """What it was made from: sentences of one line are left out together."""


def own() -> list[Sentence]:
    """All that may be fitted on."""
    found = [row for name in FITTED_ON for row in _listed(name)]
    for language in LANGUAGES:
        found += [
            Sentence(one.family.removeprefix("# "), one.text, one.line)
            for one in phrasings(f"risk_families_{language}.txt")
        ]
    return found


def _listed(name: str) -> list[Sentence]:
    lines = [line for code in LANGUAGES for line in sentences(f"{name}_{code}.tsv")]
    rows = [line.split("\t", 1) for line in lines]
    return [Sentence(tier, text, text) for tier, text in rows]


def harmless() -> list[Sentence]:
    """Wishes for a person, remarks, commands, short requests, answers to the bot and the sample company's
    questions, as far as the lists let them pass."""
    texts = [*remarks("en"), *remarks("de"), *plain_questions()]
    for language in LANGUAGES:
        for name in ("ordinary_hard", "wishes"):
            texts += sentences(f"{name}_{language}.txt")
        for name in ("wish_families", "ordinary_families"):
            texts += [one.text for one in phrasings(f"{name}_{language}.txt")]
        texts += sentences(f"plain/commands_{language}.txt")
        short = phrasings(f"plain_families_{language}.txt")
        texts += [one.text for one in short if one.family in SHORT]
    texts += company("information", "account")
    texts += answers()
    return [Sentence(NONE, text, text) for text in texts if not listed(text)]


def answers() -> list[str]:
    """What customers answer to the bot's questions."""
    fields = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))["fields"]
    return [text for said in fields.values() for texts in said.values() for text in texts]


def company(*harms: str) -> list[str]:
    """Training texts of the sample company's topics of these harms, which another author wrote. Those
    of the risky topics are never fitted on."""
    topics = yaml.safe_load((COMPANY / "topics.yaml").read_text(encoding="utf-8"))["topics"]
    chosen = {topic["id"] for topic in topics if topic["harm"] in harms}
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        rows = [row for row in csv.DictReader(source) if row["language"] in LANGUAGES]
    return [row["text"] for row in rows if row["topic"] in chosen]


def listed(text: str) -> bool:
    """Whether the word lists alone see a risk."""
    return not set(TIERS).isdisjoint(matches(read(text)))


class Fitted:
    """A model and how it judges texts."""

    def __init__(self, rows: Sequence[Sentence]) -> None:
        self._names = DictVectorizer()
        found = self._names.fit_transform([features(read(row.text)) for row in rows])
        found.indices = found.indices.astype(np.int32)  # liblinear takes no wider ones
        found.indptr = found.indptr.astype(np.int32)
        tiers = np.array([row.tier for row in rows])
        self._risky = _regression().fit(found, tiers != NONE)
        self._tiers = {
            tier: _regression().fit(found[tiers != NONE], tiers[tiers != NONE] == tier)
            for tier in TIERS
        }
        self._seen = [row.text for row in rows if row.tier != NONE]

    def risky(self, texts: Sequence[str]) -> list[bool]:
        """Of whole texts; the router also listens to each sentence by itself."""
        found = self._names.transform([features(read(text)) for text in texts])
        return [bool(odds >= THRESHOLD) for odds in self._risky.decision_function(found)]

    def write(self) -> int:
        """Writes what is shipped; returns its size in bytes."""
        said = {
            "threshold": THRESHOLD,
            "unlikely": -math.inf,
            **self._kept(self._risky, WEIGHT_MIN),
            "tiers": {
                tier: self._kept(model, TIER_WEIGHT_MIN) for tier, model in self._tiers.items()
            },
        }
        _ship(said)
        least = np.quantile([by_words_alone(read(text)) for text in self._seen], UNLIKELY)
        return _ship({**said, "unlikely": round(float(least), 3)})

    def _kept(self, model: LogisticRegression, least: float) -> dict[str, Any]:
        named = zip(self._names.get_feature_names_out(), model.coef_[0], strict=True)
        kept = {str(name): round(float(w), 2) for name, w in named if abs(w) >= least}
        return {"bias": round(float(model.intercept_[0]), 4), "weights": kept}


def _ship(said: dict[str, Any]) -> int:
    content = json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n"
    SHIPPED.write_text(content, encoding="utf-8")
    risk_model.shipped.cache_clear()
    risk_model._weight_of.cache_clear()
    risk_model._tiers_of_word.cache_clear()
    return len(content.encode())


def _regression() -> LogisticRegression:
    return LogisticRegression(C=COST, solver="liblinear")


def left_out() -> dict[str, dict[str, int]]:
    """Every own sentence judged by a model that knows no sentence of its line, and with the lists."""
    rows, plain = own(), harmless()
    report = {name: dict.fromkeys(("risky", "seen", "near", "alarms"), 0) for name in LEFT_OUT}
    everything = [*rows, *plain]
    groups = [row.line for row in everything]
    for train, test in GroupKFold(FOLDS).split(everything, groups=groups):
        model = Fitted([everything[i] for i in train])
        unseen = [everything[i] for i in test]
        for row, risky in zip(unseen, model.risky([row.text for row in unseen]), strict=True):
            said = {"model": risky, "lists": listed(row.text)}
            for name in LEFT_OUT:
                report[name]["near" if row.tier == NONE else "risky"] += 1
                report[name]["alarms" if row.tier == NONE else "seen"] += said[name]
            if risky is (row.tier == NONE):
                print(row.tier, row.text, sep="\t")
    return report


LEFT_OUT = ("lists", "model")


def held_back() -> dict[str, dict[str, int]]:
    """By what is shipped."""
    told = company("risk")
    seen = sum(risk(text).tier is not None for text in told)
    report = {"company": {"risky": len(told), "seen": seen, "listed": sum(map(listed, told))}}
    for name in HELD_BACK:
        rows = _listed(name)
        risky = [row for row in rows if row.tier != NONE]
        near = [row for row in rows if row.tier == NONE]
        report[name] = {
            "risky": len(risky),
            "seen": sum(risk(row.text).tier is not None for row in risky),
            "in_its_tier": sum(row.tier in risk(row.text).tiers for row in risky),
            "near": len(near),
            "alarms": sum(risk(row.text).tier is not None for row in near),
        }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the shipped weights")
    parser.add_argument("--quick", action="store_true", help="nothing left out: held back only")
    asked = parser.parse_args()
    report: dict[str, Any] = {} if asked.quick else {"left_out": left_out()}
    if asked.write:
        report["bytes"] = Fitted([*own(), *harmless()]).write()
    print(json.dumps({**report, "held_back": held_back()}))


if __name__ == "__main__":
    main()
