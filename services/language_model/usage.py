"""What a call has taken of a model: as its endpoint has counted it, or the most that it can be. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

TOKENS_MAX = 1_200
"""Of an answer: the endpoint is told so."""

_BYTES_PER_TOKEN = 2
"""Fewer than any language here takes (English about 4, German 3), so that an estimate is never too low:
what is left covers the schema and the marks around each message."""


class Usage(NamedTuple):
    """`estimated`: some of it the endpoint has not counted."""

    tokens_in: int = 0
    tokens_out: int = 0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out

    def plus(self, other: Usage) -> Usage:
        return Usage(
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.estimated or other.estimated,
        )


def at_most(prompt: Iterable[str], requests: int = 1) -> Usage:
    """Of so many requests with the same prompt whose answers nobody has seen."""
    if requests < 1:
        return Usage()
    return Usage(requests * _tokens(prompt), requests * TOKENS_MAX, estimated=True)


def uncounted(prompt: Iterable[str], answer: str) -> Usage:
    """Of a whole answer that came without a count."""
    return Usage(_tokens(prompt), min(_tokens([answer]), TOKENS_MAX), estimated=True)


def _tokens(texts: Iterable[str]) -> int:
    return -(-sum(len(text.encode()) for text in texts) // _BYTES_PER_TOKEN)
