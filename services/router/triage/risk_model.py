"""Risk as a whole sentence reads it, beside the word lists: what befalls people has no end of forms.

Logistic models over words, neighbouring words and parts of words, fitted by `bench.triage.risks` on
sentences of our own: one says whether a sentence is risky at all, and one for each tier which it is.
The lists come first; this is asked about what they let pass.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise, repeat
from typing import NamedTuple

from services.router.triage.wording import Wording
from warmline.events.decision import RiskTier

SENTENCES_MAX = 20
WORDS_MAX = 60
"""Of more the first and the last are read: what matters in a story stands at one of its ends."""
LETTERS_MAX = 40
PART_SIZES = (4, 5)
SHORTEST_WITH_PARTS = 5
PART_WEIGHT = 0.5

Pair = tuple[str, str]


class RiskModel(NamedTuple):
    """`threshold`: the probability from which a sentence is risky. `pairs` are of neighbours, `apart` of
    words with one between them. `tiers` has for each tier its bias and its weights by feature."""

    threshold: float
    bias: float
    words: Mapping[str, float]
    pairs: Mapping[Pair, float]
    apart: Mapping[Pair, float]
    tiers: Mapping[RiskTier, tuple[float, Mapping[str, float]]]


@cache
def shipped() -> RiskModel:
    raw = json.loads(files("services.router.triage").joinpath("risk.json").read_text("utf-8"))
    named: dict[str, float] = raw["weights"]
    return RiskModel(
        threshold=raw["threshold"],
        bias=raw["bias"],
        words=named,
        pairs=_pairs_of(named, "b:"),
        apart=_pairs_of(named, "s:"),
        tiers={tier: (of["bias"], of["weights"]) for tier, of in raw["tiers"].items()},
    )


def _pairs_of(named: Mapping[str, float], kind: str) -> dict[Pair, float]:
    found: dict[Pair, float] = {}
    for name, weight in named.items():
        if name.startswith(kind):
            one, _, other = name.removeprefix(kind).partition(" ")
            found[one, other] = weight
    return found


def likely_tier(mended: Wording) -> tuple[RiskTier, float] | None:
    """The tier that the riskiest sentence reads like, and how likely it is risky at all; None below
    the threshold. `mended`: with its slips mended, as the lists read it."""
    scored = [(_log_odds(words), words) for words in sentences(mended)]
    if not scored:
        return None
    highest, words = max(scored)
    chance = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, highest))))
    if chance < shipped().threshold:
        return None
    return _tier_of(words), chance


def _tier_of(words: list[str]) -> RiskTier:
    """The tier whose model gives the sentence the most."""
    found = list(features(words))
    tiers = shipped().tiers

    def score(tier: RiskTier) -> float:
        bias, weights = tiers[tier]
        return bias + sum(weights.get(name, 0.0) * value for name, value in found)

    return max(tiers, key=score)


def _log_odds(words: list[str]) -> float:
    model = shipped()
    total = model.bias + sum(map(_weight_of, words))
    total += sum(map(model.pairs.get, pairwise(words), repeat(0.0)))
    return total + sum(map(model.apart.get, zip(words, words[2:], strict=False), repeat(0.0)))


@lru_cache(maxsize=20_000)
def _weight_of(word: str) -> float:
    """Of one word and its parts. Remembered: a few thousand words make up most texts."""
    known = shipped().words
    return sum(known.get(name, 0.0) * value for name, value in _of_word(word))


def sentences(wording: Wording) -> list[list[str]]:
    """Each as its words between the marks of its start and end."""
    parts = [part.split() for part in wording.folded.split(" . ")]
    spoken = [words for words in parts if words and words != ["."]]
    if len(spoken) > SENTENCES_MAX:
        spoken = [*spoken[: SENTENCES_MAX // 2], *spoken[-SENTENCES_MAX // 2 :]]
    return [_framed(words) for words in spoken]


def _framed(words: list[str]) -> list[str]:
    if len(words) > WORDS_MAX:
        words = [*words[: WORDS_MAX // 2], *words[-WORDS_MAX // 2 :]]
    return ["^", *[word[:LETTERS_MAX] for word in words], "$"]


def features(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Of one sentence, as `sentences` gives it."""
    for word in words:
        yield from _of_word(word)
    for one, other in pairwise(words):
        yield f"b:{one} {other}", 1.0
    for one, other in zip(words, words[2:], strict=False):
        yield f"s:{one} {other}", 1.0


def _of_word(word: str) -> Iterator[tuple[str, float]]:
    yield "w:" + word, 1.0
    if len(word) >= SHORTEST_WITH_PARTS:
        framed = f"<{word}>"
        for size in PART_SIZES:
            for start in range(len(framed) - size + 1):
                yield "c:" + framed[start : start + size], PART_WEIGHT
