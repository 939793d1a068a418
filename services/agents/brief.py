"""What a person reads first, made from a decision where the bot has made no brief. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from services.intake.brief import completeness, verified, wish_of, with_more
from services.intake.facts.found import Conventions, conventions_of
from services.intake.facts.typed import without_wrong_kinds
from services.intake.filling import facts_said, since_person, written_since_person
from services.intake.forms import Forms
from services.knowledge.suggesting import tried
from services.runtime.clock import day_of
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact, Turn
from warmline.events.work import Brief

MATTER_MAX = 200

_COMES_BACK = frozenset({"explicit_wish", "not_helped", "frustration", "unknown_language"})
"""Reasons for which the newest message may not say what it is about."""


def from_decision(
    decision: Decision,
    forms: Forms | None = None,
    zone: tzinfo = UTC,
    needed: Sequence[str] = (),
) -> Brief:
    """Everything said so far, the customer's wish in one line, what their system told us, what the
    bot had asked before it was interrupted, and what the customer's own words say; "yesterday" is the
    company's. `needed` is what the topic's articles need."""
    inquiry = decision.inquiry
    said = (*decision.history, Turn(by="customer", text=inquiry.text, at=decision.received_at))
    facts = _facts(decision, forms, zone)
    return Brief(
        wish=_wish(decision),
        facts=facts,
        said=said,
        tried=tried(decision.history),
        language=decision.language,
        mood=decision.mood,
        completeness=completeness(decision, facts, forms, needed),
        answer_by=_answer_by(decision, forms),
    )


def _wish(decision: Decision) -> str:
    """What the matter was before what brings it to people: "a person!" alone does not say what for."""
    matter, text = _matter_of(decision), decision.inquiry.text
    if matter is None or matter == text:
        return wish_of(text)
    return wish_of(f"{wish_of(matter, MATTER_MAX)} / {text}")


def _matter_of(decision: Decision) -> str | None:
    """The message that began what the bot had, None where this message begins a matter: the first after the
    bot's last answer, or else the one that it answered."""
    if decision.continues is None or decision.reasons[0].code not in _COMES_BACK:
        return None
    turns = since_person(decision.history)
    answers = [n for n, turn in enumerate(turns) if turn.by == "bot" and turn.article_id]
    last = answers[-1] if answers else -1
    before = [turn.text for turn in turns[: max(last, 0)] if turn.by == "customer"]
    after = [turn.text for turn in turns[last + 1 :] if turn.by == "customer"]
    return next(iter((*after[:1], *before[-1:])), None)


def _answer_by(decision: Decision, forms: Forms | None) -> datetime | None:
    if forms is None:
        return None
    return forms.answer_by(decision.risk_tier, decision.topic, decision.received_at)


def _facts(decision: Decision, forms: Forms | None, zone: tzinfo) -> tuple[Fact, ...]:
    """What systems know before all; of the customer's words the newest first, since they may take back what
    was said before, or be on another matter. A person sees both."""
    systems = verified(_typed(decision, forms))
    if forms is None:
        return with_more(systems, decision.facts)
    writing = replace(_conventions(decision, zone), order_masks=forms.order_numbers)
    newest = facts_said(forms, decision.topic, [decision.inquiry.text], writing)
    told = {fact.value for fact in decision.facts}
    sure = {fact.name for fact in decision.facts if fact.source == "system_verified"}
    newer = (fact for fact in newest if fact.value not in told and fact.name not in sure)
    said = (*newer, *decision.facts)
    facts = with_more(with_more(systems, said), _read(decision, forms, writing))
    return _without_repeats(facts, forms.kinds(decision.topic))


def _without_repeats(facts: Sequence[Fact], needed: Container[str]) -> tuple[Fact, ...]:
    """What systems know, what the topic needs, and every other value once."""
    return tuple(
        fact
        for n, fact in enumerate(facts)
        if fact.source != "customer_said"
        or fact.name in needed
        or all(fact.value != other.value for other in facts[:n])
    )


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


def _read(decision: Decision, forms: Forms, writing: Conventions) -> tuple[Fact, ...]:
    texts = [*written_since_person(decision.history), decision.inquiry.text]
    return facts_said(forms, decision.topic, texts, writing)
