from __future__ import annotations

import pytest

from services.router.triage.mood import mood
from services.router.triage.risk import TIERS, risk

from .conftest import sentences


def _labelled(language: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Sentences of a tier as (tier, text), and near misses."""
    rows = [line.split("\t", 1) for line in sentences(f"risk_{language}.tsv")]
    return [(t, text) for t, text in rows if t != "-"], [text for t, text in rows if t == "-"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_risky_sentences_are_recognised(language: str) -> None:
    risky, near = _labelled(language)
    missed = [(tier, text) for tier, text in risky if tier not in risk(text).tiers]
    assert len(risky) + len(near) >= 400
    assert {tier for tier, _ in risky} == set(TIERS)
    assert len(missed) <= 0.02 * len(risky), missed


@pytest.mark.parametrize("language", ["en", "de"])
def test_near_misses_raise_no_alarm(language: str) -> None:
    _, near = _labelled(language)
    alarms = [(text, risk(text).reasons) for text in near if risk(text).tier]
    assert len(near) >= 190
    assert len(alarms) <= 0.05 * len(near), alarms


def test_the_most_urgent_tier_of_several_is_named() -> None:
    found = risk("I want to make a complaint and I want to kill myself")
    assert found.tier == "threat_or_self_harm"
    assert "complaint" in found.tiers


def test_a_near_miss_beside_a_real_case_hides_nothing() -> None:
    assert risk("your fraud protection is useless, someone used my card without permission").tier


@pytest.mark.parametrize(
    ("text", "feeling", "urgent"),
    [
        ("how do I pay", "calm", False),
        ("this is ridiculous, I am furious", "angry", False),
        ("WHERE IS MY MONEY", "angry", False),
        ("das ist eine Frechheit, seit Wochen keine Antwort", "angry", False),
        ("please help, I am really worried", "worried", False),
        ("ich habe Angst um mein Geld", "worried", False),
        ("I need it today, it is urgent", "calm", True),
        ("dringend, brauche ich noch heute", "calm", True),
        ("nicht dringend", "calm", False),
    ],
)
def test_mood(text: str, feeling: str, urgent: bool) -> None:
    found = mood(text)
    assert (found.feeling, found.urgent) == (feeling, urgent)
