"""What every brief says in the same way, whoever writes it: the bot at a handover, or the people's desk for
what went straight to it. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from services.intake.forms import Forms
from warmline.events.base import Scalar
from warmline.events.decision import Decision, Fact

WISH_MAX = 300
VALUE_MAX = 500

_NOT_PRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
"""Also what turns the direction of writing around."""


def wish_of(text: str, limit: int = WISH_MAX) -> str:
    """The message in one line of at most `limit` characters."""
    return _cut(_one_line(text), limit)


def verified(attributes: Mapping[str, Scalar]) -> tuple[Fact, ...]:
    """The integrator's attributes: its systems say so, not the customer."""
    return tuple(
        Fact(name=shown, value=value_of(value), source="system_verified")
        for name, value in attributes.items()
        if (shown := _one_line(name))
    )


def value_of(value: Scalar) -> str:
    """As every brief shows it: in one line, a flag as `true` or `false`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _cut(_one_line(str(value)), VALUE_MAX)


def with_more(facts: tuple[Fact, ...], more: Iterable[Fact]) -> tuple[Fact, ...]:
    """Those that are named already count more."""
    known = {fact.name for fact in facts}
    return (*facts, *(fact for fact in more if fact.name not in known))


def completeness(
    decision: Decision, facts: Sequence[Fact], forms: Forms | None, needed: Sequence[str] = ()
) -> float:
    """The share known of what people need: of the fields that the topic's form requires, 1 where it requires
    none; without a form, of what its articles need (`needed`); where nobody has said what is
    needed, of wish, topic, language and any fact. The wish is known: it is what the customer wrote."""
    known = {fact.name for fact in facts if fact.value}
    form = forms.forms.get(decision.topic) if forms is not None and decision.topic else None
    if form is not None:
        return _share([name in known for name in form.required])
    if needed:
        return _share([name in known for name in needed])
    return _share([True, decision.topic is not None, decision.language != "und", bool(known)])


def _share(known: Sequence[bool]) -> float:
    return sum(known) / len(known) if known else 1.0


def _one_line(text: str) -> str:
    return _NOT_PRINTABLE.sub(" ", text).strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
