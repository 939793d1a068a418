"""Each formula against an independent implementation, a published table or its defining
property."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from services.quality.statistics import (
    FALLS,
    DropWatch,
    Interval,
    Sample,
    anytime_difference,
    anytime_interval,
    anytime_lower_bound,
    bonferroni,
    clopper_pearson,
    cohens_kappa,
    difference_of_means,
    difference_of_proportions,
    e_bh,
    log_e_above,
    wilson,
)

counts = st.integers(0, 3000)
errors = st.sampled_from([0.2, 0.05, 0.01, 0.05 / 30])
targets = st.sampled_from([0.5, 0.9, 0.95, 0.98])


@given(successes=counts, more=counts, error=errors)
def test_clopper_pearson_and_wilson_agree_with_scipy(
    successes: int, more: int, error: float
) -> None:
    trials = successes + more
    if trials == 0:
        assert clopper_pearson(0, 0, error) == wilson(0, 0, error) == Interval(0.0, 1.0)
        return
    test = stats.binomtest(successes, trials)
    for ours, method in ((clopper_pearson, "exact"), (wilson, "wilson")):
        theirs = test.proportion_ci(1 - error, method)
        assert ours(successes, trials, error) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.98, 0.995])
@pytest.mark.parametrize("trials", [10, 60, 300])
def test_clopper_pearson_covers_whatever_the_share(share: float, trials: int) -> None:
    """By summing over all outcomes, so without any noise."""
    covered = sum(
        stats.binom.pmf(successes, trials, share)
        for successes in range(trials + 1)
        if clopper_pearson(successes, trials, 0.05).low
        <= share
        <= clopper_pearson(successes, trials, 0.05).high
    )
    assert covered >= 0.95


@given(right=st.integers(0, 200), wrong=st.integers(0, 30), target=targets)
def test_evidence_is_the_integral_over_the_shares_above_the_target(
    right: int, wrong: int, target: float
) -> None:
    def ratio(share: float) -> float:
        return math.exp(
            right * math.log(share / target) + wrong * math.log((1 - share) / (1 - target))
        )

    peak = min(max(right / max(1, right + wrong), target), 1 - 1e-9)
    mixture, _ = integrate.quad(ratio, target, 1 - 1e-15, points=[peak], limit=200)
    assert log_e_above(right, wrong, target) == pytest.approx(
        math.log(mixture / (1 - target)), abs=1e-6
    )


@given(right=counts, wrong=counts, target=targets, share=st.floats(0.01, 0.999))
def test_evidence_cannot_be_expected_to_grow_below_the_target(
    right: int, wrong: int, target: float, share: float
) -> None:
    """What makes it an e-process: a fair game at the target, a losing one below."""
    now = log_e_above(right, wrong, target)
    if now < -600:
        return
    grown = math.exp(log_e_above(right + 1, wrong, target) - now)
    shrunk = math.exp(log_e_above(right, wrong + 1, target) - now)
    assert target * grown + (1 - target) * shrunk == pytest.approx(1, abs=1e-6)
    if share <= target:
        assert share * grown + (1 - share) * shrunk <= 1 + 1e-6


@given(right=counts, wrong=counts, error=errors)
def test_the_lower_bound_is_where_the_evidence_passes(right: int, wrong: int, error: float) -> None:
    bound = anytime_lower_bound(right, wrong, error)
    asked = -math.log(error)
    for target in np.linspace(0.001, 0.999, 60):
        if abs(target - bound) > 1e-6:
            assert (log_e_above(right, wrong, target) >= asked) == (target < bound)


def test_the_lower_bound_is_wrong_at_any_time_no_more_often_than_allowed() -> None:
    """500 runs of 1,000 answers just at the target, looked at after every one of them."""
    random = np.random.default_rng(20261122)
    runs, length, target, error = 500, 1000, 0.95, 0.05
    right = np.cumsum(random.random((runs, length)) < target, axis=1)
    seen = np.arange(1, length + 1)
    wrong = seen - right
    log_mass = stats.beta.logsf(target, right + 1, wrong + 1)
    log_e = special.betaln(right + 1, wrong + 1) + log_mass - math.log(1 - target)
    log_e -= right * math.log(target) + wrong * math.log(1 - target)
    at = (7, 723)
    assert log_e[at] == pytest.approx(log_e_above(int(right[at]), int(wrong[at]), target))
    alarms = int((log_e.max(axis=1) >= -math.log(error)).sum())
    assert stats.binomtest(alarms, runs, error, alternative="greater").pvalue > 0.001
    assert alarms > 0

    looked_at_naively = stats.beta.ppf(error, right, wrong + 1) > target
    assert looked_at_naively[:, 30:].any(axis=1).mean() > 2 * error


@given(right=counts, wrong=counts, error=errors)
def test_the_anytime_interval_holds_the_share_and_the_fixed_one(
    right: int, wrong: int, error: float
) -> None:
    low, high = anytime_interval(right, wrong, error)
    assert 0 <= low <= high <= 1
    if right + wrong:
        fixed = wilson(right, right + wrong, error)
        assert low <= fixed.low + 1e-9
        assert high >= fixed.high - 1e-9
    mirrored = anytime_interval(wrong, right, error)
    assert mirrored == pytest.approx((1 - high, 1 - low))


def test_the_anytime_interval_ends_where_its_mixture_says() -> None:
    low, high = anytime_interval(90, 10, 0.05)
    for share in (low, high):
        mixture, _ = integrate.quad(
            lambda other, share=share: (other / share) ** 90 * ((1 - other) / (1 - share)) ** 10,
            0,
            1,
            points=[0.9],
        )
        assert mixture == pytest.approx(20, rel=1e-6)


verdicts = st.lists(st.booleans(), max_size=60)


@given(verdicts=verdicts, share=st.floats(0.9, 0.999))
def test_evidence_of_a_drop_cannot_be_expected_to_grow_while_there_is_none(
    verdicts: list[bool], share: float
) -> None:
    watch = DropWatch(0.95)
    for right in verdicts:
        watch = watch.observe(right)
    grown = math.exp(watch.observe(False).log_e - watch.log_e)
    shrunk = math.exp(watch.observe(True).log_e - watch.log_e)
    assert 0.95 * shrunk + 0.05 * grown == pytest.approx(1)
    if share >= 0.95:
        assert share * shrunk + (1 - share) * grown <= 1 + 1e-9


def test_evidence_of_a_drop_starts_at_one() -> None:
    assert DropWatch(0.98).log_e == pytest.approx(0)


@given(verdicts=st.lists(st.booleans(), min_size=1, max_size=12))
def test_evidence_of_a_drop_is_the_sum_over_all_moments_at_which_it_may_have_begun(
    verdicts: list[bool],
) -> None:
    watch = DropWatch(0.95)
    for right in verdicts:
        watch = watch.observe(right)

    def kept(seen: int) -> float:
        return 1 / (1 + math.log(1 + seen))

    total = kept(len(verdicts))
    for begin in range(len(verdicts)):
        for fall in FALLS:
            worth = (kept(begin) - kept(begin + 1)) / len(FALLS)
            for right in verdicts[begin:]:
                suspected = min(0.05 * fall, 1.05 / 2)
                worth *= (1 - suspected) / 0.95 if right else suspected / 0.05
            total += worth
    assert watch.log_e == pytest.approx(math.log(total))


def test_a_drop_after_a_long_good_time_is_noticed_and_the_good_time_is_not() -> None:
    random = np.random.default_rng(7)
    watch = DropWatch(0.98)
    for right in random.random(3000) < 0.995:
        watch = watch.observe(bool(right))
        assert watch.log_e < math.log(20)
    for right in random.random(400) < 0.90:
        watch = watch.observe(bool(right))
    assert watch.log_e >= math.log(20)


def test_bonferroni_divides_the_error() -> None:
    log_e = {"a": math.log(61), "b": math.log(59), "c": math.log(1)}
    assert bonferroni(log_e, 0.05) == {"a"}
    assert bonferroni({}, 0.05) == set()


def test_e_bh_asks_the_less_the_more_it_rejects() -> None:
    log_e = {name: math.log(value) for name, value in zip("abcd", (40.5, 41, 27, 5), strict=True)}
    assert e_bh(log_e, 0.05) == {"a", "b", "c"}
    assert e_bh({**log_e, "c": math.log(26)}, 0.05) == {"a", "b"}
    assert e_bh({**log_e, "a": math.log(39)}, 0.05) == {"a", "b", "c"}
    assert e_bh({}, 0.05) == set()


@given(values=st.dictionaries(st.integers(), st.floats(-5, 12), max_size=12), error=errors)
def test_e_bh_rejects_all_that_bonferroni_does(values: dict[int, float], error: float) -> None:
    assert bonferroni(values, error) <= e_bh(values, error)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_differences_of_proportions_are_those_of_newcombes_table(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Table II of the paper, method 10, at 95 %."""
    assert difference_of_proportions(*one, *other, 0.05) == pytest.approx((low, high), abs=6e-5)


