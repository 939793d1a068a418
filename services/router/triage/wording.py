"""A text folded once for everything that works by word lists.

Lower case, no accents or apostrophes, German umlauts and their spellings (ä, ae, a) made one, words
separated by one space and sentences by ` . `. Only for matching: nothing folded is ever shown.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

SENTENCES_MAX = 20
WORDS_MAX = 60
"""Of a long sentence. Of more the first and the last are read: what matters stands at one of its ends."""
LETTERS_MAX = 40
LONG_SENTENCE = 400
"""Letters from which a sentence is searched for words beyond LETTERS_MAX."""

_ENDS = ".!?;:\n\r…。！？؟"
_DROPPED = "'’‘`´\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_ASCII = {
    code: None if chr(code) in _DROPPED else "." if chr(code) in _ENDS else " "
    for code in range(128)
    if not chr(code).isalnum()
}
_OTHER = {ord(char): "." for char in _ENDS} | {ord(char): None for char in _DROPPED}
_NOT_WORD = re.compile(r"[^\w.]+")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_EMPTY_SENTENCES = re.compile(r"\.(?: \.)+")


@dataclass(frozen=True)
class Wording:
    """`folded` starts and ends with ` . `, so that every word has a space on both sides."""

    raw: str
    folded: str
    matches: dict[str, list[str]] | None = field(default=None, compare=False, repr=False)
    """What the word lists found, once they were searched (`wordlists.matches`)."""
    mended: Wording | None = field(default=None, compare=False, repr=False)
    """The same with slips mended, once somebody asked (`wordlists.mended`)."""

    @cached_property
    def words(self) -> list[str]:
        """In order, sentence ends included as `.`."""
        return self.folded.split()

    @cached_property
    def distinct(self) -> set[str]:
        return set(self.words)

    @cached_property
    def sentences(self) -> list[list[str]]:
        """Each as its words between marks of its start and end."""
        parts = [part for part in self.folded.strip(" .").split(" . ") if part]
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


def read(text: str) -> Wording:
    """Folds a text; the work is linear in its length."""
    return Wording(text, f" . {fold(text)} . ")


def fold(text: str) -> str:
    """`Können Sie mir hellllfen?` becomes `konnen sie mir helfen .`"""
    folded = text.lower()
    if not folded.isascii():
        folded = folded.replace("ß", "ss").translate(_OTHER)
        folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
        folded = _NOT_WORD.sub(" ", folded)
    folded = " ".join(folded.translate(_ASCII).replace(".", " . ").split())
    if ". ." in folded:
        folded = _EMPTY_SENTENCES.sub(".", folded)
    folded = _STRETCHED.sub(r"\1", folded)
    return folded.replace("ae", "a").replace("oe", "o").replace("ue", "u").strip()
