"""The model that recognises a wish for a person: how well it does on texts it was not fitted on.

python -m bench.triage.wishes           each author's texts left out in turn, and what is always held back
python -m bench.triage.wishes --write   also fits on everything but that and writes the shipped weights
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from services.router.triage import wish_model
from services.router.triage.wish_model import (
    Name,
    WishModel,
    asks_for_person,
    by_words_alone,
    features,
)
from services.router.triage.wording import read
from services.router.triage.wordlists import matches
from tests.unit.router.triage.conftest import DATA, sentences
from tests.unit.router.triage.ordinary import plain_questions, remarks
from tests.unit.router.triage.phrasings import phrasings

COMPANY = Path("examples/paylater")
SHIPPED = Path(wish_model.__file__).parent / "wish.json"
FIRST = "first author"
THRESHOLD = -0.4
"""Log-odds; chosen on the held-back corpus `one`, where 2 % of ordinary texts reach it."""

COST = 15.0
FIRST_COUNTS = 0.5
"""The first author's texts are many and alike: frames with alternatives."""

WEIGHT_MIN = 0.1


UNLIKELY = 0.001
"""This share of the wishes may be lost to not looking closely."""


class Corpus(NamedTuple):
    wishes: list[str]
    ordinary: list[str]


def authors() -> dict[str, Corpus]:
    everyday = Corpus([], [*_both("plain/ordinary"), *_both("plain/commands"), *_families("plain")])
    return {FIRST: _first(), **_corpora(DATA / "authors"), "everyday": everyday}


def held_back() -> dict[str, Corpus]:
    """Never fitted on: what the model makes of them is what to expect of new texts."""
    return _corpora(DATA / "held_back")


def _corpora(folder: Path) -> dict[str, Corpus]:
    return {
        author.name: Corpus(_both(f"{author}/wishes"), _both(f"{author}/ordinary"))
        for author in sorted(folder.iterdir())
    }


def _both(name: str) -> list[str]:
    return [text for language in ("en", "de") for text in sentences(f"{name}_{language}.txt")]


def _first() -> Corpus:
    """Training texts of the sample company that the phrases call a wish are left out."""
    with (COMPANY / "utterances.csv").open(encoding="utf-8") as source:
        utterances = [row["text"] for row in csv.DictReader(source)]
    later = ("fourth", "fifth", "sixth")
    listed = ("wishes", *(f"wishes_{name}" for name in ("fresh", "second", "third", *later)))
    others = ("ordinary_hard", *(f"ordinary_{name}" for name in later))
    return Corpus(
        [*(text for name in listed for text in _both(name)), *_families("wish")],
        [
            *(text for name in others for text in _both(name)),
            *_families("ordinary"),
            *remarks("en"),
            *remarks("de"),
            *plain_questions(),
            *(text for text in utterances if "person" not in matches(read(text))),
        ],
    )


def _families(kind: str) -> list[str]:
    files = [f"{kind}_families_{language}.txt" for language in ("en", "de")]
    return [one.text for name in files for one in phrasings(name)]


def fit(corpora: dict[str, Corpus]) -> WishModel:
    rows: list[dict[str, float]] = []
    labels: list[int] = []
    counts: list[float] = []
    for author, corpus in corpora.items():
        for label, texts in ((1, corpus.wishes), (0, corpus.ordinary)):
            typed = texts if author == FIRST else [*texts, *map(mistyped, texts)]
            rows += [_named(features(read(text))) for text in typed]
            labels += [label] * len(typed)
            counts += [FIRST_COUNTS if author == FIRST else 1.0] * len(typed)
    names = DictVectorizer()
    matrix = names.fit_transform(rows)
    matrix.indices = matrix.indices.astype(np.int32)  # liblinear takes no wider ones
    matrix.indptr = matrix.indptr.astype(np.int32)
    fitted = LogisticRegression(C=COST, solver="liblinear")
    fitted.fit(matrix, labels, sample_weight=counts)
    tables: dict[str, dict[Any, float]] = defaultdict(dict)
    for name, weight in zip(names.get_feature_names_out(), fitted.coef_[0], strict=True):
        if abs(weight) >= WEIGHT_MIN:
            table, *key = name.split("\t")
            tables[table][tuple(key) if len(key) > 1 else key[0]] = round(float(weight), 3)
    tables["phrase"].setdefault("any", 0.0)
    tables["phrase"]["no"] = min(0.0, tables["phrase"].get("no", 0.0))
    tables["mark"].setdefault("?", 0.0)
    bias = round(float(fitted.intercept_[0]), 4)
    model = WishModel(THRESHOLD, -math.inf, bias, *(tables[name] for name in WishModel._fields[3:]))
    return model._replace(unlikely=_unlikely(model, corpora))


