"""The brief that is made where the bot has made none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agents.brief import WISH_MAX, from_decision, wish_of
from tests.unit.agents.build import decision
from warmline.events import Turn


def test_the_brief_holds_everything_said_so_far() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    history = (
        Turn(by="customer", text="Hello", at=at),
        Turn(by="bot", text="I am an assistant", at=at),
    )
    brief = from_decision(decision({"text": "No,\n a person"}, history=history, mood="angry"))
    assert [turn.text for turn in brief.said] == ["Hello", "I am an assistant", "No,\n a person"]
    assert brief.wish == "No, a person"
    assert (brief.language, brief.mood) == ("en", "angry")


def test_what_the_integrator_knows_are_verified_facts() -> None:
    attributes = {"order": "A-17", "amount": 12.5, "vip": True, " odd\n": "x", "long": "y" * 501}
    brief = from_decision(decision({"attributes": attributes}))
    assert [(fact.name, fact.value, fact.source) for fact in brief.facts] == [
        ("order", "A-17", "system_verified"),
        ("amount", "12.5", "system_verified"),
        ("vip", "True", "system_verified"),
    ]


@pytest.mark.parametrize(
    ("made", "complete"),
    [
        ({}, 0.75),
        ({"topic": None}, 0.5),
        ({"topic": None, "language": "und"}, 0.25),
        ({"inquiry": {"attributes": {"order": "A-17"}}}, 1.0),
    ],
)
def test_completeness_is_the_share_of_what_is_known(made: dict[str, Any], complete: float) -> None:
    assert from_decision(decision(**made)).completeness == complete


@given(st.text(min_size=1, max_size=2000).filter(str.strip))
def test_a_wish_is_one_short_line_of_any_text(text: str) -> None:
    wish = wish_of(text)
    assert 0 < len(wish) <= WISH_MAX
    assert len(wish.splitlines()) == 1
