"""The export of a BERT sentence encoder, against the same encoder written out in numpy."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.router.triage.encoder import Encoder
from tests.unit.router.triage.tiny_encoder import write_encoder

SCRIPT = Path(__file__).parents[4] / "scripts" / "export_encoder.py"
WORDS = [f"w{i}" for i in range(38)]
SIZE, WIDE, HEADS, LAYERS, EPSILON = 32, 64, 4, 2, 1e-12
Weights = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def weights() -> Weights:
    random = np.random.default_rng(3)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS) + 2, SIZE),
        "embeddings.position_embeddings.weight": (160, SIZE),
        "embeddings.token_type_embeddings.weight": (2, SIZE),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        norms += [f"{at}attention.output.LayerNorm", f"{at}output.LayerNorm"]
        inner = [*(f"self.{part}" for part in ("query", "key", "value")), "output.dense"]
        dense = {f"{at}attention.{part}": (SIZE, SIZE) for part in inner}
        dense |= {f"{at}intermediate.dense": (WIDE, SIZE), f"{at}output.dense": (SIZE, WIDE)}
        for name, shape in dense.items():
            shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    made = {name: random.normal(size=shape) * 0.3 for name, shape in shapes.items()}
    for name in norms:
        made[f"{name}.weight"] = 1 + random.normal(size=SIZE) * 0.1
        made[f"{name}.bias"] = random.normal(size=SIZE) * 0.1
    return {name: value.astype(np.float32) for name, value in made.items()}


@pytest.fixture(scope="module")
def source(weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as sentence encoders are published."""
    folder = write_encoder(tmp_path_factory.mktemp("source"), dict.fromkeys(WORDS, ""))
    (folder / "model.onnx").unlink()
    config = {
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": SIZE, "layer_norm_eps": EPSILON,
        "num_attention_heads": HEADS, "num_hidden_layers": LAYERS,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    header, body = {}, b""
    for name, value in weights.items():
        offsets = [len(body), len(body) + value.nbytes]
        header[f"bert.{name}"] = {"dtype": "F32", "shape": value.shape, "data_offsets": offsets}
        body += value.tobytes()
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    return folder


@pytest.fixture(scope="module")
def exported(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    out = tmp_path_factory.mktemp("exported")
    subprocess.run([sys.executable, str(SCRIPT), str(source), str(out)], check=True)
    return Encoder.load(out)


def _vector(weights: Weights, numbers: list[int]) -> NDArray[np.float64]:
    """BERT on one text in full precision, then the mean over its tokens, of length 1."""

    def norm(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        scaled = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPSILON)
        moved = scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]
        return np.asarray(moved, dtype=np.float64)

    def dense(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        return x @ weights[f"{name}.weight"].T.astype(np.float64) + weights[f"{name}.bias"]

    def heads(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    table = "embeddings.{}_embeddings.weight".format
    x = weights[table("word")][numbers] + weights[table("position")][: len(numbers)]
    x = norm((x + weights[table("token_type")][0]).astype(np.float64), "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        query, key, value = (
            heads(dense(x, f"{at}attention.self.{part}")) for part in ("query", "key", "value")
        )
        looks = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(SIZE / HEADS))
        seen = (looks / looks.sum(-1, keepdims=True)) @ value
        seen = dense(seen.transpose(1, 0, 2).reshape(x.shape), f"{at}attention.output.dense")
        x = norm(seen + x, f"{at}attention.output.LayerNorm")
        wide = dense(x, f"{at}intermediate.dense")
        wide *= (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = norm(dense(wide, f"{at}output.dense") + x, f"{at}output.LayerNorm")
    mean = x.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float64)


def test_the_exported_encoder_agrees_with_the_one_it_was_made_from(
    exported: Encoder, weights: Weights
) -> None:
    number = {word: i + 2 for i, word in enumerate(sorted(WORDS))}
    texts = [" ".join(WORDS[i : i + 1 + i % 7]) for i in range(20)]
    for text, vector in zip(texts, exported(texts), strict=True):
        expected = _vector(weights, [number[word] for word in text.split()])
        assert np.dot(vector, expected) > 0.995


def test_a_text_has_the_same_vector_in_any_batch(exported: Encoder) -> None:
    texts = [" ".join(WORDS[: 1 + i]) for i in range(30)]
    alone = np.concatenate([exported([text]) for text in texts])
    assert exported(texts) == pytest.approx(alone, abs=1e-5)


def test_what_is_no_bert_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    command = [sys.executable, str(SCRIPT), str(tmp_path), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is no BERT encoder" in done.stderr
    assert not (tmp_path / "out").exists()
