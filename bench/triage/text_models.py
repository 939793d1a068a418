"""Fits the models that hear a wish for a person and a risk (`services/router/triage/text_model.py`).

Both from texts of our own, by authors who did not know each other's. Each author counts by the square root of
what they wrote, so that none teaches the models their own turns of phrase; of what was written line by line a
mistyped copy is read as well; what stands in fewer than TEXTS_MIN texts is not learnt.
"""

from __future__ import annotations

import io
import math
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from services.router.triage.kinds import read_kinds
from services.router.triage.text_model import TextModel, features
from services.router.triage.weights import STEP, Weights
from services.router.triage.wording import Wording, read

TEXTS_MIN = 3
WEIGHT_MIN = 0.15
"""Weights below are not shipped: they change nothing."""

SWEEP = 0.4
"""Between thresholds that are tried beside the one in use."""

NONE = "-"
FRAMED = "frames"
"""The author of texts made from frames with alternatives: many and alike."""

BESIDE = ", beside"
"""Follows the author of texts that they wrote for something else."""

Chosen = NDArray[np.bool_]
Tables = dict[str, dict[str, float]]


class Text(NamedTuple):
    """`label` is NONE for what the model should not hear."""

    text: str
    label: str
    author: str


class Recogniser(NamedTuple):
    """`told`: what the word lists say of a text. `part_counts`: what a part of a word counts beside the
    whole. `lost`: this share of what should be heard may be lost to not looking closely."""

    name: str
    told: Callable[[Wording], list[str]]
    threshold: float
    cost: float
    part_counts: float
    lost: float


class Corpus:
    """Texts and their mistyped copies as features, read once, however many models are fitted."""

    def __init__(self, recogniser: Recogniser, texts: Sequence[Text]) -> None:
        self.recogniser = recogniser
        self.kinds = read_kinds(recogniser.name)
        copies = [one._replace(text=mistyped(one.text)) for one in texts if one.author != FRAMED]
        self.texts = [*texts, *copies]
        self._written = len(texts)
        self.labels = np.array([one.label for one in self.texts])
        self.authors = np.array([one.author for one in self.texts])
        names = DictVectorizer(dtype=np.float32)
        self._matrix = csr_matrix(names.fit_transform(self._features(one) for one in self.texts))
        self._names = names.get_feature_names_out()

    def without(self, author: str) -> Chosen:
        return ~np.isin(self.authors, [author, author + BESIDE])

    def own(self, author: str) -> list[Text]:
        """What the author wrote, without the mistyped copies."""
        return [one for one in self.texts[: self._written] if one.author == author]

    def _features(self, one: Text) -> dict[str, float]:
        wording = read(one.text)
        told = self.recogniser.told(wording)
        found = features(wording, told, self.kinds, self.recogniser.part_counts)
        return {"\t".join(name): value for name, value in found.items()}

    def model(self, chosen: Chosen) -> tuple[TextModel, Weights]:
        """Of what is labelled at all, from the chosen texts."""
        bias, tables = self.fit(chosen, self.labels != NONE)
        asked = self.recogniser
        numbers = {
            "threshold": asked.threshold,
            "unlikely": -math.inf,
            "bias": bias,
            "part": asked.part_counts,
        }
        first = TextModel(Weights(numbers, tables), self.kinds)
        heard = np.flatnonzero(chosen & (self.labels != NONE))
        least = [first.by_words_alone(read(self.texts[row].text)) for row in heard]
        numbers["unlikely"] = round(float(np.quantile(least, asked.lost)), 2)
        weights = Weights(numbers, tables)
        return TextModel(weights, self.kinds), weights

    def fit(self, chosen: Chosen, yes: Chosen, least: float = WEIGHT_MIN) -> tuple[float, Tables]:
        """Bias and weights in log-odds of `yes`."""
        matrix = self._matrix[chosen]
        known = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= TEXTS_MIN)
        matrix = matrix[:, known]
        matrix.indices = matrix.indices.astype(np.int32)  # liblinear takes no wider ones
        matrix.indptr = matrix.indptr.astype(np.int32)
        fitted = LogisticRegression(C=self.recogniser.cost, solver="liblinear")
        fitted.fit(matrix, yes[chosen], sample_weight=_counts(self.authors[chosen]))
        tables: Tables = defaultdict(dict)
        for name, weight in zip(self._names[known], fitted.coef_[0], strict=True):
            if abs(weight) >= least:
                table, *key = name.split("\t")
                tables[table][" ".join(key)] = round(STEP * round(float(weight) / STEP), 2)
        return round(float(fitted.intercept_[0]), 2), dict(tables)


def told_apart(texts: Sequence[Text], hears: Callable[[str], bool]) -> dict[str, int]:
    """What is wrong goes to stderr."""
    counts = dict.fromkeys(("yes", "heard", "no", "mistaken"), 0)
    for one in texts:
        heard = hears(one.text)
        counts["no" if one.label == NONE else "yes"] += 1
        if heard:
            counts["mistaken" if one.label == NONE else "heard"] += 1
        if heard == (one.label == NONE):
            print(one.author, one.label, one.text, sep="\t", file=sys.stderr)
    return counts


def swept(
    texts: Sequence[Text], model: TextModel, hears: Callable[[str], bool]
) -> dict[str, list[int]]:
    """How many are heard and how many mistaken, by threshold of the model: to choose one by."""
    chosen = model.threshold
    found = {}
    for threshold in chosen + np.arange(-4, 5) * SWEEP:
        model.threshold = float(threshold)
        with redirect_stderr(io.StringIO()):
            counts = told_apart(texts, hears)
        found[f"{threshold:.2f}"] = [counts["heard"], counts["mistaken"]]
    model.threshold = chosen
    return found


def _counts(authors: NDArray[np.str_]) -> NDArray[np.float64]:
    """One on average."""
    _, whose, wrote = np.unique(authors, return_inverse=True, return_counts=True)
    counts = 1 / np.sqrt(wrote[whose])
    return np.asarray(counts / counts.mean())


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
