from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.router.triage.certify import (
    Certificate,
    Judgement,
    Method,
    certify,
    largest_certified,
    lower_bound,
    pool,
    starting_points,
    try_on_newest,
)
from services.router.triage.evaluate import evaluate, judge
from services.router.triage.measures import area_under_risk_coverage, macro_f1, risk_coverage
from services.router.triage.model import TopicModel
from services.router.triage.splits import split_test
from services.runtime.errors import ModelError

from .conftest import small_set

METHODS: tuple[Method, ...] = ("bonferroni", "fixed_sequence", "sgr")


def _judgements(
    count: int, seed: int = 0, topic: str = "refund", language: str = "en", skill: float = 1.0
) -> list[Judgement]:
    """Calibrated by construction: an inquiry at confidence c is right with the chance c ** (1/skill)."""
    random = np.random.default_rng(seed)
    confidence = random.beta(8, 0.4, count)
    right = random.random(count) < confidence ** (1 / skill)
    return [
        Judgement(topic, language, float(c), bool(r))
        for c, r in zip(confidence, right, strict=True)
    ]


def test_the_bound_is_clopper_and_pearsons() -> None:
    assert lower_bound(299, 299, 0.95) == pytest.approx(0.05 ** (1 / 299))
    assert lower_bound(298, 298, 0.95) < 0.99 < lower_bound(299, 299, 0.95)
    assert lower_bound(0, 50, 0.95) == 0
    assert lower_bound(90, 100, 0.95) == pytest.approx(0.8363, abs=1e-3)


@pytest.mark.parametrize("method", METHODS)
def test_two_hundred_flawless_answers_prove_too_little(method: Method) -> None:
    flawless = [Judgement("refund", "en", 0.9 + i / 10_000, True) for i in range(200)]
    assert largest_certified(pool(flawless), 0.99, 0.95, method) is None
    certificate = certify(flawless, "m", method=method)
    assert certificate.threshold("refund", "en") is None


@pytest.mark.parametrize("method", METHODS)
def test_enough_flawless_answers_are_certified(method: Method) -> None:
    flawless = [Judgement("refund", "en", 0.5 + i / 10_000, True) for i in range(3_000)]
    certificate = certify(flawless, "m", method=method)
    value = certificate.threshold("refund", "en")
    assert value is not None
    assert certificate.thresholds[0].lower_bound >= 0.99
    assert certificate.thresholds[0].level == "topic_and_language"


@pytest.mark.parametrize("method", METHODS)
def test_the_promise_holds_far_more_often_than_not(method: Method) -> None:
    """Confidences that are true by construction: precision above a threshold is their mean."""
    confidences = np.random.default_rng(99).beta(8, 0.4, 200_000)
    broken = certified = 0
    for seed in range(40):
        evidence = pool(_judgements(3_000, seed))
        answered = largest_certified(evidence, 0.97, 0.95, method)
        if answered is not None:
            certified += 1
            value = evidence.confidence[answered - 1]
            broken += confidences[confidences >= value].mean() < 0.97
    assert certified >= 30
    assert broken <= 0.12 * certified


def test_the_default_certifies_all_that_a_weighted_bonferroni_grid_would() -> None:
    """Same starting points, same error level; what a passed test leaves unspent can only help."""
    points = starting_points(2_000, 0.97, 0.95)
    assert sum(part for _, part in points) == pytest.approx(0.05)
    more = 0
    for seed in range(20):
        evidence = pool(_judgements(2_000, seed))
        plain = [
            answered
            for share, part in points
            if (answered := evidence.cut(round(share * 2_000)))
            and lower_bound(int(evidence.right[answered - 1]), answered, 1 - part) >= 0.97
        ]
        found = largest_certified(evidence, 0.97, 0.95, "bonferroni") or 0
        assert found >= max(plain, default=0)
        more += found > max(plain, default=0)
    assert more >= 10


@pytest.mark.parametrize("size", [1, 200, 484, 500, 100_000])
def test_the_grid_starts_where_flawless_answers_could_certify(size: int) -> None:
    first, part = starting_points(size, 0.99, 0.95)[0]
    answered = round(first * size)
    assert 0 < first <= 1
    if size > 484:
        assert lower_bound(answered, answered, 1 - part) >= 0.99


