from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from services.router.triage.encoder import MAX_TOKENS, Encoder
from services.runtime.errors import ModelError
from tests.unit.router.triage.tiny_encoder import DIMENSIONS, write_encoder

MEANINGS = {word: word for word in "where is my parcel refund card address the a street".split()}
WORDS = list(MEANINGS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_encoder(tmp_path / "encoder", MEANINGS)


def test_a_text_is_the_mean_of_its_tokens_scaled_to_length_1(folder: Path) -> None:
    encoder = Encoder.load(folder)
    parcel, refund, both = encoder(["parcel", "refund", "parcel refund"])
    lengths = np.linalg.norm(encoder([*WORDS, "parcel refund"]), axis=1)
    assert lengths == pytest.approx(1, abs=1e-5)
    assert both.shape == (DIMENSIONS,)
    assert abs(np.dot(both, parcel)) > 0
    plane = np.linalg.lstsq(np.stack([parcel, refund]).T, both, rcond=None)
    assert plane[1] == pytest.approx(0, abs=1e-6)
    assert plane[0].min() > 0


def test_order_and_company_change_nothing(folder: Path) -> None:
    encoder = Encoder.load(folder)
    texts = [" ".join(WORDS[: 1 + i % len(WORDS)]) * (1 + i % 3) for i in range(50)]
    together = encoder(texts)
    alone = np.concatenate([encoder([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-6)
    assert encoder(texts[::-1]) == pytest.approx(together[::-1], abs=1e-6)


def test_nothing_asked_is_nothing_encoded(folder: Path) -> None:
    assert Encoder.load(folder)([]).shape == (0, DIMENSIONS)


def test_odd_texts_get_a_vector_and_long_ones_are_cut(folder: Path) -> None:
    encoder = Encoder.load(folder)
    odd = ["", " ", "\x00", "\ud800 parcel", "🔥" * 9_000, "parcel " * 5_000]
    assert np.isfinite(encoder(odd)).all()
    long = encoder(["parcel " * MAX_TOKENS, "parcel " * MAX_TOKENS + "refund " * 99])
    assert long[0] == pytest.approx(long[1], abs=1e-6)


def test_an_encoder_that_pools_for_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    encoder = Encoder.load(write_encoder(tmp_path / "pooled", MEANINGS, pooled=True))
    vectors = encoder(["parcel", "parcel parcel"])
    assert vectors[0] == pytest.approx(vectors[1], abs=1e-5)


@pytest.mark.parametrize("place", ["model.onnx", "onnx/model.onnx"])
def test_a_file_or_a_folder_names_the_encoder(folder: Path, tmp_path: Path, place: str) -> None:
    other = tmp_path / "export"
    (other / place).parent.mkdir(parents=True)
    shutil.copy(folder / "model.onnx", other / place)
    shutil.copy(folder / "tokenizer.json", other)
    expected = Encoder.load(folder).facts
    assert Encoder.load(other).facts == expected
    assert Encoder.load(other / place).facts == expected


def test_a_folder_with_several_encoders_asks_which(folder: Path) -> None:
    shutil.copy(folder / "model.onnx", folder / "model_int8.onnx")
    with pytest.raises(ModelError, match=r"model\.onnx, model_int8\.onnx.*name the file"):
        Encoder.load(folder)


def test_what_is_missing_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no encoder in .*nowhere"):
        Encoder.load(tmp_path / "nowhere")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        Encoder.load(folder)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("keep", [0, 40])
def test_a_cut_file_is_refused(folder: Path, name: str, keep: int) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match=r"model\.onnx"):
        Encoder.load(folder)


def test_a_model_with_other_inputs_is_no_sentence_encoder(tmp_path: Path) -> None:
    inputs = ("input_ids", "pixel_values")
    with pytest.raises(ModelError, match="takes input_ids, pixel_values"):
        Encoder.load(write_encoder(tmp_path / "other", MEANINGS, inputs=inputs))


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_without_the_extra_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match="extra `encoder`"):
        Encoder.load(folder)


@pytest.fixture(scope="module")
def real() -> Encoder:
    folder = os.environ.get("WARMLINE_ENCODER")
    if not folder:
        pytest.skip("WARMLINE_ENCODER names no folder of an exported English sentence encoder")
    return Encoder.load(Path(folder))


def test_a_real_encoder_puts_what_means_the_same_together(real: Encoder) -> None:
    asked, alike, other = real(
        ["my card was stolen", "somebody took my bank card", "how do I change my address"]
    )
    assert np.dot(asked, alike) > np.dot(asked, other) + 0.2


def test_a_real_encoder_is_not_swayed_by_the_company_of_a_text(real: Encoder) -> None:
    texts = ["my card was stolen", "x", "I would like to know where my refund is " * 5, "ok"]
    alone = np.concatenate([real([text]) for text in texts])
    assert real(texts) == pytest.approx(alone, abs=1e-4)


def test_a_real_encoder_takes_any_text(real: Encoder) -> None:
    odd = ["", "\x00", "\ud800", "🔥" * 8_000, "ﷺ" * 8_000, "a" * 32_768, "a b " * 8_192]
    assert np.isfinite(real(odd)).all()
