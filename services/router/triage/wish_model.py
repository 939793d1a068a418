"""Is this a wish for a person? One logistic model over a text's words, how they and their kinds stand
beside each other (`wish_words.yaml`), and which phrases of the word lists it holds.

Fitted by `bench.triage.wishes` on texts of our own, by authors who did not know each other's. How
people ask has no end of forms, so kinds of words carry over what was learned from one wording to
another, and a phrase of the lists is strong evidence but never the last word.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from services.router.triage.lengths import divisor
from services.router.triage.wording import Wording, fold
from services.router.triage.wordlists import matches, mended, word_lists

WORDS_MAX = 60
SENTENCES_MAX = 20
"""Of more the first and the last are read: where a wish is hidden in a story, it stands there."""

LETTERS_MAX = 40
"""Of a word; no real one is longer."""

NEAR, FAR = 2, 5
"""Words apart, at most, for kinds of words to count as beside each other, or as in one sentence."""

PART_OF_WORD = 0.3
"""What one part of a word counts beside the whole."""

Name = tuple[str, ...]
"""A feature: the table of weights, then what stands there."""


Known = tuple[float, str, tuple[str, ...]]
"""Of a word: its own weight with its parts and kinds, itself, its kinds."""


class WishModel(NamedTuple):
    """Weights in log-odds; `threshold` is the sum from which a text counts as a wish, `unlikely` what the
    words by themselves must reach for a closer look."""

    threshold: float
    unlikely: float
    bias: float
    word: dict[str, float]
    part: dict[str, float]
    kind: dict[str, float]
    beside: dict[tuple[str, str], float]
    """Of neighbours: words, or a word and a kind."""
    apart: dict[tuple[str, str], float]
    """Of words with one between them."""
    near: dict[tuple[str, str], float]
    far: dict[tuple[str, str], float]
    """Of kinds, up to NEAR and up to FAR words apart."""
    phrase: dict[str, float]
    """Of phrases of the lists; `any` for at least one, `no` for one that says that it is no wish."""
    mark: dict[str, float]


@cache
def shipped() -> WishModel:
    raw = json.loads(files("services.router.triage").joinpath("wish.json").read_text("utf-8"))
    tables = {
        name: {_pair(key): weight for key, weight in raw[name].items()}
        for name in ("beside", "apart", "near", "far")
    }
    return WishModel(**{**raw, **tables})


def _pair(key: str) -> tuple[str, str]:
    one, _, other = key.partition(" ")
    return one, other


def asks_for_person(wording: Wording) -> bool:
    """Only a likely text is searched for what denies the wish, which can make it less likely only."""
    model = shipped()
    wish = log_odds(wording)
    if wish >= model.threshold and word_lists().ignores("person", mended(wording)):
        wish += model.phrase["no"]
    return wish >= model.threshold


def log_odds(wording: Wording) -> float:
    """Of a wish for a person, whatever phrases deny it. Of the whole text, or of the sentence that
    sounds most like one, so that no story can drown it. A text whose words alone make a wish unlikely
    is not looked at more closely."""
    model = shipped()
    read = [_known(words) for words in _sentences(mended(wording))]
    found = matches(wording).get("person", ())
    if not read or (not found and _by_words_alone(read) < model.unlikely):
        return -math.inf
    sizes = list(map(len, read))
    told = sum(model.phrase.get(phrase, 0.0) for phrase in found)
    asked = model.mark["?"] if "?" in wording.raw else 0.0
    most = _most([_sum(words) for words in read], sizes)
    return model.bias + most + told + asked + (model.phrase["any"] if found else 0.0)


def _most(sums: Sequence[float], sizes: Sequence[int]) -> float:
    """Of the whole text and of each of its sentences."""
    whole = sum(sums) / divisor(sum(sizes))
    if len(sums) == 1:
        return whole
    return max(whole, *(one / divisor(size) for one, size in zip(sums, sizes, strict=True)))


def _by_words_alone(read: Sequence[Sequence[Known]]) -> float:
    return _most([sum(word[0] for word in words) for words in read], list(map(len, read)))


def by_words_alone(wording: Wording) -> float:
    """For fitting: what `unlikely` is compared with."""
    return _by_words_alone([_known(words) for words in _sentences(mended(wording))])


def _known(words: Sequence[str]) -> list[Known]:
    return list(map(_of_word, _framed(words)))


def _sum(read: Sequence[Known]) -> float:
    model = shipped()
    beside, apart, near = model.beside, model.apart, model.near
    total = 0.0
    for index, (weight, word, kinds) in enumerate(read):
        total += weight
        if index:
            _, earlier, its_kinds = read[index - 1]
            total += beside.get((earlier, word), 0.0)
            for kind in its_kinds:
                total += beside.get((kind, word), 0.0)
            for kind in kinds:
                total += beside.get((earlier, kind), 0.0)
        if index > 1:
            total += apart.get((read[index - 2][1], word), 0.0)
        if kinds:
            for distance in range(1, min(FAR, index) + 1):
                table = near if distance <= NEAR else model.far
                for kind in read[index - distance][2]:
                    for other in kinds:
                        total += table.get((kind, other), 0.0)
    return total


@lru_cache(maxsize=20_000)
def _of_word(word: str) -> Known:
    """Remembered: a few thousand words make up most texts."""
    model, kinds = shipped(), kinds_of(word)
    own = model.word.get(word, 0.0) + sum(model.kind.get(kind, 0.0) for kind in kinds)
    parts = sum(model.part.get(part, 0.0) for part in _parts(word))
    return own + PART_OF_WORD * parts, word, kinds


def features(wording: Wording) -> dict[Name, float]:
    """Of the whole text, for fitting: what `log_odds` sums up, by name."""
    counted: dict[Name, float] = defaultdict(float)
    size = 0
    for words in _sentences(mended(wording)):
        size += len(words) + 2
        for name, value in _features(_framed(words)):
            counted[name] += value
    scaled = {name: value / divisor(size) for name, value in counted.items()}
    found = matches(wording).get("person", ())
    scaled |= {("phrase", phrase): 1.0 for phrase in found}
    if found:
        scaled["phrase", "any"] = 1.0
    if word_lists().ignores("person", mended(wording)):
        scaled["phrase", "no"] = 1.0
    if "?" in wording.raw:
        scaled["mark", "?"] = 1.0
    return scaled


def _features(read: Sequence[str]) -> Iterator[tuple[Name, float]]:
    for index, word in enumerate(read):
        kinds = kinds_of(word)
        yield ("word", word), 1.0
        yield from ((("part", part), PART_OF_WORD) for part in _parts(word))
        yield from ((("kind", kind), 1.0) for kind in kinds)
        for distance, later in enumerate(read[index + 1 : index + 1 + FAR], 1):
            if distance == 1:
                yield ("beside", word, later), 1.0
                yield from ((("beside", kind, later), 1.0) for kind in kinds)
                yield from ((("beside", word, kind), 1.0) for kind in kinds_of(later))
            elif distance == 2:
                yield ("apart", word, later), 1.0
            table = "near" if distance <= NEAR else "far"
            for kind in kinds:
                yield from (((table, kind, other), 1.0) for other in kinds_of(later))


def _sentences(wording: Wording) -> list[list[str]]:
    sentences = [part.split() for part in wording.folded.split(" . ")]
    spoken = [words for words in sentences if words and words != ["."]]
    if len(spoken) > SENTENCES_MAX:
        spoken = [*spoken[: SENTENCES_MAX // 2], *spoken[-SENTENCES_MAX // 2 :]]
    return [_ends(words) for words in spoken]


def _ends(words: list[str]) -> list[str]:
    if len(words) <= WORDS_MAX:
        return words
    return [*words[: WORDS_MAX // 2], *words[-WORDS_MAX // 2 :]]


def _framed(words: Sequence[str]) -> list[str]:
    return ["^", *[word[:LETTERS_MAX] for word in words], "$"]


def _parts(word: str) -> Iterator[str]:
    framed = f"<{word}>"
    for size in range(3, 7):
        for start in range(len(framed) - size + 1):
            yield framed[start : start + size]


@lru_cache(maxsize=20_000)
def kinds_of(word: str) -> tuple[str, ...]:
    """The kinds of a folded word, each written `=kind`, since no word holds `=`."""
    whole, starts = _kinds()
    found = {*whole.get(word, ()), *(kind for start, kind in starts if word.startswith(start))}
    return tuple(sorted(found))


@cache
def _kinds() -> tuple[dict[str, set[str]], list[tuple[str, str]]]:
    text = files("services.router.triage").joinpath("wish_words.yaml").read_text("utf-8")
    whole: dict[str, set[str]] = defaultdict(set)
    starts: list[tuple[str, str]] = []
    for kind, words in yaml.safe_load(text).items():
        for word in words.split():
            if word.endswith("*"):
                starts.append((fold(word[:-1]), f"={kind}"))
            else:
                whole[fold(word)].add(f"={kind}")
    return whole, starts
