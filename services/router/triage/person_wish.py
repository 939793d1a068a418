"""Does the customer ask for a person? Recognised before everything else, in any state."""

from __future__ import annotations

from dataclasses import dataclass

from services.router.triage.wish_model import asks_for_person
from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches


@dataclass(frozen=True)
class PersonWish:
    """`reasons`: the phrases of the word list that matched, or that the text as a whole reads so;
    never the customer's own words."""

    wanted: bool
    reasons: tuple[str, ...] = ()


def wants_person(text: str | Wording) -> PersonWish:
    """In English and German; in another language it is not recognised here. The model decides, with
    the phrases of the word lists as evidence: they are the reasons where there are any."""
    wording = read(text) if isinstance(text, str) else text
    if not asks_for_person(wording):
        return PersonWish(False)
    found = tuple(matches(wording).get("person", ()))
    return PersonWish(True, found or ("the text as a whole",))
