from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.triage.risk import TIERS, risk
from services.router.triage.risk_model import WORDS_MAX, features, likely_tier, sentences
from services.router.triage.wording import read
from services.router.triage.wordlists import matches

from .conftest import sentences as lines


@given(st.text(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text: str) -> None:
    likely = likely_tier(read(text))
    assert likely is None or (likely[0] in TIERS and 0 < likely[1] < 1)


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


def test_a_misfortune_at_either_end_of_a_story_is_seen() -> None:
    story = "the parcel was left at the door and it rained all night. " * 100
    told = "jemand hat über Nacht mein Sparkonto leergeräumt"
    assert risk(f"{told}. {story}").tier == risk(f"{story}{told}").tier == "fraud"
    assert risk(story).tier is None


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    (words,) = sentences(read("characteristically " * 50_000))
    assert len(words) <= WORDS_MAX + 2
    assert len(list(features(words))) <= 64 * (WORDS_MAX + 2)


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_that_nothing_was_fitted_on_are_mostly_seen(language: str) -> None:
    """Far from the goal of 98 %, which the lists reach on sentences that they were made with."""
    rows = [line.split("\t", 1) for line in lines(f"risk_second_{language}.tsv")]
    risky = [text for tier, text in rows if tier != "-"]
    near = [text for tier, text in rows if tier == "-"]
    assert sum(risk(text).tier is not None for text in risky) >= 0.35 * len(risky)
    assert sum(risk(text).tier is not None for text in near) <= 0.1 * len(near)
