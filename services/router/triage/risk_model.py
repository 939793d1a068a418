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
"""Of a long sentence. Of more the first and the last are read: what matters stands at one of its ends."""
LETTERS_MAX = 40
LONG_SENTENCE = 400
"""Letters from which a sentence is searched for words beyond LETTERS_MAX."""
HOPELESS = -2.5
"""Log odds by single words below which no neighbours make a sentence risky: they are not looked at."""
PART_SIZES = (4, 5)
SHORTEST_WITH_PARTS = 5
PART_WEIGHT = 0.5

Pair = tuple[str, str]


class RiskModel(NamedTuple):
    """`threshold`: the probability from which a sentence is risky. `pairs` are of neighbours, `apart` of
    words with one between them. `of_tier`: what a feature says for each of `tiers`."""

    threshold: float
    bias: float
    words: Mapping[str, float]
    pairs: Mapping[Pair, float]
    apart: Mapping[Pair, float]
    tiers: Sequence[RiskTier]
    tier_bias: Sequence[float]
    of_tier: Mapping[str, Sequence[float]]


@cache
def shipped() -> RiskModel:
    raw = json.loads(files("services.router.triage").joinpath("risk.json").read_text("utf-8"))
    named: dict[str, float] = raw["weights"]
    tiers = raw["tiers"]
    of_tier: dict[str, list[float]] = {}
    for number, tier in enumerate(tiers):
        for name, weight in tiers[tier]["weights"].items():
            of_tier.setdefault(name, [0.0] * len(tiers))[number] = weight
    return RiskModel(
        threshold=raw["threshold"],
        bias=raw["bias"],
        words=named,
        pairs=_pairs_of(named, "b:"),
        apart=_pairs_of(named, "s:"),
        tiers=list(tiers),
        tier_bias=[tiers[tier]["bias"] for tier in tiers],
        of_tier=of_tier,
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
    model = shipped()
    said = [model.tier_bias, *map(_tiers_of_word, words)]
    said += [model.of_tier[name] for name in _neighbours(words) if name in model.of_tier]
    scores = list(map(sum, zip(*said, strict=True)))
    return model.tiers[scores.index(max(scores))]


@lru_cache(maxsize=20_000)
def _tiers_of_word(word: str) -> Sequence[float]:
    """What a word and its parts say for each tier."""
    model = shipped()
    said = [0.0] * len(model.tiers)
    for name, value in _of_word(word):
        for number, weight in enumerate(model.of_tier.get(name, ())):
            said[number] += weight * value
    return said


def _log_odds(words: list[str]) -> float:
    model = shipped()
    total = model.bias + sum(map(_weight_of, words))
    if total < HOPELESS:
        return total
    total += sum(map(model.pairs.get, pairwise(words), repeat(0.0)))
    return total + sum(map(model.apart.get, zip(words, words[2:], strict=False), repeat(0.0)))


@lru_cache(maxsize=20_000)
def _weight_of(word: str) -> float:
    """Of one word and its parts. Remembered: a few thousand words make up most texts."""
    known = shipped().words
    return sum(known.get(name, 0.0) * value for name, value in _of_word(word))


def sentences(wording: Wording) -> list[list[str]]:
    """Each as its words between the marks of its start and end."""
    parts = [part for part in wording.folded.strip(" .").split(" . ") if part]
    if len(parts) > SENTENCES_MAX:
        parts = [*parts[: SENTENCES_MAX // 2], *parts[-SENTENCES_MAX // 2 :]]
    return [_framed(part) for part in parts]


def _framed(sentence: str) -> list[str]:
    words = sentence.split()
    if len(sentence) > LONG_SENTENCE:
        if len(words) > WORDS_MAX:
            words = [*words[: WORDS_MAX // 2], *words[-WORDS_MAX // 2 :]]
        words = [word[:LETTERS_MAX] for word in words]
    return ["^", *words, "$"]


def features(words: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Of one sentence, as `sentences` gives it."""
    for word in words:
        yield from _of_word(word)
    for name in _neighbours(words):
        yield name, 1.0


def _neighbours(words: Sequence[str]) -> Iterator[str]:
    for one, other in pairwise(words):
        yield f"b:{one} {other}"
    for one, other in zip(words, words[2:], strict=False):
        yield f"s:{one} {other}"


def _of_word(word: str) -> Iterator[tuple[str, float]]:
    yield "w:" + word, 1.0
    if len(word) >= SHORTEST_WITH_PARTS:
        framed = f"<{word}>"
        for size in PART_SIZES:
            for start in range(len(framed) - size + 1):
                yield "c:" + framed[start : start + size], PART_WEIGHT
