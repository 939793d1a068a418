"""Corrects single slips in a few chosen words, so that "humna" is still a human."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from services.router.triage.wording import Wording, fold

_SHORTEST = 5
_LONGEST = 24


class Speller:
    """Finds a word with one letter missing, extra, wrong or swapped with the next.

    The first letter must be right, and the word must not be a real word of its own. Words within
    one slip share a form with at most one letter deleted (Garbe's symmetric deletes), so that the
    look-up costs a few hash probes however many words there are.
    """

    def __init__(
        self, words: Iterable[str], misspelt: Mapping[str, str], real_words: Iterable[str]
    ) -> None:
        self._right = {fold(word) for word in words}
        self._known = {fold(wrong): fold(right) for wrong, right in misspelt.items()}
        self._real = {fold(word) for word in real_words}
        self._shortened: dict[str, list[str]] = {}
        for word in sorted(self._right):
            for form in _shortened(word):
                self._shortened.setdefault(form, []).append(word)
        self._correct = lru_cache(maxsize=20_000)(self._look_up)

    def correct(self, wording: Wording) -> Wording:
        """The same wording if nothing was misspelt."""
        words = wording.words
        corrected = list(map(self._correct, words))
        if corrected == words:
            return wording
        return Wording(wording.raw, f" {' '.join(corrected)} ")

    def _look_up(self, word: str) -> str:
        known = self._known.get(word)
        if known:
            return known
        if not _SHORTEST <= len(word) <= _LONGEST or word in self._right or word in self._real:
            return word
        for form in _shortened(word):
            for right in self._shortened.get(form, ()):
                if right[0] == word[0] and one_slip(right, word):
                    return right
        return word


def one_slip(right: str, wrong: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours turns one into the other."""
    if abs(len(right) - len(wrong)) > 1:
        return False
    same = 0
    while same < min(len(right), len(wrong)) and right[same] == wrong[same]:
        same += 1
    left, other = right[same:], wrong[same:]
    return (
        left[1:] == other[1:]
        or left[1:] == other
        or left == other[1:]
        or (left[:2] == other[1::-1] and left[2:] == other[2:])
    )


def _shortened(word: str) -> Iterator[str]:
    yield word
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
