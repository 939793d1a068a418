"""Urgency and mood. They order people's work and never decide whether the bot may answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches

Feeling = Literal["calm", "worried", "angry"]

GROUPS = ("urgent", "angry", "worried")

_CAPITAL = re.compile("[A-ZÄÖÜ]")
_SHOUTED_LETTERS = 12
_SHOUTED_SHARE = 0.7
_PLENTY_OF_MARKS = 3


@dataclass(frozen=True)
class Mood:
    """`reasons` are phrases of the word lists, or `capitals`, `exclamation marks`."""

    feeling: Feeling
    urgent: bool
    reasons: tuple[str, ...] = ()


_CALM = Mood("calm", urgent=False)


def mood(text: str | Wording) -> Mood:
    """Angry outweighs worried. Texts that say nothing either way are calm."""
    wording = read(text) if isinstance(text, str) else text
    found = matches(wording)
    shouted = _shouting(wording.raw)
    if not found and not shouted:
        return _CALM
    feeling: Feeling = "calm"
    if "angry" in found or shouted:
        feeling = "angry"
    elif "worried" in found:
        feeling = "worried"
    reasons = [f"{group}: {phrase}" for group in GROUPS for phrase in found.get(group, [])]
    return Mood(feeling, "urgent" in found, tuple(reasons + shouted))


def _shouting(text: str) -> list[str]:
    """A text in capitals, or with many exclamation marks."""
    reasons = []
    start = text[:2_000]
    capitals = 0 if start[1:].islower() else len(_CAPITAL.findall(start))
    if capitals >= _SHOUTED_LETTERS and capitals >= _SHOUTED_SHARE * sum(map(str.isalpha, start)):
        reasons.append("capitals")
    if text.count("!") >= _PLENTY_OF_MARKS:
        reasons.append("exclamation marks")
    return reasons
