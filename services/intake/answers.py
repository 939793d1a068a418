"""What the words of an answer say beside its facts: that it is none, or that it takes one back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from services.intake.forms import Phrases

_EDGES = " .,;:!?…\"'„“”‚‘()"
_POLITE = re.compile(r"\b(?:please|pls|thanks|thank you|sorry|bitte|danke|leider)\b")
_ASKS_BACK = re.compile(
    r"(?:(?:and|but|sorry|excuse me|und|aber|entschuldigung|äh|hm+)\W{1,3}){0,2}"
    r"(?:why|what|what's|where|how|which|who|when|do i|do you|can i|can you|is that|is this"
    r"|warum|wieso|weshalb|wozu|wofür|was|wo|woher|wie|welche[rsn]?|wer|wann|muss ich|kann ich|können sie"
    r"|brauchen sie)\b[^?]{0,200}\?",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"(?<!\w)(?:wrong|mistake|typo|mistyped|correction|corrected|i meant?|oops|ups|quatsch|falsch\w*|fehler"
    r"|korrektur|korrigier\w*|vertippt|verschrieben|vertan|ich meine|meinte|sondern)(?!\w)",
    re.IGNORECASE,
)
_BEGINS_ANEW = re.compile(
    r"\W*(?:(?:oh|ah|ach|äh|hm)\W{1,3})?(?:sorry|no|wait|actually|nein|moment|eigentlich|entschuldigung|pardon)(?!\w)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?<!\w)(?:not|nicht|statt|anstatt|instead of|rather than)\W{1,3}"
    r"(?:(?:for|on|the|order|number|für|die|der|bestellung|nummer)\W{1,3}){0,2}$",
    re.IGNORECASE,
)


def skips(text: str, phrases: Iterable[Phrases]) -> bool:
    """Nothing but a skip word, politeness aside. More than that may hold an answer: "not sure, an iPhone"."""
    said = text.casefold().replace("’", "'").strip(_EDGES)
    bare = " ".join(_POLITE.sub(" ", said).split()).strip(_EDGES)
    return any(bare == word.casefold() for one in phrases for word in one.skip_words)


def is_empty(text: str) -> bool:
    """Nothing but marks."""
    return not text.strip(_EDGES)


def asks_back(text: str) -> bool:
    """One question and nothing else, such as "Why do you ask?": no value of a field that takes any text."""
    return _ASKS_BACK.fullmatch(" ".join(text.replace("’", "'").split())) is not None


def corrects(text: str) -> bool:
    """It takes something back, so what it says counts more than what was said before."""
    return _CORRECTS.search(text) is not None or _BEGINS_ANEW.match(text) is not None


def denied(before: str) -> bool:
    """By the words right `before` a value: "not PL-20431"."""
    return _DENIED.search(before) is not None
