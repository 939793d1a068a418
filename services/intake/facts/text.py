"""A text made plain for the recognisers, position by position, and what is used up in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BLANKS = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"
_APOSTROPHES = "\u2018\u2019\u02bc\u00b4`"
_FULL_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)}

_PLAIN: dict[int, int | str] = {
    **_FULL_WIDTH,
    **{ord(c): " " for c in _BLANKS},
    **{ord(c): "-" for c in _DASHES},
    **{ord(c): "'" for c in _APOSTROPHES},
}

USED = "\x00"
"""Stands for a character that belongs to a fact already; no pattern matches it."""


def plain(text: str) -> str:
    """One kind of blank, dash and apostrophe, no full-width characters; the length stays."""
    return text.translate(_PLAIN)


def use_up(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` of the same length, in which nothing is found at `spans` any more (sorted, disjoint)."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], USED * (end - start)]
        at = end
    return "".join([*parts, text[at:]])


def either(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest first, so that none hides behind its beginning."""
    return "(?:" + "|".join(map(re.escape, sorted(set(words), key=len, reverse=True))) + ")"
