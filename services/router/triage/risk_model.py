"""Is this risky? One logistic model over the words of a text, their parts and neighbours, and which
phrases of the word lists it holds; and one for each tier, which says which it is.

Fitted by `bench.triage.risks` on sentences of our own, by authors who did not know each other's. What
befalls people has no end of forms, so a phrase of the lists is strong evidence; only where somebody may
be in danger is it the last word (`risk.py`).
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise, repeat
from typing import NamedTuple, get_args

from services.router.triage.lengths import divisor
from services.router.triage.wording import Wording
from services.router.triage.wordlists import matches, mended
from warmline.events.decision import RiskTier

SENTENCES_MAX = 20
WORDS_MAX = 60
"""Of a long sentence. Of more the first and the last are read: what matters stands at one of its ends."""
LETTERS_MAX = 40
LONG_SENTENCE = 400
"""Letters from which a sentence is searched for words beyond LETTERS_MAX."""
PART_SIZES = (3, 4, 5, 6)
PART_WEIGHT = 0.4
"""What one part of a word counts beside the whole."""

Pair = tuple[str, str]


class RiskModel(NamedTuple):
    """Weights in log-odds; `threshold` is the sum from which a text is risky, `unlikely` what its words by
    themselves must reach for a closer look. `pairs` are of neighbours, `apart` of words with one between
    them; `phrases` of the lists' phrases (`tier: phrase`), of their tiers, and `any`. `of_tier`: what a
    feature says for each of `tiers`."""

    threshold: float
    unlikely: float
    bias: float
    words: Mapping[str, float]
    pairs: Mapping[Pair, float]
    apart: Mapping[Pair, float]
    phrases: Mapping[str, float]
    question: float
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
        unlikely=raw["unlikely"],
        bias=raw["bias"],
        words=named,
        pairs=_pairs_of(named, "b:"),
        apart=_pairs_of(named, "s:"),
        phrases={name[2:]: weight for name, weight in named.items() if name.startswith("p:")},
        question=named.get("?", 0.0),
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


def is_risky(wording: Wording) -> bool:
    return log_odds(wording) >= shipped().threshold


def log_odds(wording: Wording) -> float:
    """Of a risk. Of the whole text, or of the sentence that sounds most like one, so that no story can
    drown it. A text without a phrase whose words make a risk unlikely is not looked at more closely."""
    model = shipped()
    spoken = sentences(mended(wording))
    told = phrases_in(wording)
    sums = [sum(map(_weight_of, words)) for words in spoken]
    if not told and _most(sums, spoken) < model.unlikely:
        return -math.inf
    for index, words in enumerate(spoken):
        sums[index] += sum(map(model.pairs.get, pairwise(words), repeat(0.0)))
        two_apart = zip(words, words[2:], strict=False)
        sums[index] += sum(map(model.apart.get, two_apart, repeat(0.0)))
    said = sum(model.phrases.get(name, 0.0) for name in told)
    asked = model.question if "?" in wording.raw else 0.0
    return model.bias + _most(sums, spoken) + said + asked


def by_words_alone(wording: Wording) -> float:
    """For fitting: what `unlikely` is compared with."""
    spoken = sentences(mended(wording))
    return _most([sum(map(_weight_of, words)) for words in spoken], spoken)


def _most(sums: Sequence[float], spoken: Sequence[Sequence[str]]) -> float:
    """Of the whole text and of each of its sentences."""
    if not spoken:
        return -math.inf
    whole = sum(sums) / divisor(sum(map(len, spoken)))
    return max(whole, *(one / divisor(len(words)) for one, words in zip(sums, spoken, strict=True)))


def phrases_in(wording: Wording) -> list[str]:
    """Of the lists of risk, by name: each phrase, each tier, and `any`."""
    found = matches(wording)
    tiers = [tier for tier in get_args(RiskTier) if tier in found]
    names = [f"{tier}: {phrase}" for tier in tiers for phrase in found[tier]]
    return [*names, *tiers, "any"] if tiers else []


def likely_tier(wording: Wording) -> RiskTier:
    """The tier whose model gives the riskiest sentence the most; for a text that no phrase names."""
    model = shipped()
    words = max(sentences(mended(wording)), key=_riskiness, default=[])
    said = [*map(_tiers_of_word, words)]
    said += [model.of_tier[name] for name in _neighbours(words) if name in model.of_tier]
    size = divisor(max(1, len(words)))
    sums = [sum(column) / size for column in zip(*said, strict=True)] or [0.0] * len(model.tiers)
    scores = [one + bias for one, bias in zip(sums, model.tier_bias, strict=True)]
    return model.tiers[scores.index(max(scores))]


def _riskiness(words: Sequence[str]) -> float:
    """By its words alone."""
    return sum(map(_weight_of, words)) / divisor(len(words))


@lru_cache(maxsize=20_000)
def _tiers_of_word(word: str) -> Sequence[float]:
    """What a word and its parts say for each tier."""
    model = shipped()
    said = [0.0] * len(model.tiers)
    for name, value in _of_word(word):
        for number, weight in enumerate(model.of_tier.get(name, ())):
            said[number] += weight * value
    return said


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


def features(wording: Wording) -> dict[str, float]:
    """Of a whole text, for fitting: what `log_odds` sums up, by name."""
    counted: dict[str, float] = defaultdict(float)
    spoken = sentences(mended(wording))
    for words in spoken:
        for word in words:
            for name, value in _of_word(word):
                counted[name] += value
        for name in _neighbours(words):
            counted[name] += 1.0
    size = divisor(max(1, sum(map(len, spoken))))
    scaled = {name: value / size for name, value in counted.items()}
    scaled |= {f"p:{name}": 1.0 for name in phrases_in(wording)}
    if "?" in wording.raw:
        scaled["?"] = 1.0
    return scaled


def _neighbours(words: Sequence[str]) -> Iterator[str]:
    for one, other in pairwise(words):
        yield f"b:{one} {other}"
    for one, other in zip(words, words[2:], strict=False):
        yield f"s:{one} {other}"


def _of_word(word: str) -> Iterator[tuple[str, float]]:
    yield "w:" + word, 1.0
    framed = f"<{word[:LETTERS_MAX]}>"
    for size in PART_SIZES:
        for start in range(len(framed) - size + 1):
            yield "c:" + framed[start : start + size], PART_WEIGHT
