"""Does the customer ask for a person? Recognised before everything else, in any state."""

from __future__ import annotations

from dataclasses import dataclass

from services.router.triage.text_model import TextModel, evidence, shipped
from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches, mended, word_lists

GROUP = "person"
DENIED = "denied"
"""The evidence that a phrase of the lists says that it is no wish."""


@dataclass(frozen=True)
class PersonWish:
    """`reasons`: the phrases of the word list that matched, or that the text as a whole reads so;
    never the customer's own words."""

    wanted: bool
    reasons: tuple[str, ...] = ()


NO_WISH = PersonWish(False)


def wants_person(text: str | Wording, model: TextModel | None = None) -> PersonWish:
    """In English and German; in another language it is not recognised here. The model decides, with
    the phrases of the word lists as evidence: they are the reasons where there are any. `model`: the
    one shipped, unless another is tried."""
    wording = read(text) if isinstance(text, str) else text
    if not _wanted(wording, model or shipped("wish")):
        return NO_WISH
    found = tuple(matches(wording).get(GROUP, ()))
    return PersonWish(True, found or ("the text as a whole",))


def _wanted(wording: Wording, model: TextModel) -> bool:
    """Only a likely text is searched for what denies the wish, which can make it less likely only."""
    wish = model.log_odds(wording, evidence(wording, (GROUP,)))
    if wish >= model.threshold and denied(wording):
        wish += model.weights.get(("phrase", DENIED), 0.0)
    return wish >= model.threshold


def denied(wording: Wording) -> bool:
    return word_lists().ignores(GROUP, mended(wording))
