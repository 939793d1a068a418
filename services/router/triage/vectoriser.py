"""Hashed n-grams to TF-IDF rows over a fixed vocabulary of 64-bit hashes.

Two blocks, words with word pairs and characters, are each scaled to length 1 over what the
vocabulary knows, so that many character n-grams do not drown few words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.router.triage.ngrams import Grams, Hashes, Rows, ngrams

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Rowset:
    """Sparse rows: row i has columns `columns[indptr[i]:indptr[i+1]]` with those `values`."""

    indptr: Rows
    columns: Rows
    values: Floats
    words: NDArray[np.int64]
    """How many words each text has, with repeats."""
    unknown_words: NDArray[np.float32]
    """The share (0 to 1) of its words that training never saw; 1 for a text without words."""
    unknown_chars: NDArray[np.float32]
    """The same for its character n-grams."""


@dataclass(frozen=True)
class Vectoriser:
    """`hashes` holds the word block, then the character block; each sorted for binary search."""

    hashes: Hashes
    idf: Floats
    word_columns: int

    def __call__(self, texts: Sequence[str]) -> Rowset:
        """One row for each text."""
        grams = ngrams(texts)
        parts = (
            self._block(*_word_block(grams), grams.texts, 0, self.word_columns),
            self._block(grams.char_row, grams.chars, grams.texts, self.word_columns, len(self.idf)),
        )
        row = np.concatenate([part[0] for part in parts])
        order = np.argsort(row, kind="stable")
        indptr = np.zeros(grams.texts + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=grams.texts), out=indptr[1:])
        return Rowset(
            indptr=indptr,
            columns=np.concatenate([part[1] for part in parts])[order],
            values=np.concatenate([part[2] for part in parts])[order],
            words=np.bincount(grams.word_row, minlength=grams.texts),
            unknown_words=_share_unknown(grams.word_row, self._known(grams.words), grams.texts),
            unknown_chars=parts[1][3],
        )

    def _known(self, words: Hashes) -> NDArray[np.bool_]:
        return _find(self.hashes[: self.word_columns], words)[1]

    def _block(
        self, row: Rows, hashes: Hashes, texts: int, first: int, last: int
    ) -> tuple[Rows, Rows, Floats, Floats]:
        """Rows, columns and values of one block, and the share of its n-grams that is unknown."""
        unique, inverse = np.unique(hashes, return_inverse=True)
        found, known = _find(self.hashes[first:last], unique)
        occurs = known[inverse]
        column = found[inverse[occurs]] + first
        width = len(self.idf)
        key, count = np.unique(row[occurs] * width + column, return_counts=True)
        row_of, column = np.divmod(key, width)
        values = (1 + np.log(count)) * self.idf[column]
        length = np.sqrt(np.bincount(row_of, weights=values * values, minlength=texts))
        values /= length[row_of]
        return row_of, column, values.astype(np.float32), _share_unknown(row, occurs, texts)


def fit(texts: Sequence[str], *, at_least: int = 1) -> Vectoriser:
    """The vocabulary of n-grams that stand in `at_least` of these texts, with smoothed idf."""
    blocks: list[list[tuple[Hashes, Rows]]] = [[], []]
    for start in range(0, len(texts), 1_000):
        grams = ngrams(texts[start : start + 1_000])
        blocks[0].append(_document_counts(*_word_block(grams)))
        blocks[1].append(_document_counts(grams.char_row, grams.chars))
    hashes, idf = [], []
    for block in blocks:
        unique, inverse = np.unique(np.concatenate([h for h, _ in block]), return_inverse=True)
        documents = np.bincount(inverse, weights=np.concatenate([n for _, n in block]))
        often = documents >= at_least
        hashes.append(unique[often])
        idf.append(np.log((1 + len(texts)) / (1 + documents[often])) + 1)
    return Vectoriser(
        hashes=np.concatenate(hashes),
        idf=np.concatenate(idf).astype(np.float32),
        word_columns=len(hashes[0]),
    )


def _word_block(grams: Grams) -> tuple[Rows, Hashes]:
    row = np.concatenate([grams.word_row, grams.pair_row])
    return row, np.concatenate([grams.words, grams.pairs])


def _document_counts(row: Rows, hashes: Hashes) -> tuple[Hashes, Rows]:
    """Each hash once, with the number of texts that hold it."""
    unique, inverse = np.unique(hashes, return_inverse=True)
    pairs = np.unique(row * max(len(unique), 1) + inverse)
    return unique, np.bincount(pairs % max(len(unique), 1), minlength=len(unique))


def _find(sorted_hashes: Hashes, wanted: Hashes) -> tuple[Rows, NDArray[np.bool_]]:
    """The place of each wanted hash, and whether it is really there."""
    if not len(sorted_hashes):
        return np.zeros(len(wanted), dtype=np.int64), np.zeros(len(wanted), dtype=bool)
    at = np.minimum(np.searchsorted(sorted_hashes, wanted), len(sorted_hashes) - 1)
    return at, sorted_hashes[at] == wanted


def _share_unknown(row: Rows, known: NDArray[np.bool_], texts: int) -> Floats:
    total = np.bincount(row, minlength=texts)
    hits = np.bincount(row, weights=known, minlength=texts)
    return (1 - hits / np.maximum(total, 1)).astype(np.float32)
