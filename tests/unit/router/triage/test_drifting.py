"""Windows are closed against the calibration window, published once, and never mixed between models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import REGISTRY

from services.router.drifting import DriftWatch
from services.router.model_in_use import ModelInUse
from services.router.signals import Signals
from services.router.triage import TopicModel
from services.router.triage.certify import THRESHOLDS_FILE
from services.router.triage.drift import count
from warmline.events import Drift, Score

from .test_model_in_use import certificate

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def signals(size: int, seed: int, new_topic: float = 0.0) -> list[Signals]:
    """Inquiries on two topics; `new_topic` is the share of a third."""
    random = np.random.default_rng(seed)
    shares = [0.7 - new_topic / 2, 0.3 - new_topic / 2, new_topic]
    return [
        Signals(
            topic=str(topic), confidence=float(confidence), runner_up=None, language="en",
            complexity=Score(value=0.1), unknown_words=0.0,
        )
        for topic, confidence in zip(
            random.choice(["refund_status", "delivery", "late_fee"], size, p=shares),
            random.beta(8, 2, size),
            strict=True,
        )
    ]  # fmt: skip


Watched = tuple[DriftWatch, Callable[[list[Signals]], None]]


@pytest.fixture
def watched(model: TopicModel, tmp_path: Path) -> Watched:
    """A watch over a model whose certificate knows 2,000 inquiries, and how to feed it."""
    model.save(tmp_path / "model")
    window = count(each.seen() for each in signals(2_000, seed=1))
    made = certificate(model, 0.9).model_copy(update={"window": window})
    made.save(tmp_path / "model" / THRESHOLDS_FILE)
    in_use = ModelInUse(tmp_path / "model", ["en", "de"])
    moments = iter(AT + timedelta(minutes=n) for n in range(100))
    watch = DriftWatch(
        in_use, ["en", "de"], replica="7", every_s=1, clock=lambda: next(moments)
    )  # fmt: skip

    def feed(read: list[Signals]) -> None:
        of_model = [
            replace(each, model=model.version, certificate=made.version)
            if each.model == "none"
            else each
            for each in read
        ]
        watch.saw([], of_model)

    return watch, feed


def closed(watch: DriftWatch) -> list[Drift]:
    return [output.event.data for output in watch.close()]  # type: ignore[misc]


def test_a_stable_window_is_reported_as_stable(watched: Watched) -> None:
    watch, feed = watched
    feed(signals(400, seed=2))
    found = closed(watch)
    assert {(each.topic, each.language) for each in found} == {
        (None, "en"), ("refund_status", "en"), ("delivery", "en"),
    }  # fmt: skip
    assert not any(each.drifted for each in found)
    (whole,) = [each for each in found if each.topic is None]
    assert (whole.inquiries, whole.of, whole.replica) == (400, 400, "7")
    assert {shift.measure for shift in whole.shifts} == {"topics", "confidence", "unknown_words"}


def test_a_new_topic_is_reported_and_shown(watched: Watched) -> None:
    watch, feed = watched
    feed(signals(400, seed=2, new_topic=0.2))
    found = {each.topic: each for each in closed(watch)}
    assert found["late_fee"].drifted
    assert found["late_fee"].shifts[0].expected == 0
    assert found["late_fee"].shifts[0].seen == pytest.approx(0.2, abs=0.05)
    labels = {"measure": "topics", "language": "en"}
    assert (REGISTRY.get_sample_value("warmline_drift_distance", labels) or 0) > 0.1


def test_a_window_goes_on_until_it_holds_enough_and_is_reported_once(watched: Watched) -> None:
    watch, feed = watched
    feed(signals(60, seed=2))
    assert watch.close() == []
    feed(signals(60, seed=3))
    assert closed(watch)[0].of == 120
    assert watch.close() == []


def test_windows_of_two_models_are_never_mixed(watched: Watched) -> None:
    watch, feed = watched
    feed([replace(each, model="older", certificate="older") for each in signals(300, seed=2)])
    assert watch.close() == []
    feed(signals(150, seed=3))
    assert closed(watch)[0].of == 150


def test_ids_follow_from_the_window(watched: Watched) -> None:
    watch, feed = watched
    feed(signals(150, seed=3))
    first = [output.event.id for output in watch.close()]
    feed(signals(150, seed=3))
    second = [output.event.id for output in watch.close()]
    assert len({*first, *second}) == len(first) + len(second)


def test_a_model_without_a_certificate_has_nothing_to_compare_with(
    model: TopicModel, tmp_path: Path
) -> None:
    model.save(tmp_path / "model")
    in_use = ModelInUse(tmp_path / "model", ["en"])
    watch = DriftWatch(in_use, ["en"], replica="0", every_s=1, clock=lambda: AT)
    watch.saw([], [replace(each, model=model.version) for each in signals(300, seed=1)])
    assert watch.close() == []


def test_what_was_read_as_no_topic_counts_in_its_language_only(watched: Watched) -> None:
    watch, feed = watched
    some = signals(150, seed=3)
    feed([*some[:140], *(replace(each, topic=None) for each in some[140:])])
    found = closed(watch)
    assert {drift.topic for drift in found} == {None, "refund_status", "delivery"}
    assert found[0].of == 150
