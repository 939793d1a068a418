"""What a person reads first, made from a decision where the bot has made no brief. Pure."""

from __future__ import annotations

from pydantic import ValidationError

from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import Brief

WISH_MAX = 300


def from_decision(decision: Decision) -> Brief:
    """Everything said so far, the customer's wish in one line, what their system told us, and what
    the bot had asked before it was interrupted."""
    inquiry = decision.inquiry
    verified = facts_of(inquiry.attributes)
    known = {fact.name for fact in verified}
    facts = (*verified, *(fact for fact in decision.facts if fact.name not in known))
    said = (*decision.history, Turn(by="customer", text=inquiry.text, at=decision.received_at))
    return Brief(
        wish=wish_of(inquiry.text),
        facts=facts,
        said=said,
        language=decision.language,
        mood=decision.mood,
        completeness=completeness(decision, facts),
    )


def wish_of(text: str) -> str:
    """The message in one line of at most 300 characters."""
    line = " ".join(text.split())
    return line if len(line) <= WISH_MAX else line[: WISH_MAX - 1] + "…"


def facts_of(attributes: dict[str, str | bool | int | float]) -> tuple[Fact, ...]:
    """The integrator's attributes. One that is no plain name and value is left out: it stands on
    the inquiry."""
    facts = []
    for name, value in attributes.items():
        try:
            facts.append(Fact(name=name, value=str(value), source="system_verified"))
        except ValidationError:
            continue
    return tuple(facts)


def completeness(decision: Decision, facts: tuple[Fact, ...]) -> float:
    """The share known of what a person wants to know before they answer: wish, topic, language,
    facts."""
    known = (True, decision.topic is not None, decision.language != "und", bool(facts))
    return sum(known) / len(known)
