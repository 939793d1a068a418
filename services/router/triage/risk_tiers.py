"""Which risk does a sentence sound like? A linear model for each tier, over the same features as the model
of risk as a whole. A bereavement and a fraud have little in common, so what the likeliest tier's own model
says counts beside what the one for all says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache

from services.router.triage.kinds import Kinds, read_kinds
from services.router.triage.lengths import divisor
from services.router.triage.text_model import (
    REMEMBERED,
    Name,
    named,
    of_pairs,
    of_word,
)
from services.router.triage.weights import Weights, read_weights
from warmline.events.decision import RiskTier

TIERS: tuple[RiskTier, ...] = (
    "threat_or_self_harm",
    "bereavement",
    "vulnerable",
    "fraud",
    "legal_right",
    "data_protection",
    "hardship",
    "dispute",
    "complaint",
)
"""Most urgent first: the tier of a text that touches several."""

NOTHING = [0.0] * len(TIERS)


class TierModel:
    """Weights in log-odds, for each tier."""

    def __init__(self, weights: Weights, kinds: Kinds) -> None:
        self._bias = [weights.numbers[f"bias/{tier}"] for tier in TIERS]
        self._part_counts = weights.numbers["part"]
        self._kinds = kinds
        self._votes: dict[Name, list[float]] = {}
        for place, tier in enumerate(TIERS):
            start = f"{tier}/"
            own = {
                table.removeprefix(start): weights.tables[table]
                for table in weights.tables
                if table.startswith(start)
            }
            for name, weight in named(own):
                self._votes.setdefault(name, [0.0] * len(TIERS))[place] = weight
        self._alone = lru_cache(maxsize=REMEMBERED)(self._of_word)

    def log_odds(self, words: Sequence[str], told: Collection[str]) -> list[float]:
        """Of each tier, for one sentence; `told` is what the word lists found in the whole text."""
        pairs = filter(None, map(self._votes.get, of_pairs(words, self._kinds)))
        size = divisor(max(1, len(words)))
        said = _total([NOTHING, *map(self._alone, words), *pairs])
        phrases = filter(None, (self._votes.get(("phrase", name)) for name in told))
        return _total([[one / size for one in said], self._bias, *phrases])

    def _of_word(self, word: str) -> list[float]:
        counted = of_word(word, self._kinds, self._part_counts)
        known = ((self._votes.get(name), count) for name, count in counted)
        return _total(
            [NOTHING, *([one * count for one in votes] for votes, count in known if votes)]
        )


def _total(votes: Iterable[Sequence[float]]) -> list[float]:
    return list(map(sum, zip(*votes, strict=True)))


@cache
def shipped_tiers() -> TierModel:
    return TierModel(read_weights("risk_tiers"), read_kinds("risk"))
