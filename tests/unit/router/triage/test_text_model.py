from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.triage.kinds import read_kinds
from services.router.triage.person_wish import GROUP, wants_person
from services.router.triage.risk import risk
from services.router.triage.risk_tiers import TIERS
from services.router.triage.text_model import Name, evidence, features, shipped
from services.router.triage.wording import SENTENCES_MAX, WORDS_MAX, Wording, fold, read

from .conftest import sentences

NAMES = ("wish", "risk")
GROUPS = {"wish": (GROUP,), "risk": TIERS}


def _odds(name: str, wording: Wording) -> float:
    return shipped(name).log_odds(wording, evidence(wording, GROUPS[name]))


def _features(name: str, text: str) -> dict[Name, float]:
    wording, model = read(text), shipped(name)
    return features(wording, evidence(wording, GROUPS[name]), model.kinds, model.part_counts)


@given(st.text(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text: str) -> None:
    wording = read(text)
    assert not any(math.isnan(_odds(name, wording)) for name in NAMES)
    wants_person(wording)
    risk(wording)


@pytest.mark.parametrize(
    ("heard", "text", "story"),
    [
        (
            lambda text: wants_person(text).wanted,
            "I would rather have a word with somebody of yours",
            "the parcel was left at the door and it rained all night. ",
        ),
        (
            lambda text: risk(text).tier is not None,
            "jemand hat über Nacht mein Sparkonto leergeräumt",
            "I opened the app and looked at the list of my orders. ",
        ),
    ],
)
def test_what_stands_at_either_end_of_a_story_is_heard(
    heard: Callable[[str], bool], text: str, story: str
) -> None:
    assert heard(f"{text}. {story * 100}")
    assert heard(f"{story * 100} {text}")
    assert not heard(story * 100)


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    (words,) = read("characteristically " * 50_000).sentences
    assert len(words) <= WORDS_MAX + 2
    assert len(read("a b. " * 50_000).sentences) <= SENTENCES_MAX
    stories = _features("wish", "a b c. " * SENTENCES_MAX)
    assert _features("wish", "a b c. " * 50_000) == stories


def test_the_same_words_in_the_same_order_are_the_same_features() -> None:
    assert _features("wish", "A PERSON, please!") == _features("wish", "a person please")


def test_a_question_is_told_from_a_statement() -> None:
    assert ("phrase", "?") in _features("wish", "a person?")
    assert ("phrase", "?") not in _features("wish", "a person.")


def test_words_have_the_kinds_that_the_file_lists_in_any_spelling() -> None:
    kinds = read_kinds("wish").of
    assert "=staff" in kinds(fold("Kundenbetreuerin"))
    assert kinds(fold("zuständige")) == kinds(fold("zustaendige")) == ("=staff",)
    assert kinds("parcel") == ()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_fitted_is_what_is_judged(name: str) -> None:
    """The sum over the named features is the log-odds of a text of one sentence, and the least they can
    be of a text of several."""
    model, compared = shipped(name), 0
    for line in sentences("held_back/risk_sixth/risk_en.tsv"):
        text = line.split("\t", 1)[1]
        judged = _odds(name, read(text))
        if math.isinf(judged):
            continue
        whole = model.bias + sum(
            value * model.weights.get(each, 0.0) for each, value in _features(name, text).items()
        )
        compared += 1
        if len(read(text).sentences) == 1:
            assert judged == pytest.approx(whole)
        else:
            assert judged >= whole - 1e-6
    assert compared > 20
