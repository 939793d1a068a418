from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.triage.person_wish import wants_person
from services.router.triage.wish_model import WORDS_MAX, features, probability
from services.router.triage.wording import read


@given(st.text(max_size=3_000))
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_probability(text: str) -> None:
    assert 0.0 <= probability(read(text)) < 1.0
    wants_person(text)


def test_a_wish_at_the_start_or_the_end_of_a_story_is_heard() -> None:
    story = "the parcel was left at the door and it rained all night. " * 100
    assert wants_person(f"I would rather have a word with somebody of yours. {story}").wanted
    assert wants_person(f"{story} I would rather have a word with somebody of yours").wanted


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    longest = 64 * 2 * WORDS_MAX + 4 * WORDS_MAX
    assert len(list(features(read("characteristically " * 50_000)))) <= longest


def test_the_same_words_in_the_same_order_are_the_same_features() -> None:
    assert set(features(read("A PERSON, please!"))) == set(features(read("a person please")))
