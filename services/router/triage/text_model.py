"""What a text sounds like: a linear model over its words, their parts, their neighbours, their kinds, and
which phrases of the word lists it holds. One model hears the wish for a person, another a risk.

How people put things has no end of forms: kinds of words (`<name>_words.yaml`) and parts of words carry
over what was learned from one wording to another, and a phrase of the lists is strong evidence, never the
last word. Fitted by `bench.triage.wishes` and `bench.triage.risks` on texts of our own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise, repeat

from services.router.triage.kinds import Kinds, read_kinds
from services.router.triage.lengths import divisor
from services.router.triage.weights import Weights, read_weights
from services.router.triage.wording import LETTERS_MAX, Wording
from services.router.triage.wordlists import matches, mended

PART_SIZES = (3, 4, 5, 6)
REMEMBERED = 20_000
"""A few thousand words make up most texts."""

Name = tuple[str, ...]
"""A feature: the table of its weight, then what stands there, or the two that stand there."""

OF_PAIRS = ("beside", "apart", "near")


class TextModel:
    """Weights in log-odds, and what was looked up in them before.

    `threshold` is the sum from which a text is what the model listens for; `unlikely` is what its words
    by themselves must reach for a closer look.
    """

    def __init__(self, weights: Weights, kinds: Kinds) -> None:
        self.threshold = weights.numbers["threshold"]
        self.unlikely = weights.numbers["unlikely"]
        self.bias = weights.numbers["bias"]
        self.part_counts = weights.numbers["part"]
        self.kinds = kinds
        self.weights = dict(named(weights.tables))
        self._beside, self._apart = (
            {name[1:]: weight for name, weight in self.weights.items() if name[0] == table}
            for table in ("beside", "apart")
        )
        self._alone = lru_cache(maxsize=REMEMBERED)(self._weigh)
        self._kinds_near = lru_cache(maxsize=REMEMBERED)(self._weigh_kinds)

    def log_odds(self, wording: Wording, told: Collection[str]) -> float:
        """Of the whole text, or of the sentence that sounds most like it, so that no story can drown it.
        `told`: what the word lists found (`evidence`). Without that, a text whose words alone make it
        unlikely is not looked at more closely."""
        spoken = mended(wording).sentences
        sums = [sum(map(self._alone, words)) for words in spoken]
        if not sums or (not told and _most(sums, spoken) < self.unlikely):
            return -math.inf
        for index, words in enumerate(spoken):
            sums[index] += self._together(words)
        said = sum(self.weights.get(("phrase", name), 0.0) for name in told)
        asked = self.weights.get(("phrase", "?"), 0.0) if "?" in wording.raw else 0.0
        return self.bias + _most(sums, spoken) + said + asked

    def by_words_alone(self, wording: Wording) -> float:
        """For fitting: what `unlikely` is compared with."""
        spoken = mended(wording).sentences
        return _most([sum(map(self._alone, words)) for words in spoken], spoken)

    def likeliest_sentence(self, wording: Wording) -> Sequence[str]:
        """By its words alone."""
        spoken = mended(wording).sentences
        return spoken[0] if len(spoken) == 1 else max(spoken, key=self._mean, default=())

    def _mean(self, words: Sequence[str]) -> float:
        return sum(map(self._alone, words)) / divisor(len(words))

    def _weigh(self, word: str) -> float:
        counted = of_word(word, self.kinds, self.part_counts)
        return sum(self.weights.get(name, 0.0) * count for name, count in counted)

    def _together(self, words: Sequence[str]) -> float:
        """The sum over `of_pairs`, several times as fast."""
        beside, near = self._beside.get, self._kinds_near
        total: float = sum(map(beside, pairwise(words), repeat(0.0)))
        total += sum(map(self._apart.get, zip(words, words[2:], strict=False), repeat(0.0)))
        known = list(map(self.kinds.of, words))
        last: Sequence[str] = ()
        before: Sequence[str] = ()
        for index, kinds in enumerate(known):
            if kinds:
                for kind in kinds:
                    if index:
                        total += beside((words[index - 1], kind), 0.0)
                    if index + 1 < len(words):
                        total += beside((kind, words[index + 1]), 0.0)
                if last:
                    total += near(last, kinds)
                if before:
                    total += near(before, kinds)
            last, before = kinds, last
        return total

    def _weigh_kinds(self, its: Sequence[str], others: Sequence[str]) -> float:
        return sum(self.weights.get(("near", one, two), 0.0) for one in its for two in others)


def named(tables: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[Name, float]]:
    """Weights of a file by the name of what they are for."""
    for table, weights in tables.items():
        for key, weight in weights.items():
            yield (table, *(key.split(" ") if table in OF_PAIRS else [key])), weight


def evidence(wording: Wording, groups: Collection[str]) -> list[str]:
    """What the word lists found of these groups, by name: each phrase, each group, and `any`."""
    found = matches(wording)
    if not found:
        return []
    held = [group for group in groups if group in found]
    phrases = [f"{group}: {phrase}" for group in held for phrase in found[group]]
    return [*phrases, *held, "any"] if held else []


def features(
    wording: Wording, told: Collection[str], kinds: Kinds, part_counts: float
) -> dict[Name, float]:
    """Of the whole text, for fitting: what `log_odds` sums up, by name."""
    counted: dict[Name, float] = defaultdict(float)
    spoken = mended(wording).sentences
    for words in spoken:
        for word in words:
            for name, value in of_word(word, kinds, part_counts):
                counted[name] += value
        for name in of_pairs(words, kinds):
            counted[name] += 1.0
    size = divisor(max(1, sum(map(len, spoken))))
    scaled = {name: value / size for name, value in counted.items()}
    scaled |= {("phrase", name): 1.0 for name in told}
    if "?" in wording.raw:
        scaled["phrase", "?"] = 1.0
    return scaled


def of_word(word: str, kinds: Kinds, part_counts: float) -> Iterator[tuple[Name, float]]:
    """A word, its kinds and its parts; one part counts less than the whole."""
    yield ("word", word), 1.0
    yield from ((("kind", kind), 1.0) for kind in kinds.of(word))
    framed = f"<{word[:LETTERS_MAX]}>"
    for size in PART_SIZES:
        for start in range(len(framed) - size + 1):
            yield ("part", framed[start : start + size]), part_counts


def of_pairs(words: Sequence[str], kinds: Kinds) -> Iterator[Name]:
    """Words and kinds of words that stand beside each other, or with one word between them."""
    known = list(map(kinds.of, words))
    for index in range(1, len(words)):
        one, other = words[index - 1], words[index]
        its, others = known[index - 1], known[index]
        yield "beside", one, other
        for kind in its:
            yield "beside", kind, other
        for kind in others:
            yield "beside", one, kind
            for beside in its:
                yield "near", beside, kind
        if index > 1:
            yield "apart", words[index - 2], other
            if others:
                for apart in known[index - 2]:
                    for kind in others:
                        yield "near", apart, kind


def _most(sums: Sequence[float], spoken: Sequence[Sequence[str]]) -> float:
    """Of the whole text and of each of its sentences."""
    if not sums:
        return -math.inf
    whole = sum(sums) / divisor(sum(map(len, spoken)))
    if len(sums) == 1:
        return whole
    return max(whole, *(one / divisor(len(words)) for one, words in zip(sums, spoken, strict=True)))


@cache
def shipped(name: str) -> TextModel:
    """`wish` or `risk`, read once."""
    return TextModel(read_weights(name), read_kinds(name))
