"""Where an intake stands between two messages of a conversation. Pure.

The record is kept with the conversation in the same step that lets the bot ask, so it always
belongs to a question that was asked. It says which messages it has read, because every message may
come again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import Field

from services.intake.brief import wish_of
from services.intake.facts.found import Conventions, conventions_of
from services.intake.filling import (
    Intake,
    begin,
    read_answer,
    with_verified,
    written_since_person,
)
from services.intake.forms import Forms
from warmline.events.base import Id, Name, Part, Probability
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import HandoverReason, LookupResult


class Standing(Part):
    """`matter` is the inquiry that began it, `confidence` how sure its topic was, `answers` the later
    messages, `through` the newest that was read. `wish` is the matter in one line, `reason` why people will
    get it, `looked_up` what other systems have said of it, `lookups` which of them were asked."""

    matter: Id
    answers: tuple[Id, ...] = ()
    through: Id
    wish: str
    confidence: Probability
    reason: HandoverReason
    intake: Intake
    looked_up: dict[Name, str] = Field(default_factory=dict)
    lookups: dict[Name, LookupResult] = Field(default_factory=dict)

    @property
    def inquiries(self) -> tuple[str, ...]:
        """Every message that ends when people have dealt with the matter, the first one first."""
        return (self.matter, *self.answers)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the customer has said, whether it was asked for or not, and what systems know."""
        said = (*self.intake.facts, *self.intake.mentioned)
        known = {fact.name for fact in said if fact.source == "system_verified"}
        verified = (
            Fact(name=name, value=value, source="system_verified")
            for name, value in self.looked_up.items()
            if name not in known
        )
        return (*said, *verified)

    def covers(self, inquiry_id: str) -> bool:
        """A later message was read already, and what follows from it is on record."""
        return inquiry_id in self.inquiries and inquiry_id != self.through

    def before(self, inquiry_id: str) -> tuple[str, ...]:
        """The other messages of the matter."""
        return tuple(other for other in self.inquiries if other != inquiry_id)


def begun(
    decision: Decision,
    forms: Forms,
    history: Sequence[Turn],
    reason: HandoverReason,
    day: date,
    looked_up: Mapping[str, str],
) -> Standing | None:
    """The intake of a new matter; None where its topic has no form. What was looked up stands in the
    decision's attributes as well."""
    if decision.topic is None:
        return None
    inquiry = decision.inquiry
    texts = texts_on(inquiry.text, history)
    conventions = conventions_on(decision, day)
    guessed = decision.topic_guessed
    intake = begin(forms, decision.topic, inquiry.attributes, texts, conventions, guessed=guessed)
    if intake is None:
        return None
    return Standing(
        matter=inquiry.inquiry_id,
        through=inquiry.inquiry_id,
        wish=wish_of(inquiry.text),
        confidence=decision.confidence,
        reason=reason,
        intake=intake,
        looked_up=dict(looked_up),
    )


def gone_on(
    standing: Standing,
    decision: Decision,
    forms: Forms,
    day: date,
    looked_up: Mapping[str, str],
) -> Standing:
    """After the message that the decision is on; the same again where it was read already."""
    inquiry = decision.inquiry
    if inquiry.inquiry_id == standing.through:
        return standing
    intake = read_answer(forms, standing.intake, inquiry.text, conventions_on(decision, day))
    return standing.model_copy(
        update={
            "answers": (*standing.answers, inquiry.inquiry_id),
            "through": inquiry.inquiry_id,
            "intake": with_verified(forms, intake, looked_up),
            "looked_up": {**standing.looked_up, **looked_up},
        }
    )


def texts_on(text: str, history: Sequence[Turn]) -> list[str]:
    """What the customer has written on the matter, `text` last: it counts most, also if it comes again."""
    return [*(one for one in written_since_person(history) if one != text), text]


def conventions_on(decision: Decision, day: date) -> Conventions:
    inquiry = decision.inquiry
    return conventions_of(decision.language, inquiry.locale, inquiry.market, today=day)
