"""`warmline certify`: live labels become thresholds that the router loads, or nothing."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from services.router.certify import certify
from services.router.reading import load_reader
from services.router.triage import TopicModel
from services.router.triage.certify import Certificate
from services.router.triage.dataset import Example
from services.runtime.errors import ModelError

from .conftest import WORDS, small_set

app = Typer()
app.command()(certify)

LIVE = [
    Example(f"{before} {word} {after}", topic, language)
    for language, frames in {
        "en": (
            ["hello, my", "what about the", "my"],
            ["please", "is not there", "thanks", "today"],
        ),
        "de": (["hallo, mein", "was ist mit", "meine"], ["bitte", "fehlt", "danke", "heute"]),
    }.items()
    for topic, words in WORDS[language].items()
    for before, word, after in product(frames[0], words, frames[1])
]
"""432 inquiries as customers might write them; none was trained on."""


@pytest.fixture
def folder(model: TopicModel, tmp_path: Path) -> Path:
    """A company and its model."""
    topics = [
        {"id": topic, "group": "g", "title": {"en": topic}, "harm": "information",
         "bot": "licensed", "queue": "general"}
        for topic in model.card.topics
    ]  # fmt: skip
    (tmp_path / "topics.yaml").write_text(json.dumps({"version": 1, "topics": topics}))
    model.save(tmp_path / "model")
    return tmp_path


def run(folder: Path, rows: list[tuple[Example, int]], *options: str) -> Result:
    data = folder / "live.csv"
    with data.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*Example._fields, "at"])
        writer.writerows([(*row, f"2026-11-{1 + day:02}T00:00:00Z") for row, day in rows])
    company = ["--company", str(folder), "--model", str(folder / "model")]
    return CliRunner().invoke(app, [str(data), *company, *options])


def live(right: bool = True) -> list[tuple[Example, int]]:
    """In an order other than time's. With `right` False, the labels of the newest are moved about."""
    rows = [(row, number % 20) for number, row in enumerate(LIVE)]
    if right:
        return rows
    topics = sorted(WORDS["en"])
    moved = {topic: topics[i - 1] for i, topic in enumerate(topics)}
    return [(row._replace(topic=moved[row.topic]) if day >= 16 else row, day) for row, day in rows]


def test_a_certificate_is_written_where_the_router_finds_it(
    folder: Path, model: TopicModel
) -> None:
    result = run(folder, live(), "--target", "0.9")
    assert result.exit_code == 0, result.output
    reader = load_reader(folder / "model", ["en", "de"])
    assert reader.certificate is not None
    assert reader.certificate.model_version == model.version
    (signals,) = reader.read(["where is the refund"])
    assert signals.threshold == reader.certificate.threshold("refund_status", "en")
    assert signals.threshold is not None
    assert signals.certificate == reader.certificate.version


def test_what_is_not_certified_has_no_threshold_and_people_answer(folder: Path) -> None:
    result = run(folder, live()[:60], "--target", "0.99")
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "none: people" in said
    assert "at least 299 answers without one mistake" in said
    (signals,) = load_reader(folder / "model", ["en", "de"]).read(["where is the refund"])
    assert signals.threshold is None


def test_the_newest_inquiries_can_refuse_the_certificate(folder: Path) -> None:
    result = run(folder, live(right=False), "--target", "0.9")
    assert "newest inquiries contradict" in str(result.exception)
    assert not (folder / "model" / "thresholds.json").exists()


def test_inquiries_that_people_get_anyway_are_no_evidence(folder: Path) -> None:
    result = run(folder, live(), "--target", "0.9", "--json")
    without = Certificate.model_validate_json(result.stdout)
    wishes = [(Example("my refund please, I want to talk to a human", "refund_status", "en"), 3)]
    result = run(folder, live() + wishes * 50, "--target", "0.9", "--json")
    with_wishes = Certificate.model_validate_json(result.stdout)
    assert with_wishes.inquiries == without.inquiries
    assert with_wishes.thresholds == without.thresholds


def test_texts_that_the_model_was_trained_on_are_no_evidence(folder: Path) -> None:
    trained = [(row, 0) for row in small_set()]
    result = run(folder, trained)
    assert "only texts that the model was trained on" in str(result.exception)
    both = run(folder, [*live(), *trained], "--target", "0.9")
    assert f"{len(trained)} of {len(LIVE) + len(trained)} texts were trained on" in " ".join(
        both.output.split()
    )
    certified = load_reader(folder / "model", ["en", "de"]).certificate
    assert certified is not None
    assert certified.inquiries <= len(LIVE)


def test_the_certificate_keeps_the_window_that_drift_is_measured_against(folder: Path) -> None:
    result = run(folder, live(), "--target", "0.9", "--json")
    window = Certificate.model_validate_json(result.stdout).window
    assert window is not None
    assert sum(window.of(language).inquiries for language in window.languages) == len(LIVE)


def test_a_new_certificate_replaces_one_of_another_model(folder: Path) -> None:
    foreign = Certificate(
        model_version="other", method="sgr", target=0.9, confidence=0.9, inquiries=0, thresholds=()
    )
    foreign.save(folder / "model" / "thresholds.json")
    with pytest.raises(ModelError, match="warmline certify"):
        load_reader(folder / "model", ["en"])
    assert run(folder, live(), "--target", "0.9").exit_code == 0
    load_reader(folder / "model", ["en"])


def test_out_of_scope_inquiries_count_as_answered_wrongly(folder: Path) -> None:
    strange = [(row._replace(topic="out_of_scope"), day) for row, day in live()[::3]]
    result = run(folder, [*live(), *strange], "--target", "0.95", "--json")
    content = result.stdout[: result.stdout.rindex("}") + 1]
    assert all(t.value is None for t in Certificate.model_validate_json(content).thresholds)
