from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.triage.person_wish import wants_person
from services.router.triage.wish_model import (
    SENTENCES_MAX,
    WORDS_MAX,
    Name,
    features,
    kinds_of,
    log_odds,
    shipped,
)
from services.router.triage.wording import fold, read


@given(st.text(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_text_is_judged(text: str) -> None:
    assert not math.isnan(log_odds(read(text)))
    wants_person(text)


def test_a_wish_at_the_start_or_the_end_of_a_story_is_heard() -> None:
    story = "the parcel was left at the door and it rained all night. " * 100
    assert wants_person(f"I would rather have a word with somebody of yours. {story}").wanted
    assert wants_person(f"{story} I would rather have a word with somebody of yours").wanted


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    longest = len(features(read("characteristically " * WORDS_MAX)))
    assert len(features(read("characteristically " * 50_000))) <= longest
    stories = features(read("a b c. " * SENTENCES_MAX))
    assert features(read("a b c. " * 50_000)) == stories


def test_the_same_words_in_the_same_order_are_the_same_features() -> None:
    assert features(read("A PERSON, please!")) == features(read("a person please"))


def test_a_question_is_told_from_a_statement() -> None:
    assert ("mark", "?") in features(read("a person?"))
    assert ("mark", "?") not in features(read("a person."))


def test_words_have_the_kinds_that_the_file_lists_in_any_spelling() -> None:
    assert "=staff" in kinds_of(fold("Kundenbetreuerin"))
    assert kinds_of(fold("zuständige")) == kinds_of(fold("zustaendige")) == ("=staff",)
    assert kinds_of("parcel") == ()


@pytest.mark.parametrize(
    "text",
    [
        "I want to speak to a human",
        "ring me, would you? I am home until five",
        "Können Sie mich bitte zurückrufen?",
        "wer ist denn bei euch zuständig",
    ],
)
def test_what_is_fitted_is_what_is_judged(text: str) -> None:
    """The sum over the named features is the log-odds of a text of one sentence, and the least they can
    be of a text of several."""
    whole = shipped().bias + sum(
        value * _weight(name) for name, value in features(read(text)).items() if name[1] != "no"
    )
    judged = log_odds(read(text))
    assert judged >= whole - 1e-6
    if "," not in text and text.count("?") + text.count(".") <= 1:
        assert judged == pytest.approx(whole)


def _weight(name: Name) -> float:
    table, *key = name
    weights: dict[object, float] = getattr(shipped(), table)
    return weights.get(key[0] if len(key) == 1 else tuple(key), 0.0)
