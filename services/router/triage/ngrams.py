"""Texts to hashed n-grams, in numpy: the same code feeds training and the running router.

Tokenising in Python costs more than everything after it. So a batch is joined into one string,
turned into one array of code points, and every n-gram's hash comes from array arithmetic.
Words are runs of letters, digits and underscores; character n-grams stay inside a word framed by
one space on each side (as scikit-learn's ``char_wb``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

MAX_CHARS = 4_000
"""Only the start of a text decides its topic; this bounds the work for a 32 KiB text."""

CHAR_SIZES = (2, 3, 4, 5)

_SEPARATOR = "\x1e"  # ASCII "record separator": never part of a word
_SPACE = np.uint32(32)
_RADIX = np.uint64(0x9E3779B97F4A7C15)
_SALT_WORD = np.uint64(0xA0761D6478BD642F)
_SALT_PAIR = np.uint64(0xE7037ED1A0B428DB)

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Grams:
    """One entry per occurrence: the text it stands in (``*_row``) and its 64-bit hash."""

    texts: int
    word_row: Rows
    words: Hashes
    pair_row: Rows
    pairs: Hashes
    char_row: Rows
    chars: Hashes


def ngrams(texts: Sequence[str]) -> Grams:
    """All words, word pairs and character n-grams of a batch of texts."""
    codes, row = _code_points(texts)
    starts = np.flatnonzero((codes[1:] != _SPACE) & (codes[:-1] == _SPACE)) + 1
    ends = np.flatnonzero((codes[1:] == _SPACE) & (codes[:-1] != _SPACE)) + 1
    mixed = _scramble(codes.astype(np.uint64))
    words = _words(mixed, starts, ends)
    word_row = row[starts]
    same = word_row[1:] == word_row[:-1]
    pairs = (words[:-1] * _RADIX + words[1:])[same]
    char_row, chars = _characters(codes, mixed, row)
    return Grams(
        texts=len(texts),
        word_row=word_row,
        words=_scramble(words + _SALT_WORD),
        pair_row=word_row[1:][same],
        pairs=_scramble(pairs + _SALT_PAIR),
        char_row=char_row,
        chars=chars,
    )


def _code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], Rows]:
    """Code points of the cleaned batch (each text framed by spaces) and the text of each."""
    cut = [text[:MAX_CHARS] for text in texts]
    joined = _SEPARATOR.join(cut)
    if joined.count(_SEPARATOR) != len(cut) - 1:
        joined = _SEPARATOR.join(text.replace(_SEPARATOR, " ") for text in cut)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    framed = f" {joined.lower()} ".encode("utf-32-le", "replace")
    codes = np.frombuffer(framed, dtype=np.uint32)
    row = np.cumsum(codes == ord(_SEPARATOR))
    codes = np.where(_is_word()[codes], codes, _SPACE)
    space = codes == _SPACE
    keep = np.ones(len(codes), dtype=bool)
    keep[1:] = ~(space[1:] & space[:-1])
    return codes[keep], row[keep]


def _words(mixed: Hashes, starts: Rows, ends: Rows) -> Hashes:
    """Polynomial hash of each word, from prefix sums over the whole batch."""
    if not len(starts):
        return np.empty(0, dtype=np.uint64)
    lengths = ends - starts
    total = int(lengths.sum())
    first = np.cumsum(lengths) - lengths
    place = np.arange(total) - np.repeat(first, lengths)
    at = np.repeat(starts, lengths) + place
    powers = _powers(MAX_CHARS)[np.minimum(place, MAX_CHARS)]
    return np.add.reduceat(mixed[at] * powers, first)


def _characters(codes: NDArray[np.uint32], mixed: Hashes, row: Rows) -> tuple[Rows, Hashes]:
    """Hash of every character n-gram that has no space inside (only at its ends)."""
    space = codes == _SPACE
    size = len(codes)
    rows, hashes = [], []
    rolling = mixed
    inner = np.zeros(size, dtype=bool)  # True: a space stands strictly inside the window
    for width in range(2, max(CHAR_SIZES) + 1):
        windows = size - width + 1
        if windows <= 0:
            break
        rolling = rolling[:windows] * _RADIX + mixed[width - 1 :]
        if width > 2:
            inner = inner[:windows] | space[width - 2 : width - 2 + windows]
        if width in CHAR_SIZES:
            at = np.flatnonzero(~inner[:windows])
            rows.append(row[at + space[at]])  # a frame's space may belong to the neighbour
            hashes.append(_scramble(rolling[at] + np.uint64(width)))
    if not rows:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    return np.concatenate(rows), np.concatenate(hashes)


def _scramble(values: Hashes) -> Hashes:
    """The splitmix64 finaliser: spreads every input bit over all 64."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


@cache
def _powers(count: int) -> Hashes:
    powers = np.full(count + 1, _RADIX, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


@cache
def _is_word() -> NDArray[np.bool_]:
    """For each code point: is it part of a word? Surrogates and the like are not."""
    planes = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x30000)]))
    table = np.zeros(0x110000, dtype=bool)
    for run in re.finditer(r"\w+", planes):
        table[ord(planes[run.start()]) : ord(planes[run.end() - 1]) + 1] = True
    return table
