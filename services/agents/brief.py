"""What a person reads first, made from a decision where the bot has made no brief. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from pydantic import ValidationError

from services.intake.facts.found import Conventions, conventions_of
from services.intake.facts.typed import without_wrong_kinds
from services.intake.filling import completeness as form_completeness
from services.intake.filling import facts_said, written_since_person
from services.intake.forms import Forms
from services.knowledge.suggesting import tried
from services.runtime.clock import day_of
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import Brief

WISH_MAX = 300


def from_decision(decision: Decision, forms: Forms | None = None, zone: tzinfo = UTC) -> Brief:
    """Everything said so far, the customer's wish in one line, what their system told us, what the
    bot had asked before it was interrupted, and what the customer's own words say; "yesterday" is the
    company's."""
    inquiry = decision.inquiry
    said = (*decision.history, Turn(by="customer", text=inquiry.text, at=decision.received_at))
    facts = _with(facts_of(_typed(decision, forms)), decision.facts)
    if forms is not None:
        facts = _with(facts, _read(decision, forms, zone))
    needed = form_completeness(forms, decision.topic, facts) if forms is not None else None
    return Brief(
        wish=wish_of(inquiry.text),
        facts=facts,
        said=said,
        tried=tried(decision.history),
        language=decision.language,
        mood=decision.mood,
        completeness=completeness(decision, facts) if needed is None else needed,
        answer_by=_answer_by(decision, forms),
    )


def _answer_by(decision: Decision, forms: Forms | None) -> datetime | None:
    if forms is None:
        return None
    return forms.answer_by(decision.risk_tier, decision.topic, decision.received_at)


def _with(facts: tuple[Fact, ...], more: Iterable[Fact]) -> tuple[Fact, ...]:
    """Those that are named already count more."""
    known = {fact.name for fact in facts}
    return (*facts, *(fact for fact in more if fact.name not in known))


def _typed(decision: Decision, forms: Forms | None) -> dict[str, Scalar]:
    """The attributes without those that are not what the topic's form declares: a wrong one in a brief
    is worse than none. All of them stand on the inquiry."""
    if forms is None:
        return decision.inquiry.attributes
    writing = replace(_conventions(decision, UTC), order_masks=forms.order_numbers)
    good, _ = without_wrong_kinds(decision.inquiry.attributes, forms.kinds(decision.topic), writing)
    return good


def _conventions(decision: Decision, zone: tzinfo) -> Conventions:
    inquiry = decision.inquiry
    day = day_of(decision.received_at, zone)
    return conventions_of(decision.language, inquiry.locale, inquiry.market, today=day)


def _read(decision: Decision, forms: Forms, zone: tzinfo) -> tuple[Fact, ...]:
    texts = [*written_since_person(decision.history), decision.inquiry.text]
    return facts_said(forms, decision.topic, texts, _conventions(decision, zone))


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
            facts.append(Fact(name=name, value=_plain(value), source="system_verified"))
        except ValidationError:
            continue
    return tuple(facts)


def _plain(value: Scalar) -> str:
    """As the bot's briefs say it: a flag is `true` or `false`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def completeness(decision: Decision, facts: tuple[Fact, ...]) -> float:
    """Where the topic has no form: the share known of wish, topic, language, facts."""
    known = (True, decision.topic is not None, decision.language != "und", bool(facts))
    return sum(known) / len(known)
