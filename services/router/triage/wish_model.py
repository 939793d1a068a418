"""The wish for a person as a whole reads it, beside the phrases: how people ask has no end of forms.

A logistic model over words, pairs of words and parts of words, fitted by `bench.triage.wishes` on
texts of our own. Either may recognise a wish; where a phrase says that it is none ("no need to call
me"), the model is not asked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise, repeat
from typing import NamedTuple

from services.router.triage.wording import Wording
from services.router.triage.wordlists import mended, word_lists

WORDS_MAX = 60
SENTENCES_MAX = 20
"""Of more the first and the last are read: where a wish is hidden in a story, it stands there."""

LETTERS_MAX = 40
"""Of a word; no real one is longer."""


class WishModel(NamedTuple):
    """`threshold` is the probability from which a text counts as a wish. `weights` by feature of a
    word; `pairs` of neighbours, `apart` of words with one between them."""

    threshold: float
    bias: float
    weights: dict[str, float]
    pairs: dict[tuple[str, str], float]
    apart: dict[tuple[str, str], float]


@cache
def shipped() -> WishModel:
    raw = json.loads(files("services.router.triage").joinpath("wish.json").read_text("utf-8"))
    pairs: dict[str, dict[tuple[str, str], float]] = {"b:": {}, "s:": {}}
    for name, weight in raw["weights"].items():
        if name[:2] in pairs:
            one, _, other = name[2:].partition(" ")
            pairs[name[:2]][one, other] = weight
    return WishModel(raw["threshold"], raw["bias"], raw["weights"], pairs["b:"], pairs["s:"])


def probability(wording: Wording) -> float:
    """Of a wish for a person, in English or German; what is in another language scores low. The
    sentence that sounds most like one counts, so no story can drown it."""
    return max((_probability(words) for words in _sentences(wording)), default=0.0)


def _probability(words: list[str]) -> float:
    model = shipped()
    read = _framed(words)
    total = model.bias + sum(map(_weight_of, read))
    total += sum(map(model.pairs.get, pairwise(read), repeat(0.0)))
    total += sum(map(model.apart.get, zip(read, read[2:], strict=False), repeat(0.0)))
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=20_000)
def _weight_of(word: str) -> float:
    """Of one word and its parts. Remembered: a few thousand words make up most texts."""
    known = shipped().weights
    return sum(known.get(name, 0.0) * value for name, value in _of_word(word))


def asks_for_person(wording: Wording) -> bool:
    """The rare likely text alone is searched for what says that it is no wish."""
    heard = mended(wording)
    likely = probability(heard) >= shipped().threshold
    return likely and not word_lists().ignores("person", heard)


def features(wording: Wording) -> Iterator[tuple[str, float]]:
    """Of the whole text, for fitting: its sentences one after the other."""
    for words in _sentences(wording):
        yield from _features(words)


def _sentences(wording: Wording) -> list[list[str]]:
    sentences = [part.split() for part in wording.folded.split(" . ")]
    spoken = [words for words in sentences if words and words != ["."]]
    if len(spoken) > SENTENCES_MAX:
        spoken = [*spoken[: SENTENCES_MAX // 2], *spoken[-SENTENCES_MAX // 2 :]]
    return spoken


def _features(words: list[str]) -> Iterator[tuple[str, float]]:
    """Words, neighbours with and without one word between them, and 4 and 5 letters of long words; as
    often as they stand there."""
    read = _framed(words)
    for word in read:
        yield from _of_word(word)
    for name in _pairs(read):
        yield name, 1.0


def _framed(words: list[str]) -> list[str]:
    if len(words) > WORDS_MAX:
        words = [*words[: WORDS_MAX // 2], *words[-WORDS_MAX // 2 :]]
    return ["^", *[word[:LETTERS_MAX] for word in words], "$"]


def _of_word(word: str) -> Iterator[tuple[str, float]]:
    yield "w:" + word, 1.0
    if len(word) > 4:
        framed = f"<{word}>"
        for size in (4, 5):
            for start in range(len(framed) - size + 1):
                yield "c:" + framed[start : start + size], 0.5


def _pairs(words: list[str]) -> Iterator[str]:
    for one, other in pairwise(words):
        yield f"b:{one} {other}"
    for one, other in zip(words, words[2:], strict=False):
        yield f"s:{one} {other}"