def test_without_trials_a_difference_may_be_anything() -> None:
    assert difference_of_proportions(0, 0, 5, 9, 0.05) == Interval(-1.0, 1.0)
    assert difference_of_means(Sample(1, 0, 1), Sample(2, 1, 5), 0.05).low == -math.inf


some = st.tuples(counts, counts).filter(any)


@given(one=some, other=some, error=errors)
def test_the_anytime_difference_is_wider_than_the_one_for_a_single_look(
    one: tuple[int, int], other: tuple[int, int], error: float
) -> None:
    wide = anytime_difference(*one, *other, error)
    narrow = difference_of_proportions(one[0], sum(one), other[0], sum(other), error)
    assert wide.low <= narrow.low + 1e-9
    assert wide.high >= narrow.high - 1e-9


def test_differences_of_means_agree_with_scipy() -> None:
    random = np.random.default_rng(3)
    one, other = random.normal(5, 2, 40), random.normal(4, 7, 13)
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.9)
    first, second = (Sample(x.mean(), x.var(ddof=1), len(x)) for x in (one, other))
    ours = difference_of_means(first, second, 0.1)
    assert ours == pytest.approx((theirs.low, theirs.high))
    assert difference_of_means(Sample(2, 0, 3), Sample(1, 0, 3), 0.1) == Interval(1, 1)


