from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.triage.risk import TIERS, risk
from services.router.triage.risk_model import (
    SENTENCES_MAX,
    WORDS_MAX,
    features,
    likely_tier,
    log_odds,
    sentences,
    shipped,
)
from services.router.triage.wording import read
from services.router.triage.wordlists import matches

from .conftest import sentences as lines


@given(st.text(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text: str) -> None:
    wording = read(text)
    assert not math.isnan(log_odds(wording))
    assert likely_tier(wording) in TIERS
    risk(text)


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
    story = "I opened the app and looked at the list of my orders. " * 100
    told = "jemand hat über Nacht mein Sparkonto leergeräumt"
    assert risk(f"{told}. {story}").tier == risk(f"{story}{told}").tier == "fraud"
    assert risk(story).tier is None


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    (words,) = sentences(read("characteristically " * 50_000))
    assert len(words) <= WORDS_MAX + 2
    assert len(sentences(read("a b. " * 50_000))) <= SENTENCES_MAX


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_fitted_is_what_is_judged(language: str) -> None:
    """The sum over the named features is the log-odds of a text of one sentence."""
    compared = 0
    for line in lines(f"risk_sixth_{language}.tsv"):
        wording = read(line.split("\t", 1)[1])
        judged = log_odds(wording)
        if len(sentences(wording)) > 1 or math.isinf(judged):
            continue
        compared += 1
        named = features(wording).items()
        assert judged == pytest.approx(shipped().bias + sum(_weight(name) * v for name, v in named))
    assert compared > 100


def _weight(name: str) -> float:
    model, (kind, _, rest) = shipped(), name.partition(":")
    if name == "?":
        return model.question
    if kind == "p":
        return model.phrases.get(rest, 0.0)
    if kind in ("b", "s"):
        one, _, other = rest.partition(" ")
        return (model.pairs if kind == "b" else model.apart).get((one, other), 0.0)
    return model.words.get(name, 0.0)


def test_a_danger_to_life_in_the_lists_words_is_never_overruled() -> None:
    found = risk(
        "thanks for the invoice, where is my parcel, which size is it, I want to kill myself"
    )
    assert found.tier == "threat_or_self_harm"


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_that_nothing_was_fitted_on_are_told_apart(language: str) -> None:
    """Short of the 98 % and 5 % that we want: see docs/triage.md."""
    rows = [line.split("\t", 1) for line in lines(f"risk_sixth_{language}.tsv")]
    risky = [text for tier, text in rows if tier != "-"]
    near = [text for tier, text in rows if tier == "-"]
    assert sum(risk(text).tier is not None for text in risky) >= 0.88 * len(risky)
    assert sum(risk(text).tier is not None for text in near) <= 0.07 * len(near)
