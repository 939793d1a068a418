from __future__ import annotations

import pytest

from services.router.triage.mood import mood
from services.router.triage.risk import risk
from services.router.triage.risk_tiers import TIERS
from services.router.triage.wording import read
from services.router.triage.wordlists import matches

from .conftest import labelled, sentences


def _labelled(
    language: str, author: str = "authors/first"
) -> tuple[list[tuple[str, str]], list[str]]:
    """Sentences of a tier as (tier, text), and near misses."""
    rows = [line.split("\t", 1) for line in sentences(f"{author}/risk_{language}.tsv")]
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


@pytest.mark.parametrize("author", ["risk_sixth", "three"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_that_nothing_was_fitted_on_are_told_apart(language: str, author: str) -> None:
    """Short of the 98 % and 5 % that we want: see docs/triage.md."""
    risky, near = _labelled(language, f"held_back/{author}")
    assert sum(risk(text).tier is not None for _, text in risky) >= 0.9 * len(risky)
    assert sum(risk(text).tier is not None for text in near) <= 0.07 * len(near)


@pytest.mark.parametrize("folder", ["authors/fourteenth", "authors/fifteenth", "held_back/four"])
def test_risks_are_told_from_answers_to_the_bot_and_from_everyday_trouble(folder: str) -> None:
    """The last folder was never fitted on."""
    rows = labelled(f"{folder}/messages")
    risky = [text for label, text in rows if label in TIERS]
    harmless = [text for label, text in rows if label == "-"]
    assert len(risky) == 90
    assert sum(risk(text).tier is not None for text in risky) >= 0.9 * len(risky)
    assert sum(risk(text).tier is not None for text in harmless) <= 0.03 * len(harmless)


@pytest.mark.parametrize("language", ["en", "de"])
def test_everyday_messages_and_answers_to_the_bot_are_no_risk(language: str) -> None:
    everyday = [
        *sentences(f"plain/ordinary_{language}.txt"),
        *sentences(f"plain/answers_{language}.txt"),
    ]
    alarms = [text for text in everyday if risk(text).tier]
    assert len(alarms) <= 0.01 * len(everyday), alarms


@pytest.mark.parametrize(
    "text",
    [
        "hang on, let me have a look",
        "Moment, ich habe sie gerade nicht vor mir",
        "Sent the lamp back on Monday, paid for it in May. When is the money back?",
        "PIN dreimal vertippt, was nun",
    ],
)
def test_what_only_sounds_like_trouble_is_no_risk(text: str) -> None:
    assert risk(text).tier is None


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("somebody emptied my savings account overnight, I did not touch it", "fraud"),
        ("jemand hat über Nacht mein Sparkonto leergeräumt", "fraud"),
        ("Ihre Mitarbeiterin hat mich angelogen", "complaint"),
        ("since the divorce I'm unable to keep up with my mortgage", "hardship"),
    ],
)
def test_what_no_list_foresaw_is_seen_in_its_tier(text: str, tier: str) -> None:
    assert set(TIERS).isdisjoint(matches(read(text)))
    found = risk(text)
    assert found.tier == tier
    assert found.reasons[0].startswith(f"{tier}: reads like it")


def test_a_danger_to_life_in_the_lists_words_is_never_overruled() -> None:
    found = risk(
        "thanks for the invoice, where is my parcel, which size is it, I want to kill myself"
    )
    assert found.tier == "threat_or_self_harm"


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
