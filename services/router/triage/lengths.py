"""What the sum of many words' weights is divided by, so that a long text is not judged by its length."""

from __future__ import annotations

import math

LONG = 20
"""Words from which a text, or a sentence of it, is judged by their mean."""


def divisor(words: int) -> float:
    """The sum over a few words says more than their mean; over many it grows with the length alone."""
    return max(math.sqrt(words), words / math.sqrt(LONG))