def _unlikely(model: WishModel, corpora: dict[str, Corpus]) -> float:
    """What nearly every wish reaches by its words alone."""
    _use(model)
    wishes = [text for corpus in corpora.values() for text in corpus.wishes]
    return round(float(np.quantile([by_words_alone(read(text)) for text in wishes], UNLIKELY)), 3)


def mistyped(text: str) -> str:
    """The text with a slip in every sixth longer word: a letter missing, doubled, or swapped with the
    next. Drawn by the text itself: the same in every run."""
    chance, words = random.Random(text), text.split(" ")
    longer = [index for index, word in enumerate(words) if len(word) > 4]
    for index in chance.sample(longer, min(len(longer), 1 + len(longer) // 6)):
        word = words[index]
        at = chance.randrange(1, len(word) - 1)
        missing = word[:at] + word[at + 1 :]
        doubled = word[:at] + word[at] + word[at:]
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        words[index] = chance.choice([missing, doubled, swapped])
    return " ".join(words)


def _named(found: dict[Name, float]) -> dict[str, float]:
    return {"\t".join(name): value for name, value in found.items()}


def judged(model: WishModel, texts: Iterable[str]) -> list[bool]:
    """As the router would with this model."""
    _use(model)
    return [asks_for_person(read(text)) for text in texts]


def _use(model: WishModel) -> None:
    wish_model.shipped = lambda: model  # type: ignore[assignment]
    wish_model._of_word.cache_clear()


def counted(model: WishModel, corpus: Corpus, title: str) -> dict[str, int]:
    heard, mistaken = judged(model, corpus.wishes), judged(model, corpus.ordinary)
    _show(f"{title}, missed", corpus.wishes, [not one for one in heard])
    _show(f"{title}, taken for a wish", corpus.ordinary, mistaken)
    return {
        "wishes": len(heard),
        "heard": sum(heard),
        "ordinary": len(mistaken),
        "mistaken": sum(mistaken),
    }


def _show(title: str, texts: Sequence[str], odd: Sequence[bool]) -> None:
    wrong = [text for text, one in zip(texts, odd, strict=True) if one]
    print(title, *wrong, sep="\n  ", file=sys.stderr)


def inquiries() -> Corpus:
    """Of the sample company: never fitted on."""
    rows = [json.loads(line) for line in (COMPANY / "inquiries.jsonl").open(encoding="utf-8")]
    spoken = [row for row in rows if row["language"] in ("en", "de")]
    wishing, plain = (
        [row["text"] for row in spoken if row["wants_person"] is w] for w in (True, False)
    )
    return Corpus(wishing, plain)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true", help="write the shipped weights")
    arguments.add_argument("--quick", action="store_true", help="nobody left out: held back only")
    asked = arguments.parse_args()
    known = authors()
    report: dict[str, Any] = {"authors": {}, "held_back": {}}
    for author, corpus in {} if asked.quick else known.items():
        others = {name: one for name, one in known.items() if name != author}
        report["authors"][author] = counted(fit(others), corpus, author)
    model = fit(known)
    for name, corpus in {**held_back(), "sample company": inquiries()}.items():
        report["held_back"][name] = counted(model, corpus, name)
    if asked.write:
        content = json.dumps(_as_json(model), ensure_ascii=False, indent=0, sort_keys=True)
        SHIPPED.write_text(content + "\n", encoding="utf-8")
        report["weights"] = content.count("\n")
    print(json.dumps(report))


def _as_json(model: WishModel) -> dict[str, Any]:
    def flat(table: Any) -> Any:
        if not isinstance(table, dict):
            return table
        return {" ".join(key) if isinstance(key, tuple) else key: w for key, w in table.items()}

    return {name: flat(value) for name, value in model._asdict().items()}


if __name__ == "__main__":
    main()