@pytest.mark.parametrize("error", [0.0, -0.1, 0.3, 1.0])
def test_an_error_level_that_means_nothing_is_refused(error: float) -> None:
    with pytest.raises(ValueError, match="error"):
        anytime_lower_bound(1, 1, error)


def test_impossible_counts_and_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        clopper_pearson(5, 4, 0.05)
    with pytest.raises(ValueError, match="between 0 and 1"):
        log_e_above(1, 1, 1.0)


def test_kappa_is_that_of_a_published_table() -> None:
    """Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions (2003), table 18.1: two
    raters, 100 subjects, kappa 0.676, its standard error 0.087 (0.0877 by their formula)."""
    table = {
        "psychosis": (75, 1, 4),
        "neurosis": (5, 4, 1),
        "organic": (0, 0, 10),
    }
    pairs = [
        (one, other)
        for one, row in table.items()
        for other, count in zip(table, row, strict=True)
        for _ in range(count)
    ]
    found = cohens_kappa(pairs, 0.05)
    assert found is not None
    assert found.kappa == pytest.approx(0.676, abs=0.0005)
    assert found.interval.low == pytest.approx(0.676 - 1.96 * 0.0877, abs=0.06)
    assert found.interval.high == pytest.approx(0.676 + 1.96 * 0.0877, abs=0.06)
    agreed = stats.binomtest(89, 100).proportion_ci(0.95, "exact")
    assert found.interval == pytest.approx(
        ((agreed.low - 0.66) / 0.34, (agreed.high - 0.66) / 0.34)
    )


def test_kappa_is_unknown_where_nobody_could_disagree() -> None:
    assert cohens_kappa([], 0.05) is None
    assert cohens_kappa([("right", "right")] * 5, 0.05) is None
    opposed = cohens_kappa([("right", "wrong"), ("wrong", "right")], 0.05)
    assert opposed is not None
    assert opposed.kappa == opposed.interval.low == -1


def test_a_few_audits_that_all_agree_do_not_prove_perfect_agreement() -> None:
    found = cohens_kappa([("right", "right")] * 8 + [("wrong", "wrong")] * 2, 0.05)
    assert found is not None
    assert found.kappa == found.interval.high == 1
    assert found.interval.low < 0.2


@pytest.mark.parametrize("size", [20, 60, 300])
@pytest.mark.parametrize("kappa", [0.4, 0.9])
def test_the_interval_of_kappa_holds_the_truth(size: int, kappa: float) -> None:
    """Verdicts as audits have them, most of them right."""
    random = np.random.default_rng([size, int(10 * kappa)])
    verdicts, shares = ["right", "wrong", "harmful", "person"], [0.9, 0.06, 0.01, 0.03]
    held = runs = 0
    for _ in range(400):
        one = random.choice(verdicts, size, p=shares)
        other = np.where(random.random(size) < kappa, one, random.choice(verdicts, size, p=shares))
        found = cohens_kappa(list(zip(one.tolist(), other.tolist(), strict=True)), 0.05)
        if found is not None:
            runs += 1
            held += found.interval.low <= kappa <= found.interval.high
    assert stats.binomtest(held, runs, 0.95, alternative="less").pvalue > 0.01
