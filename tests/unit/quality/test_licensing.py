"""A licence is earned, watched, lost and earned again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from services.quality.licensing import Cell, Standing, Terms, dump, licence_of, load
from services.quality.licensing.proof import missing
from services.quality.statistics import DropWatch, anytime_lower_bound
from tests.unit.quality.desks import (
    CELL,
    TERMS,
    TOPIC,
    Desk,
    coin,
    drafting,
    evidence,
    licensed,
    order,
)

TWO_LANGUAGES = Terms(
    harms={TOPIC: "information"}, languages=("en", "de"), thresholds=(0.8,), history_min=3
)


def test_a_new_topic_is_for_people_until_enough_history_is_known() -> None:
    desk = Desk()
    assert desk.tell_many(TERMS.history_min - 1, "history").state == "human_only"
    assert desk.tell(evidence("history")).state == "draft"


def test_a_licence_comes_exactly_when_the_lower_bound_passes_the_target() -> None:
    desk = drafting()
    told = desk.tell_until("licensed", 1000, "draft")
    error = TERMS.error(1) / 2
    assert anytime_lower_bound(told, 0, error) > 0.95 > anytime_lower_bound(told - 1, 0, error)
    licence = licence_of(CELL, desk.standings[CELL], TERMS)
    assert (licence.state, licence.sample, licence.threshold) == ("licensed", told, 0.8)
    assert licence.lower_bound is not None
    assert licence.lower_bound > 0.95


def test_rejected_drafts_keep_a_topic_in_draft() -> None:
    desk = drafting()
    for right in coin(1, 0.94, 2000):
        desk.tell(evidence("draft", right))
    assert desk.standings[CELL].state == "draft"
    assert missing(CELL, desk.standings[CELL], TERMS) is None


def test_what_is_missing_is_what_it_then_takes() -> None:
    desk = drafting()
    standing = desk.tell_many(40, "draft")
    expected = missing(CELL, standing, TERMS)
    assert desk.tell_until("licensed", 1000, "draft") == expected


def test_the_licence_holds_the_laxest_threshold_that_is_proven() -> None:
    terms = Terms(
        harms={TOPIC: "information"}, languages=("en",), thresholds=(0.8, 0.9), history_min=1
    )
    desk = drafting(terms)
    desk.tell_many(60, "draft", good=False, confidence=0.82)
    desk.tell_until("licensed", 1000, "draft", confidence=0.95)
    assert desk.standings[CELL].threshold == 0.9


@pytest.mark.parametrize("topic", ["fraud_unknown_purchase", "not_in_the_file"])
def test_a_topic_of_the_risk_tier_never_gets_a_licence_not_even_by_force(topic: str) -> None:
    desk = Desk()
    for kind in ("history", "draft"):
        standing = desk.tell_many(1000, kind, topic=topic)
    assert standing == Standing()
    forced = desk.tell(order("grant", force=True, topic=topic))
    assert forced.state == "human_only"
    assert forced.refused is not None
    assert "people only" in forced.refused


def test_a_thin_language_is_licensed_with_the_others_of_its_topic() -> None:
    alone = licensed(TWO_LANGUAGES, language="de")
    needed_alone = alone.standings[Cell(TOPIC, "de")].sample().size
    desk = licensed(TWO_LANGUAGES)
    desk.tell_many(3, "history", language="de")
    needed = desk.tell_until("licensed", 1000, "draft", language="de")
    assert needed < 0.6 * needed_alone
    licence = licence_of(Cell(TOPIC, "de"), desk.standings[Cell(TOPIC, "de")], TWO_LANGUAGES)
    assert licence.pooled
    assert licence.lower_bound is not None
    assert 0.9 < licence.lower_bound < 0.95


def test_a_language_with_many_errors_of_its_own_is_not_carried_by_the_others() -> None:
    desk = licensed(TWO_LANGUAGES)
    desk.tell_many(3000, "draft")
    desk.tell_many(3, "history", language="de")
    for right in coin(2, 0.88, 1500):
        desk.tell(evidence("draft", right, language="de"))
    assert desk.standings[Cell(TOPIC, "de")].state == "draft"


@pytest.mark.parametrize("signal", ["audit", "complaint", "return", "csat"])
def test_each_signal_of_quality_suspends_when_it_falls(signal: str) -> None:
    desk = licensed()
    desk.tell_many(300, signal)
    told = desk.tell_until("suspended", 300, signal, good=False)
    assert told < 30
    standing = desk.standings[CELL]
    assert standing.threshold is None
    assert "fallen" in standing.reason


def test_a_harmful_answer_suspends_at_once() -> None:
    desk = licensed()
    assert desk.tell(evidence("audit", False, harmful=True)).state == "suspended"


def test_complaints_that_people_get_as_often_suspend_nobody() -> None:
    """Three of ten is above what is usual, but the comparison group has as many."""
    desk = licensed()
    for by in ("person", "bot"):
        for good in coin(3, 0.7, 1500):
            desk.tell(evidence("complaint", good, by=by))
    assert desk.standings[CELL].state == "licensed"
    alone = licensed()
    for good in coin(3, 0.7, 1500):
        alone.tell(evidence("complaint", good))
    assert alone.standings[CELL].state == "suspended"


def test_inquiries_of_a_new_kind_lower_to_draft() -> None:
    desk = licensed()
    desk.tell_many(TERMS.readings_min, "reading")
    desk.tell_until("draft", 300, "reading", good=False)
    assert "inquiries have changed" in desk.standings[CELL].reason


def test_windows_of_changed_inquiries_lower_to_draft_but_one_alone_does_not() -> None:
    desk = licensed()
    desk.tell_many(200, "drift")
    assert desk.tell(evidence("drift", good=False)).state == "licensed"
    told = desk.tell_until("draft", 30, "drift", good=False)
    assert 3 < told < 12
    standing = desk.standings[CELL]
    assert "inquiries have changed" in standing.reason
    assert (standing.sample().size, standing.attempt) == (0, 2)


def test_quiet_windows_bring_no_licence_back_but_fresh_evidence_does() -> None:
    desk = licensed()
    desk.tell_until("draft", 30, "drift", good=False)
    assert desk.tell_many(500, "drift").state == "draft"
    assert desk.tell_until("licensed", 1000, "draft") > 100


def test_a_licence_earned_on_changed_inquiries_is_not_lost_for_the_same_change() -> None:
    desk = licensed()
    desk.tell_until("draft", 30, "drift", good=False)
    desk.tell_many(40, "drift", good=False)
    desk.tell_until("licensed", 1000, "draft")
    assert desk.tell_many(300, "drift", good=False).state == "licensed"


def test_windows_in_which_nothing_changed_seldom_lower_anything() -> None:
    """One in a hundred looks changed by chance; a year of windows of five minutes."""
    desk = licensed()
    for good in coin(6, 0.99, 100_000):
        desk.tell(evidence("drift", good))
    assert desk.standings[CELL].state == "licensed"


def test_after_a_suspension_only_fresh_evidence_counts() -> None:
    desk = licensed()
    desk.tell_many(2000, "audit")
    suspended = desk.tell(evidence("audit", False, harmful=True))
    assert suspended.sample().size == 0
    assert desk.tell(order("grant")).state == "suspended"
    assert desk.tell_until("draft", 100, "draft") == TERMS.probation
    assert desk.tell_until("licensed", 1000, "draft") > 100


def test_a_second_licence_is_harder_to_earn_than_the_first() -> None:
    desk = licensed()
    first = desk.standings[CELL].sample().size
    desk.tell(evidence("audit", False, harmful=True))
    desk.tell_until("licensed", 1000, "draft")
    assert desk.standings[CELL].sample().size > first


def test_what_a_person_suspends_stays_so_until_a_person_lets_it_go_on() -> None:
    desk = licensed()
    desk.tell(order("suspend"))
    assert desk.tell_many(1000, "draft").state == "suspended"
    granted = desk.tell(order("grant"))
    assert (granted.state, granted.forced, granted.held) == ("licensed", False, False)


def test_what_can_have_no_licence_cannot_be_suspended_either_and_the_order_says_why() -> None:
    desk = Desk()
    told = desk.tell(order("suspend", topic="not_in_the_file"))
    assert (told.state, told.held) == ("human_only", False)
    assert told.refused is not None
    assert "people only" in told.refused


def test_a_grant_without_evidence_is_refused_or_marked_for_ever() -> None:
    desk = drafting()
    refused = desk.tell(order("grant"))
    assert refused.state == "draft"
    assert refused.refused is not None
    assert "lacks about" in refused.refused
    forced = desk.tell(order("grant", force=True))
    assert (forced.state, forced.forced) == ("licensed", True)
    desk.tell(evidence("audit", False, harmful=True))
    desk.tell_until("licensed", 1000, "draft")
    assert desk.standings[CELL].forced


def test_returns_beyond_what_people_have_suspend() -> None:
    desk = licensed()
    for good in coin(4, 0.97, 4000):
        desk.tell(evidence("return", good, by="person"))
    for good in coin(5, 0.86, 4000):
        desk.tell(evidence("return", good))
        if desk.standings[CELL].state == "suspended":
            break
    else:
        raise AssertionError("went unnoticed")


@settings(max_examples=30, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(
            st.sampled_from(["history", "draft", "audit", "complaint", "csat", "reading", "drift"]),
            st.booleans(),
            st.floats(0, 1),
        ),
        max_size=80,
    )
)
def test_a_standing_survives_being_written_and_read(
    pieces: list[tuple[str, bool, float]],
) -> None:
    desk = drafting()
    desk.tell(order("grant", force=True))
    for kind, good, confidence in pieces:
        standing = desk.tell(evidence(kind, good, confidence=confidence))
        assert load(dump(standing)) == standing
        assert dump(load(dump(standing))) == dump(standing)


def licensed_worlds(seed: int, worlds: int, labels: int) -> int:
    """In how many worlds is any of two topics licensed that are a little below their target?"""
    terms = Terms(
        harms={"one": "information", "other": "information"}, languages=("en",), history_min=1
    )
    found = 0
    for world in range(worlds):
        desk = Desk(terms)
        rights = np.random.default_rng([seed, world]).random((labels, 2)) < 0.949
        for topic in terms.harms:
            desk.tell(evidence("history", topic=topic))
        found += any(
            desk.tell(evidence("draft", bool(right), topic=topic, confidence=0.99)).state
            == "licensed"
            for pair in rights
            for topic, right in zip(terms.harms, pair, strict=True)
        )
    return found


def test_topics_just_below_their_target_get_no_licence_though_every_answer_is_looked_at() -> None:
    """With a fixed seed; ten in forty would say that the error is far above 0.05."""
    assert licensed_worlds(seed=1, worlds=40, labels=300) <= 4


@pytest.mark.slow
def test_in_a_thousand_worlds_false_licences_stay_below_the_error() -> None:
    found = licensed_worlds(seed=2, worlds=1000, labels=600)
    assert stats.binomtest(found, 1000, TERMS.licence_error, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize(
    ("runs", "answers"), [(60, 400), pytest.param(1000, 2000, marks=pytest.mark.slow)]
)
def test_at_what_is_just_tolerated_the_watches_stay_quiet(runs: int, answers: int) -> None:
    """One watch at the error of 0.05, so that an alarm could be seen at all."""
    random = np.random.default_rng(3)
    alarms = 0
    for _ in range(runs):
        watch = DropWatch(0.98)
        for right in (random.random(answers) < 0.98).tolist():
            watch = watch.observe(right)
            if watch.log_e >= math.log(1 / 0.05):
                alarms += 1
                break
    assert stats.binomtest(alarms, runs, 0.05, alternative="greater").pvalue > 0.01
