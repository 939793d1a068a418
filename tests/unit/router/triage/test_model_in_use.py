"""A new model is taken without a restart; a broken one is refused and the old one goes on."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from services.router.model_in_use import ModelInUse
from services.router.models import app
from services.router.triage import TopicModel
from services.router.triage.certify import THRESHOLDS_FILE, Certificate, Threshold
from services.runtime.errors import ModelError


def other(model: TopicModel) -> TopicModel:
    """The same model, a little colder: another version with the same topics."""
    card = model.card.model_copy(update={"temperature": model.card.temperature * 1.2})
    return TopicModel.assemble(card, model.arrays(), "made for a test")


def certificate(model: TopicModel, value: float | None) -> Certificate:
    return Certificate(
        model_version=model.version, method="sgr", target=0.9, confidence=0.9, inquiries=10,
        thresholds=tuple(
            Threshold(
                topic=topic, language="en", level="topic", value=value,
                inquiries=10, answered=10, right=10, lower_bound=0.9,
            )
            for topic in model.card.topics
        ),
    )  # fmt: skip


def refused() -> float:
    labels = {"role": "in_use", "result": "refused"}
    return REGISTRY.get_sample_value("warmline_model_switches_total", labels) or 0.0


@pytest.fixture
def folder(model: TopicModel, tmp_path: Path) -> Path:
    model.save(tmp_path / "model")
    return tmp_path / "model"


def test_a_model_saved_into_the_folder_is_used_from_the_next_look_on(
    folder: Path, model: TopicModel
) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    assert in_use.look_again() is False
    other(model).save(folder)
    assert in_use.version == model.version
    assert in_use.look_again() is True
    (signals,) = in_use.read(["where is the parcel"])
    assert in_use.version == signals.model == other(model).version
    assert in_use.look_again() is False


def test_a_new_certificate_is_taken_with_its_model(folder: Path, model: TopicModel) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    assert in_use.read(["where is the parcel"])[0].threshold == 0
    made = certificate(model, 0.97)
    made.save(folder / THRESHOLDS_FILE)
    assert in_use.look_again() is True
    (signals,) = in_use.read(["where is the parcel"])
    assert (signals.threshold, signals.certificate) == (0.97, made.version)


@pytest.mark.parametrize("damage", ["cut", "foreign certificate", "no json"])
def test_a_broken_model_is_refused_once_and_the_old_one_goes_on(
    folder: Path, model: TopicModel, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    before = refused()
    broken = folder.parent / "broken"
    other(model).save(broken)
    if damage == "cut":
        (broken / "weights.npy").write_bytes((broken / "weights.npy").read_bytes()[:-100])
    elif damage == "no json":
        (broken / "model.json").write_text("{")
    else:
        certificate(model, 0.9).save(broken / THRESHOLDS_FILE)
    folder.rename(folder.parent / "old")
    broken.rename(folder)
    assert in_use.look_again() is False
    assert in_use.look_again() is False
    assert refused() == before + 1
    assert in_use.read(["where is the parcel"])[0].model == model.version
    said = capsys.readouterr().out
    assert said.count("new model refused, the old one goes on") == 1
    assert str(folder) in said
    other(model).save(folder)
    assert in_use.look_again() is True


def test_files_that_are_cut_in_place_hurt_nobody(folder: Path) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    expected = in_use.read(["where is the parcel"])
    for path in folder.glob("*.npy"):
        path.write_bytes(b"")
    assert in_use.look_again() is False
    assert in_use.read(["where is the parcel"]) == expected


def test_a_model_that_is_not_there_is_named_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere.*warmline train"):
        ModelInUse(tmp_path / "nowhere", ["en"])


def test_a_folder_that_is_being_replaced_is_waited_for(folder: Path, model: TopicModel) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    before = refused()
    shutil.rmtree(folder)
    assert in_use.look_again() is False
    folder.mkdir()
    assert in_use.look_again() is False
    assert refused() == before
    other(model).save(folder)
    assert in_use.look_again() is True


def test_every_batch_is_read_with_one_model_while_models_are_switched(
    folder: Path, model: TopicModel
) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    texts = ["where is the parcel", "my password please"] * 8
    versions: list[set[str]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            versions.append({signals.model for signals in in_use.read(texts)})

    reading = threading.Thread(target=read)
    reading.start()
    for number in range(6):
        (model if number % 2 else other(model)).save(folder)
        assert in_use.look_again() is True
    done.set()
    reading.join()
    assert versions
    assert all(len(each) == 1 for each in versions)


def test_the_command_switches_and_the_certificate_goes_with_the_model(
    folder: Path, model: TopicModel, tmp_path: Path
) -> None:
    in_use = ModelInUse(folder, ["en", "de"])
    other(model).save(tmp_path / "new")
    certificate(other(model), 0.95).save(tmp_path / "new" / THRESHOLDS_FILE)
    result = CliRunner().invoke(app, ["switch", str(tmp_path / "new"), "--model", str(folder)])
    assert result.exit_code == 0, result.output
    assert in_use.look_again() is True
    (signals,) = in_use.read(["where is the parcel"])
    assert (signals.model, signals.threshold) == (other(model).version, 0.95)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "new"]


def test_a_symbolic_link_is_pointed_at_the_new_model(model: TopicModel, tmp_path: Path) -> None:
    model.save(tmp_path / "a")
    other(model).save(tmp_path / "b")
    (tmp_path / "current").symlink_to("a")
    in_use = ModelInUse(tmp_path / "current", ["en", "de"])
    arguments = ["switch", str(tmp_path / "b"), "--model", str(tmp_path / "current")]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert in_use.look_again() is True
    assert in_use.version == other(model).version
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "current"]


def test_a_damaged_model_is_not_switched_to(
    folder: Path, model: TopicModel, tmp_path: Path
) -> None:
    other(model).save(tmp_path / "new")
    (tmp_path / "new" / "idf.npy").unlink()
    result = CliRunner().invoke(app, ["switch", str(tmp_path / "new"), "--model", str(folder)])
    assert isinstance(result.exception, ModelError)
    assert ModelInUse(folder, ["en"]).version == model.version
    same = CliRunner().invoke(app, ["switch", str(folder), "--model", str(folder)])
    assert "in use already" in str(same.exception)
