from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.router.triage.model import TopicModel
from services.runtime.errors import ModelError


@pytest.fixture
def folder(model: TopicModel, tmp_path: Path) -> Path:
    model.save(tmp_path / "model")
    return tmp_path / "model"


def _rewrite_card(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "model.json"
    card = json.loads(path.read_text())
    change(card)
    path.write_text(json.dumps(card))


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="warmline train"):
        TopicModel.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["weights", "hashes", "coefficients", "neighbours", "examples"])
def test_a_changed_byte_is_noticed(folder: Path, name: str) -> None:
    path = folder / f"{name}.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name}\.npy does not match"):
        TopicModel.load(folder)


@pytest.mark.parametrize("keep", [0, 5, 60, -1, -1000])
def test_a_cut_array_is_noticed(folder: Path, keep: int) -> None:
    path = folder / "weights.npy"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"weights\.npy"):
        TopicModel.load(folder)


def test_a_missing_array_is_noticed(folder: Path) -> None:
    (folder / "idf.npy").unlink()
    with pytest.raises(ModelError, match=r"idf\.npy is missing"):
        TopicModel.load(folder)


def test_a_pickle_is_never_opened(folder: Path) -> None:
    np.save(folder / "idf.npy", np.array([{"evil": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ModelError, match=r"idf\.npy"):
        TopicModel.load(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"format": "other/1"}', "[" * 10_000])
def test_a_foreign_or_broken_card_is_refused(folder: Path, content: str) -> None:
    (folder / "model.json").write_text(content)
    with pytest.raises(ModelError, match=r"model\.json"):
        TopicModel.load(folder)


def test_a_card_with_a_field_missing_names_it(folder: Path) -> None:
    _rewrite_card(folder, lambda card: card.pop("temperature"))
    with pytest.raises(ModelError, match="temperature"):
        TopicModel.load(folder)


def test_an_array_name_cannot_leave_the_folder(folder: Path) -> None:
    _rewrite_card(folder, lambda card: card["arrays"].update({"../x": card["arrays"]["idf"]}))
    with pytest.raises(ModelError):
        TopicModel.load(folder)


def test_topics_that_do_not_fit_the_arrays_are_refused(folder: Path) -> None:
    _rewrite_card(folder, lambda card: card["topics"].append("invented"))
    with pytest.raises(ModelError, match="do not fit together"):
        TopicModel.load(folder)


def test_an_array_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "bias.npy", np.zeros(8, dtype=np.float32))
    shutil.copy(tmp_path / "bias.npy", folder / "bias.npy")
    with pytest.raises(ModelError, match=r"bias\.npy does not match"):
        TopicModel.load(folder)


def test_saving_again_replaces_the_folder_and_leaves_nothing_behind(
    model: TopicModel, folder: Path
) -> None:
    (folder / "stray").write_text("old")
    model.save(folder)
    assert not (folder / "stray").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