def test_thresholds_are_tried_on_the_newest_judgements() -> None:
    honest = _judgements(4_000)
    kept = try_on_newest(honest, "m", target=0.95)
    assert kept is not None
    assert kept.holds
    assert kept.inquiries == 800
    changed = [
        *honest[:3_200],
        *(j._replace(right=i % 2 > 0) for i, j in enumerate(honest[3_200:])),
    ]
    broken = try_on_newest(changed, "m", target=0.95)
    assert broken is not None
    assert not broken.holds
    assert try_on_newest([], "m") is None


def test_out_of_scope_inquiries_count_against_it() -> None:
    fine = [Judgement("refund", "en", 0.99, True) for _ in range(900)]
    strangers = [Judgement("refund", "en", 0.99, False) for _ in range(100)]
    assert certify(fine, "m").threshold("refund", "en") is not None
    assert certify(fine + strangers, "m").threshold("refund", "en") is None


def test_a_small_topic_borrows_evidence_but_not_against_its_own() -> None:
    many = [Judgement("refund", "en", 0.95, True) for _ in range(3_000)]
    few_good = [Judgement("delivery", "en", 0.96, True) for _ in range(20)]
    few_bad = [Judgement("password", "en", 0.96, i % 2 == 0) for i in range(20)]
    certificate = certify(many + few_good + few_bad, "m", target=0.95)
    assert certificate.threshold("refund", "en") is not None
    assert certificate.threshold("delivery", "en") is not None
    assert certificate.threshold("password", "en") is None
    levels = {t.topic: t.level for t in certificate.thresholds}
    assert levels["refund"] == "topic_and_language"
    assert levels["delivery"] == "language"


def test_equal_confidences_are_not_torn_apart() -> None:
    judged = [Judgement("t", "en", 0.9, True)] * 500 + [Judgement("t", "en", 0.8, False)] * 500
    evidence = pool(judged)
    assert evidence.cut(3) == 500
    assert evidence.cut(501) == 1_000
    assert evidence.cut(0) == 0


def test_a_topic_that_never_occurred_has_no_threshold() -> None:
    assert certify(_judgements(500), "m").threshold("unheard_of", "en") is None
    assert certify([], "m").thresholds == ()


def test_a_certificate_is_for_one_model(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.json"
    certificate = certify(_judgements(4_000), "model-a", target=0.9)
    certificate.save(path)
    assert Certificate.load(path, "model-a") == certificate
    with pytest.raises(ModelError, match="warmline certify"):
        Certificate.load(path, "model-b")
    path.write_text('{"format": "warmline-thresholds/1"}')
    with pytest.raises(ModelError, match=r"thresholds\.json"):
        Certificate.load(path, "model-a")


def test_evaluation_counts_what_it_says(model: TopicModel) -> None:
    rows = small_set()
    wrong = [row._replace(topic="password") for row in rows if row.topic == "delivery"]
    found = evaluate(model, rows + wrong, ["the weather in the hills"])
    assert found.texts == len(rows) + len(wrong)
    assert found.accuracy == pytest.approx(len(rows) / found.texts, abs=0.03)
    assert found.confusions[0][:2] == ("password", "delivery")
    assert found.languages["de"]["texts"] == found.languages["en"]["texts"]
    assert found.out_of_scope["at_coverage_50%"] == 0
    coverage, risk = found.risk_coverage[-1]
    assert coverage == 1.0
    assert risk == pytest.approx(1 - found.accuracy)


def test_a_topic_the_model_does_not_know_is_wrong(model: TopicModel) -> None:
    strange = [row._replace(topic="unknown") for row in small_set()[:5]]
    assert not any(each.right for each in judge(model, strange))


def test_risk_and_coverage_follow_the_confidence() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, True])
    curve = risk_coverage(confidence, right)
    assert curve[0] == (0.25, 0.0)
    assert curve[-1] == (1.0, 0.25)
    assert area_under_risk_coverage(confidence, right) == pytest.approx((1 / 3 + 1 / 4) / 4)


def test_macro_f1_weighs_rare_topics_alike() -> None:
    assert macro_f1(["a", "a", "a", "b"], ["a", "a", "a", "a"]) == pytest.approx(6 / 7 / 2)
    assert macro_f1(["a", "b"], ["a", "b"]) == 1


def test_split_test_tells_honest_from_dishonest_confidence() -> None:
    honest = split_test(_judgements(8_000), target=0.97, method="fixed_sequence")
    blind = [
        j._replace(confidence=0.99, right=i % 10 > 0) for i, j in enumerate(_judgements(4_000))
    ]
    refused = split_test(blind, target=0.97)
    assert honest.significantly_below <= 2
    assert honest.coverage > 0.3
    assert refused.nothing_certified == refused.runs
    assert refused.coverage == 0
