from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.bot.briefs import SAID_MAX_BYTES, write_brief
from tests.unit.bot.build import AT, article, bot_turn, customer_turn, decision
from warmline.events.decision import Turn


def test_the_wish_is_one_line_of_bounded_length() -> None:
    brief = write_brief(decision({"text": "My refund\n\n is\tlate. " * 100}), (), None, None)
    assert brief.wish.startswith("My refund is late. My refund")
    assert len(brief.wish) <= 300
    assert brief.wish.endswith("…")


def test_attributes_become_facts_that_a_system_has_verified() -> None:
    attributes = {"order_number": "A-1", "paid": True, "amount": 12.5}
    brief = write_brief(decision({"attributes": attributes}), (), None, None)
    assert [(fact.name, fact.value, fact.source) for fact in brief.facts] == [
        ("order_number", "A-1", "system_verified"),
        ("paid", "true", "system_verified"),
        ("amount", "12.5", "system_verified"),
    ]


def test_the_brief_tells_what_was_said_and_tried() -> None:
    history = (customer_turn(), bot_turn(), bot_turn(None), bot_turn("how_to_pay"), bot_turn())
    given = ("how_to_pay", "refund_status")
    brief = write_brief(decision(), history, article(), None, given=given)
    assert brief.said == history
    assert brief.tried == given
    assert brief.suggested_reply is None


def test_of_a_long_history_the_newest_turns_are_told() -> None:
    long = [Turn(by="customer", text=f"{n}" + "x" * 20_000, at=AT) for n in range(9)]
    said = write_brief(decision(), long, None, None).said
    assert said == tuple(long[-3:])
    assert sum(len(turn.text) for turn in said) <= SAID_MAX_BYTES


scalars = st.text(max_size=1024) | st.booleans() | st.integers() | st.floats(allow_nan=False)


@given(
    text=st.text(min_size=1).filter(lambda text: bool(text.strip())),
    attributes=st.dictionaries(st.text(min_size=1, max_size=64), scalars, max_size=8),
)
def test_whatever_the_customer_and_the_platform_send_makes_a_brief(
    text: str, attributes: dict[str, Any]
) -> None:
    usable = {name: value for name, value in attributes.items() if value not in (1e400, -1e400)}
    brief = write_brief(decision({"text": text, "attributes": usable}), (), None, None)
    assert "\n" not in brief.wish
    assert len(brief.facts) <= len(usable)
