"""Whether each part of a wording says what one part of its article says, and not words from everywhere. Pure.

Negations, limits and figures must stay with the words that they belong to: a text may hold the same number of
them and still say the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from services.language_model.guard.figures import figures_in
from services.language_model.guard.grounding import Ground, sentences
from services.language_model.guard.matters import NEGATIONS, ONLY

SENTENCE_SHARE = 0.5
"""Of a sentence's words that matter, the share that one sentence of the article must have; of a short
sentence more."""
SHORT_WORDS = 3
CLAUSE_SHARE = 0.75
"""The same of a clause with a negation, in one clause of the article with a negation."""
FIGURE_SHARE = 0.4
"""The same of a sentence with a figure, in one sentence of the article with that figure."""

_CLAUSE_END = re.compile(
    r"(?<=[.!?:;])\s+|\n+|, | (?:but|and|so|because|although|aber|sondern|und|weil|obwohl) "
)


def unsupported(text: str, source: str) -> str | None:
    """The first sentence that no single sentence of the article says."""
    grounds = [Ground(one) for one in sentences(source)]
    for sentence in sentences(text):
        share, words = _share(sentence, grounds)
        if share < SENTENCE_SHARE or (share == SENTENCE_SHARE and words <= SHORT_WORDS):
            return sentence
    return None


def negated_elsewhere(text: str, source: str) -> str | None:
    """The first clause whose negation, or limit, stands with other words than in the article."""
    for words in (NEGATIONS, ONLY):
        grounds = [Ground(one) for one in _clauses(source) if words.search(one)]
        for clause in _clauses(text):
            if words.search(clause) and _share(clause, grounds)[0] < CLAUSE_SHARE:
                return clause
    return None


def figure_elsewhere(text: str, source: str, language: str) -> str | None:
    """The first sentence whose figure the article gives for something else."""
    known = [(Ground(one), set(figures_in(one, language))) for one in sentences(source)]
    for sentence in sentences(text):
        figures = set(figures_in(sentence, language))
        if figures:
            grounds = [ground for ground, theirs in known if theirs & figures]
            if _share(sentence, grounds)[0] < FIGURE_SHARE:
                return sentence
    return None


def _share(part: str, grounds: Iterable[Ground]) -> tuple[float, int]:
    """The best share, and of how many words; whole where there are none to support."""
    supports = [ground.support(part) for ground in grounds]
    words = max((support.known + support.new for support in supports), default=0)
    if supports and words == 0:
        return 1.0, 0
    return max((support.known / words for support in supports), default=0.0), words


def _clauses(text: str) -> Sequence[str]:
    return [one.strip() for one in _CLAUSE_END.split(text) if one.strip()]
