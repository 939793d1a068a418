"""`warmline classify`: the router's judgement without servers, line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from services.router.classify import classify
from services.router.triage import TopicModel

app = Typer()
app.command()(classify)


@pytest.fixture(scope="module")
def options(model: TopicModel, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A company whose topics are the model's, the first of them licensed."""
    folder = tmp_path_factory.mktemp("company")
    topics = [
        {
            "id": topic,
            "group": "g",
            "title": {"en": topic},
            "harm": "information",
            "bot": "licensed" if number == 0 else "human_only",
            "queue": "general",
        }
        for number, topic in enumerate(model.card.topics)
    ]
    policy = {"version": 1, "threshold": 0.0, "topics": topics}
    (folder / "topics.yaml").write_text(json.dumps(policy))
    model.save(folder / "model")
    return ["--company", str(folder), "--model", str(folder / "model")]


def lines_of(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_each_line_keeps_its_fields_and_gains_the_routers(
    options: list[str], tmp_path: Path
) -> None:
    path = lines_of(tmp_path, '{"id": 7, "text": "I want to talk to a human being"}')
    result = CliRunner().invoke(app, ["--file", str(path), "--format", "jsonl", *options])
    assert result.exit_code == 0
    (line,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert line["id"] == 7
    assert line["wants_person"] is True
    assert line["route"] == "human"
    assert line["reasons"][0]["code"] == "explicit_wish"
    assert {"topic", "language", "confidence", "complexity", "risk_tier"} <= line.keys()


def test_a_bad_line_says_why_and_its_neighbours_are_classified(
    options: list[str], tmp_path: Path
) -> None:
    path = lines_of(tmp_path, '{"text": "hello there"}', "not json", '{"text": ""}', '{"other": 1}')
    result = CliRunner().invoke(app, ["--file", str(path), *options])
    assert result.exit_code == 1
    first, *rest = [json.loads(line) for line in result.stdout.splitlines()]
    assert "topic" in first
    assert [set(line) & {"error", "topic"} for line in rest] == [{"error"}] * 3
    assert [line["error"].partition(":")[0] for line in rest] == ["line 2", "line 3", "line 4"]


def test_one_text_is_explained(options: list[str]) -> None:
    result = CliRunner().invoke(app, ["my card was stolen by a thief", *options])
    assert result.exit_code == 0
    assert "risk" in result.stdout
    assert "Words that count" in result.stdout


def test_the_words_that_change_the_decision_are_named(options: list[str]) -> None:
    text = "where is the parcel, human please"
    result = CliRunner().invoke(app, [text, "--format", "jsonl", *options])
    line = json.loads(result.stdout)
    assert line["route"] == "human"
    why = line["explanation"]
    assert why["vetoes"][0]["code"] == "explicit_wish"
    assert {"no_licence", "explicit_wish"} <= {veto["code"] for veto in why["vetoes"]}
    changed = {change["word"]: change["reason"]["code"] for change in why["without"]}
    assert changed["human"] == "no_licence"
    assert why["words"][0].keys() == {"word", "confidence"}
    assert len(why["neighbours"]) == 3


def test_lacking_confidence_is_said_in_numbers(options: list[str], tmp_path: Path) -> None:
    policy = json.loads((Path(options[1]) / "topics.yaml").read_text())
    policy["threshold"] = 0.9999
    (tmp_path / "topics.yaml").write_text(json.dumps(policy))
    stricter = ["--company", str(tmp_path), *options[2:]]
    result = CliRunner().invoke(app, ["the blocked card", *stricter])
    assert "more, and the bot may speak" in " ".join(result.stdout.split())


def test_standard_input_can_be_classified(options: list[str]) -> None:
    lines = '{"text": "where is the parcel", "n": 1}\n'
    result = CliRunner().invoke(app, ["--file", "-", *options], input=lines)
    assert json.loads(result.stdout)["n"] == 1


def test_a_text_or_a_file_and_not_both(options: list[str]) -> None:
    assert CliRunner().invoke(app, options).exit_code == 2
    assert CliRunner().invoke(app, ["hello", "--file", "-", *options]).exit_code == 2


def test_a_missing_model_is_named(options: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["hello", *options[:2], "--model", str(tmp_path / "no-such-model")]
    )
    assert result.exit_code != 0
    assert "no-such-model" in str(result.exception)
