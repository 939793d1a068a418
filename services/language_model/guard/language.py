"""Whether a text is in the language that was asked for."""

from __future__ import annotations

from functools import cache
from typing import Protocol, cast

_PART_CHARS = 400
_TOO_SHORT = 20
"""Letters, below which no identifier can tell; other rules see to so short a text."""


class _Identifier(Protocol):
    def rank(self, text: str) -> list[tuple[str, float]]: ...


def is_in(text: str, language: str) -> bool:
    """Each paragraph that is long enough to tell; a foreign one among others is a foreign text."""
    paragraphs = [part for part in text.split("\n") if sum(map(str.isalpha, part)) >= _TOO_SHORT]
    return all(_language_of(part[:_PART_CHARS]) == language for part in paragraphs)


def load_identifier() -> None:
    """Loads py3langid now (75 MB, about a second) and not while a customer waits."""
    _identifier()


def _language_of(text: str) -> str:
    return _identifier().rank(text)[0][0]


@cache
def _identifier() -> _Identifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return cast(_Identifier, LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))
