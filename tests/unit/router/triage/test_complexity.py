from __future__ import annotations

import pytest

from services.router.triage.complexity import complexity


@pytest.mark.parametrize(
    "text",
    ["How do I pay?", "where is my parcel", "Wie kann ich bezahlen?", "mein Paket ist nicht da"],
)
def test_one_short_wish_is_simple(text: str) -> None:
    assert complexity(text).value < 0.2


@pytest.mark.parametrize(
    "text",
    [
        "I want to cancel my credit card, change the limit of my savings account, and know when my "
        "refund arrives if I cancel before Friday",
        "Ich möchte meine Adresse ändern und außerdem die Bestellung stornieren. Wann kommt mein "
        "Geld zurück, falls ich bis Freitag storniere, und was kostet eine zweite Karte?",
        "from 3 May to 9 June, two adults and 3 children, 450 pounds for 2 rooms",
    ],
)
def test_many_wishes_or_details_are_complex(text: str) -> None:
    found = complexity(text)
    assert found.value > 0.5
    assert {"several wishes", "many details"} & set(found.reasons)


def test_negation_conditions_and_history_raise_it_and_say_so() -> None:
    plain = complexity("I want a virtual card")
    negated = complexity("I want no virtual card")
    later = complexity("I want a virtual card", earlier_turns=3)
    assert "a negation" in negated.reasons
    assert later.value > plain.value
    assert later.reasons == ("earlier messages",)
    assert "a condition" in complexity("can I pay if my card is new").reasons


def test_it_is_a_share_for_any_text() -> None:
    for text in ("", "...", "9" * 30_000, "and then cancel " * 2_000, "🔥"):
        assert 0 <= complexity(text, earlier_turns=50).value <= 1
