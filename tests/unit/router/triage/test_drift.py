"""Drift: stable windows are quiet, real changes are named, and the arithmetic is the textbooks'."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from services.router.triage.drift import (
    NOTHING,
    Seen,
    Window,
    _chi_square_tail,
    chance,
    compare,
    count,
    psi,
)

TOPICS = {"refund": 0.5, "delivery": 0.3, "password": 0.15, "closing": 0.05}


def window(
    size: int,
    seed: int = 0,
    shares: dict[str, float] | None = None,
    skill: float = 8.0,
    unknown: float = 0.1,
) -> Window:
    random = np.random.default_rng(seed)
    shares = shares or TOPICS
    return count(
        Seen(str(topic), "en", float(confidence), float(share))
        for topic, confidence, share in zip(
            random.choice(list(shares), size, p=list(shares.values())),
            random.beta(skill, 2, size),
            random.binomial(10, unknown, size) / 10,
            strict=True,
        )
    )


BEFORE = window(5_000, seed=99)


def test_windows_of_the_same_kind_show_no_drift_whatever_their_size() -> None:
    alarms = [
        any(shift.drifted for shift in compare(BEFORE, window(size, seed)))
        for seed in range(60)
        for size in (100, 300, 1_000)
    ]
    assert sum(alarms) <= 3


def test_a_new_topic_is_named() -> None:
    shares = {"refund": 0.35, "delivery": 0.3, "password": 0.15, "closing": 0.2}
    drifted = [shift for shift in compare(BEFORE, window(600, 1, shares)) if shift.drifted]
    assert ("closing", "share") in [(shift.topic, shift.measure) for shift in drifted]
    closing = next(shift for shift in drifted if shift.topic == "closing")
    assert closing.expected == pytest.approx(0.05, abs=0.01)
    assert closing.seen == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize(
    ("after", "measure"),
    [
        (window(600, 2, skill=3.0), "confidence"),
        (window(600, 2, unknown=0.3), "unknown_words"),
    ],
)
def test_a_model_less_sure_and_words_it_never_saw_are_noticed(after: Window, measure: str) -> None:
    drifted = {shift.measure for shift in compare(BEFORE, after) if shift.drifted}
    assert drifted == {measure}


def test_a_language_seen_too_little_says_nothing() -> None:
    assert compare(BEFORE, window(99)) == []
    assert compare(BEFORE, count([])) == []
    german = count(Seen("refund", "de", 0.9, 0.0) for _ in range(500))
    assert compare(BEFORE, german) == []


def test_windows_add_up() -> None:
    assert BEFORE.of("en").inquiries == 5_000
    assert sum(BEFORE.of("en", topic).inquiries for topic in TOPICS) == 5_000
    assert BEFORE.of("en", "unheard of") == NOTHING
    assert sum(BEFORE.of("en").confidence) == 5_000


@pytest.mark.parametrize("freedom", [1, 2, 5, 11, 40])
def test_the_tail_of_chi_square_is_scipys(freedom: int) -> None:
    for quantile in (0.1, 0.5, 0.9, 0.99, 0.999, 0.9999):
        statistic = float(chi2.ppf(quantile, freedom))
        assert _chi_square_tail(statistic, freedom) == pytest.approx(1 - quantile, rel=1e-9)


def test_the_g_test_is_scipys() -> None:
    old, new = [40, 60, 30, 120], [70, 40, 35, 100]
    expected = chi2_contingency([old, new], lambda_="log-likelihood", correction=False).pvalue
    assert chance(old, new) == pytest.approx(expected, rel=1e-9)


def test_equal_shares_have_no_distance() -> None:
    assert psi([50, 50], [5_000, 5_000]) == pytest.approx(0, abs=1e-3)
    assert psi([90, 10], [50, 50]) > 0.25
    assert chance([5, 0], [9, 0]) == 1.0
