"""The shadow model: compared on what was decided, never in anybody's way. And `warmline model compare`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.router import shadow as module
from services.router.model_in_use import ModelInUse
from services.router.models import app
from services.router.policy import Policy
from services.router.shadow import Shadow
from services.router.signals import Signals
from services.router.triage import TopicModel
from services.router.triage.certify import THRESHOLDS_FILE
from warmline.events import Inquiry

from .conftest import small_set
from .test_checking import write
from .test_model_in_use import certificate, other

TEXTS = ["where is the parcel", "my password please", "was ist mit Erstattung"]


def policy_for(model: TopicModel) -> Policy:
    topics = [
        {"id": topic, "group": "g", "title": {"en": topic}, "harm": "information",
         "bot": "licensed", "queue": "general"}
        for topic in model.card.topics
    ]  # fmt: skip
    return Policy.model_validate({"version": 1, "threshold": 0.0, "topics": topics}, strict=False)


@pytest.fixture
def models(model: TopicModel, tmp_path: Path) -> Callable[[float | None], list[ModelInUse]]:
    """The model in use and a candidate; a number is what the candidate's certificate asks for."""

    def made(threshold: float | None) -> list[ModelInUse]:
        model.save(tmp_path / "model")
        other(model).save(tmp_path / "new")
        certificate(other(model), threshold).save(tmp_path / "new" / THRESHOLDS_FILE)
        return [ModelInUse(tmp_path / "model", ["en"]), ModelInUse(tmp_path / "new", ["en"])]

    return made


def inquiries(texts: Sequence[str]) -> list[Inquiry]:
    return [
        Inquiry(inquiry_id=f"i{n}", conversation_id="c", customer_id="k", text=text)
        for n, text in enumerate(texts)
    ]


async def compared(shadow: Shadow, asked: list[Inquiry], signals: list[Signals]) -> None:
    running = asyncio.create_task(shadow.run(None))  # type: ignore[arg-type] # it writes nothing
    before = shadow.counts.total()
    shadow.saw(asked, signals)
    while shadow.counts.total() < before + len(asked):
        assert not running.done()
        await asyncio.sleep(0)
    running.cancel()


async def test_a_candidate_that_decides_alike_is_counted_as_the_same(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel
) -> None:
    in_use, candidate = models(0.0)
    shadow = Shadow(candidate, lambda _topic, _language: policy_for(model))
    await compared(shadow, inquiries(TEXTS[:2]), in_use.read(TEXTS[:2]))
    assert dict(shadow.counts) == {"same": 2}


async def test_a_candidate_that_would_give_inquiries_to_people_is_found_out(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel
) -> None:
    in_use, candidate = models(None)
    shadow = Shadow(candidate, lambda _topic, _language: policy_for(model))
    await compared(shadow, inquiries(TEXTS[:2]), in_use.read(TEXTS[:2]))
    assert dict(shadow.counts) == {"people_instead": 2}
    back = Shadow(in_use, lambda _topic, _language: policy_for(model))
    await compared(back, inquiries(TEXTS[:2]), candidate.read(TEXTS[:2]))
    assert dict(back.counts) == {"bot_instead": 2}


async def test_what_it_has_no_time_for_is_not_compared_and_nobody_waits(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(module, "WAITING_MAX", 2)
    in_use, candidate = models(0.0)
    shadow = Shadow(candidate, lambda _topic, _language: policy_for(model))
    await compared(shadow, inquiries(TEXTS), in_use.read(TEXTS))
    assert dict(shadow.counts) == {"same": 2, "not_compared": 1}


async def test_a_fault_costs_only_the_comparison(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel
) -> None:
    in_use, candidate = models(0.0)
    faulty = [True]

    def allowed(_topic: str | None, _language: str) -> Policy:
        if faulty.pop():
            raise RuntimeError("out of order")
        faulty.append(False)
        return policy_for(model)

    shadow = Shadow(candidate, allowed)
    await compared(shadow, inquiries(TEXTS[:1]), in_use.read(TEXTS[:1]))
    assert dict(shadow.counts) == {"not_compared": 1}
    faulty.append(False)
    await compared(shadow, inquiries(TEXTS[:1]), in_use.read(TEXTS[:1]))
    assert shadow.counts["same"] == 1


def test_the_command_compares_decisions_and_labels(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel, tmp_path: Path
) -> None:
    models(None)
    topics = policy_for(model).model_dump(mode="json")
    (tmp_path / "topics.yaml").write_text(json.dumps(topics))
    data = write(tmp_path / "texts.csv", small_set()[:40])
    command = [
        "compare", str(tmp_path / "new"), str(data), "--model", str(tmp_path / "model"),
        "--company", str(tmp_path),
    ]  # fmt: skip
    found: dict[str, Any] = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    assert (found["old"], found["new"]) == (model.version, other(model).version)
    assert found["texts"] == 40
    assert found["bot_after"] == 0
    assert found["from_bot_to_people"] == round(found["bot_before"] * 40)
    assert found["labelled"]["old"]["accuracy"] == found["labelled"]["new"]["accuracy"] > 0.9
    assert found["labelled"]["new"]["bot_right"] is None
    people = CliRunner().invoke(app, command)
    assert "from the bot to people" in people.output


def test_a_models_card_is_shown(
    models: Callable[[float | None], list[ModelInUse]], model: TopicModel, tmp_path: Path
) -> None:
    models(0.9)
    shown = CliRunner().invoke(app, ["show", str(tmp_path / "new")]).output
    assert other(model).version in shown
    assert "90.0 % at 90.0 %" in shown
    card = json.loads(CliRunner().invoke(app, ["show", str(tmp_path / "new"), "--json"]).stdout)
    assert card["topics"] == list(model.card.topics)
