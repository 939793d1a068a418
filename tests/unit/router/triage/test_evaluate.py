"""`warmline evaluate`: numbers for people, for programs, and a page that needs nothing else."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from services.router.evaluate import evaluate
from services.router.triage import TopicModel
from services.router.triage.dataset import Example
from services.router.triage.train import OUT_OF_SCOPE

from .conftest import small_set
from .test_checking import write

app = Typer()
app.command()(evaluate)

NEW = [
    Example("my refund and the money back", "refund_status", "en"),
    Example("the parcel in the delivery <b>", "delivery", "en"),
    Example("Passwort vergessen, Anmeldung", "password", "de"),
    Example("Erstattung meiner Gutschrift", "password", "de"),
    Example("the weather in the hills", OUT_OF_SCOPE, "en"),
]


@pytest.fixture(scope="module")
def folder(model: TopicModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate") / "model"
    model.save(folder)
    return folder


def report(folder: Path, rows: list[Example], *options: str) -> dict[str, Any]:
    data = write(folder.parent / "data.csv", rows)
    arguments = [str(data), "--model", str(folder), "--json", *options]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def test_every_measure_is_there_and_counts_what_it_says(folder: Path) -> None:
    found = report(folder, NEW)
    assert (found["texts"], found["out_of_scope_texts"]) == (4, 1)
    assert found["accuracy"] == 0.75
    assert found["confusions"] == [["password", "refund_status", 1]]
    assert found["languages"]["en"]["accuracy"] == 1
    assert found["languages"]["de"]["accuracy"] == 0.5
    scores = {one["topic"]: one for one in found["topics"]}
    assert scores["password"]["recall"] == 0.5
    assert scores["refund_status"]["precision"] == 0.5
    assert sum(group["texts"] for group in found["reliability"]) == 5
    assert found["at_target"]["runs"] == 20
    assert {"macro_f1", "calibration_error", "risk_coverage", "out_of_scope"} <= found.keys()
    assert found["seen_in_training"] == 0


def test_the_same_seed_gives_the_same_numbers(folder: Path) -> None:
    first, again = (
        report(folder, small_set(), "--seed", "3"),
        report(folder, small_set(), "--seed", "3"),
    )
    assert first == again


def test_texts_that_were_trained_on_are_counted_and_told(folder: Path) -> None:
    assert report(folder, small_set())["seen_in_training"] == len(small_set())
    data = write(folder.parent / "data.csv", small_set())
    result = CliRunner().invoke(app, [str(data), "--model", str(folder)])
    assert "were trained on" in " ".join(result.output.split())


def test_a_topic_that_the_model_does_not_know_is_told(folder: Path) -> None:
    found = report(folder, [*NEW, Example("close my account", "closing", "en")])
    assert found["unknown_topics"] == ["closing"]
    assert found["accuracy"] == 0.6


class _Page(HTMLParser):
    """Collects what a browser would fetch, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]
        self.fetched += [tag] if tag in ("script", "link") else []

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_fetches_nothing_and_shows_the_numbers_and_plots(folder: Path) -> None:
    html = folder.parent / "page.html"
    found = report(
        folder, [*NEW, Example("close it", "a <script> topic", "en")], "--html", str(html)
    )
    content = html.read_text(encoding="utf-8")
    page = _Page()
    page.feed(content)
    assert page.fetched == []
    assert "url(" not in content
    assert f"{found['accuracy'] * 100:.1f} %" in page.text
    assert "a <script> topic" in page.text
    plots = content.split("<svg")[1:]
    assert len(plots) == 2
    for plot in plots:
        svg = ElementTree.fromstring("<svg" + plot.partition("</svg>")[0] + "</svg>")  # noqa: S314
        assert svg.find("polyline") is not None


def test_the_table_is_for_people(folder: Path) -> None:
    data = write(folder.parent / "data.csv", NEW)
    result = CliRunner().invoke(app, [str(data), "--model", str(folder)])
    for said in ("accuracy", "75.0 %", "macro F1", "given", "out of scope", "splits"):
        assert said in result.output


def test_texts_without_any_topic_are_a_clear_error(folder: Path) -> None:
    data = write(folder.parent / "data.csv", [NEW[-1]])
    result = CliRunner().invoke(app, [str(data), "--model", str(folder)])
    assert "nothing to measure" in str(result.exception)
