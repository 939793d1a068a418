"""What is known of an inquiry before the bot decides: by platform, other systems, customer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from services.bot.standing import Standing, conventions_on, gone_on, texts_on
from services.intake.brief import with_more
from services.intake.facts.found import Conventions
from services.intake.facts.typed import ValueKind, without_wrong_kinds
from services.intake.filling import facts_said
from services.intake.forms import Forms
from services.knowledge.base import KnowledgeBase
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact, Turn


def informed(
    decision: Decision,
    knowledge: KnowledgeBase,
    forms: Forms | None,
    day: date,
    looked_up: Mapping[str, str],
) -> Decision:
    """The decision with what was looked up among its attributes. What the platform says counts more,
    where it is of the kind that is declared for it."""
    good, _ = _typed(decision, knowledge, forms, day)
    inquiry = decision.inquiry
    known = inquiry.model_copy(update={"attributes": {**looked_up, **good}})
    return decision.model_copy(update={"inquiry": known})


def left_out(
    decision: Decision, knowledge: KnowledgeBase, forms: Forms | None, day: date
) -> list[str]:
    """The names of the attributes that are not of the kind that is declared for them."""
    return _typed(decision, knowledge, forms, day)[1]


def _typed(
    decision: Decision, knowledge: KnowledgeBase, forms: Forms | None, day: date
) -> tuple[dict[str, Scalar], list[str]]:
    """Kinds are declared by the topic's form, and by the slots of its articles."""
    kinds: dict[str, ValueKind] = {**knowledge.kinds(decision.topic)}
    if forms is not None:
        kinds |= forms.kinds(decision.topic)
    writing = writing_of(decision, forms, day)
    return without_wrong_kinds(decision.inquiry.attributes, kinds, writing)


def said_so_far(
    decision: Decision,
    forms: Forms | None,
    history: Sequence[Turn],
    standing: Standing | None,
    day: date,
) -> tuple[Fact, ...]:
    """What the customer has written on the matter, this message included, and what an intake that others
    have interrupted had brought to light."""
    if forms is None:
        return decision.facts
    if standing is not None:
        return gone_on(standing, decision, forms, day, {}).facts
    texts = texts_on(decision.inquiry.text, history)
    said = facts_said(forms, decision.topic, texts, writing_of(decision, forms, day))
    return with_more(decision.facts, said)


def writing_of(decision: Decision, forms: Forms | None, day: date) -> Conventions:
    """How the customer writes, and what the company's order numbers look like."""
    masks = forms.order_numbers if forms is not None else ()
    return replace(conventions_on(decision, day), order_masks=masks)
