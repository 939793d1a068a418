"""Which language a text is in. It never decides the topic: one model serves all languages.

The topic model scores the languages it was trained on at no extra cost, and is surer than any
general identifier on texts of the field. It knows nothing of other languages; so py3langid (140
languages; 75 MB and one second to load) is asked about texts that leave it in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol, cast

UNDETERMINED = "und"
"""ISO 639 code for "nobody can tell"."""

SURE = 0.95
MANY_UNKNOWN_WORDS = 0.4
ENOUGH = 0.6
SPOKEN_WEIGHT = 50.0
"""How much likelier a priori a language of the desk is than any other; holds for 20 letters up to
whole letters on public English and German texts (see docs/triage.md)."""

_EXAMINED_CHARS = 1_000


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


class LanguageReader:
    """`trained`: languages of the topic model; `spoken`: further ones that the desk's people speak."""

    def __init__(self, trained: Sequence[str], spoken: Sequence[str] = ()) -> None:
        self._trained = tuple(trained)
        self._spoken = frozenset({*trained, *spoken})

    def read(
        self, text: str, language: str, confidence: float, unknown_words: float
    ) -> tuple[str, float]:
        """Language and confidence, given the topic model's; `und` below ENOUGH.

        A language that nobody speaks here is named too, so that people see what came in.
        """
        if confidence >= SURE and unknown_words <= MANY_UNKNOWN_WORDS:
            return language, confidence
        if not any(char.isalpha() for char in text[:_EXAMINED_CHARS]):
            return UNDETERMINED, 0.0
        weight = self._weights(language, confidence, unknown_words)
        ranked = _identifier().rank(text[:_EXAMINED_CHARS])
        likely = {code: chance * weight.get(code, 1.0) for code, chance in ranked}
        best = max(likely, key=lambda code: likely[code])
        chance = likely[best] / sum(likely.values())
        if chance < ENOUGH or not _is_plain_code(best):
            return UNDETERMINED, chance
        return best, chance

    def _weights(self, language: str, confidence: float, unknown_words: float) -> dict[str, float]:
        weights = dict.fromkeys(self._spoken, SPOKEN_WEIGHT)
        others = max(len(self._trained) - 1, 1)
        if unknown_words < 1 and len(self._trained) > 1:
            for code in self._trained:
                share = confidence if code == language else (1 - confidence) / others
                weights[code] *= share * len(self._trained)
        return weights


def load_identifier() -> None:
    """Loads py3langid now (about a second) and not in the middle of the first doubtful text."""
    _identifier()


@cache
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return cast(_Identifier, identifier)


def _is_plain_code(code: str) -> bool:
    """`zxx` stands for "not a language"."""
    return code != "zxx" and code.isascii() and code.islower() and 2 <= len(code) <= 3
