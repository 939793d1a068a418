"""Does the customer ask for a person? Recognised before everything else, in any state."""

from __future__ import annotations

from dataclasses import dataclass

from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches


@dataclass(frozen=True)
class PersonWish:
    """`reasons`: the phrases of the word list that matched; never the customer's own words."""

    wanted: bool
    reasons: tuple[str, ...] = ()


def wants_person(text: str | Wording) -> PersonWish:
    """By word lists in English and German; a language without a list is never recognised here."""
    wording = read(text) if isinstance(text, str) else text
    found = matches(wording).get("person", [])
    return PersonWish(bool(found), tuple(found))
