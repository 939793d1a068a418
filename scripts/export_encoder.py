"""Turns a BERT sentence encoder (config.json, model.safetensors, tokenizer.json) into int8 ONNX.

python scripts/export_encoder.py FOLDER OUT        needs numpy and onnx, no torch

Weights are int8 with a scale for each output, activations int8 with a scale for each token. So a
token's numbers depend on its own text only, and a text has the same embedding in any batch; the
usual dynamic quantisation takes one scale for the whole batch, and lets neighbours decide.
Pooling is left to whoever reads `last_hidden_state`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CONTRIB = "com.microsoft"
"""ONNX Runtime's own operators: attention, GELU and layer norms, each in one pass."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="folder of the sentence encoder")
    parser.add_argument("out", type=Path, help="folder for model.onnx and tokenizer.json")
    arguments = parser.parse_args()
    config = json.loads((arguments.source / "config.json").read_text(encoding="utf-8"))
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        parser.error(f"{arguments.source} is no BERT encoder with GELU")
    weights = read_safetensors(arguments.source / "model.safetensors")
    arguments.out.mkdir(parents=True, exist_ok=True)
    onnx.save(Graph(weights).encoder(config), arguments.out / "model.onnx")
    shutil.copyfile(arguments.source / "tokenizer.json", arguments.out / "tokenizer.json")
    size = (arguments.out / "model.onnx").stat().st_size
    print(f"{arguments.out / 'model.onnx'}: {size / 1e6:.1f} MB")


def read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """The float32 tensors: a length, a JSON header with offsets, then the bytes."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    start = 8 + length
    tensors = {}
    for name, facts in json.loads(content[8:start]).items():
        if facts.get("dtype") == "F32":
            first, last = facts["data_offsets"]
            flat = np.frombuffer(content[start + first : start + last], dtype=np.float32)
            tensors[name.removeprefix("bert.")] = flat.reshape(facts["shape"])
    return tensors


class Graph:
    """Nodes and weights as they are added; the name of a value is that of its node's output."""

    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._rows: dict[str, tuple[str, str]] = {}

    def encoder(self, config: dict[str, Any]) -> onnx.ModelProto:
        """input_ids and attention_mask (batch, tokens) to last_hidden_state."""
        mask = self._add("Cast", "attention_mask", out="mask", to=TensorProto.INT32)
        at = self._embed(config["layer_norm_eps"])
        for layer in range(config["num_hidden_layers"]):
            at = self._layer(f"encoder.layer.{layer}.", at, mask, config)
        self._add("Identity", at, out="last_hidden_state")
        names = ("input_ids", "attention_mask")
        shape = ["batch", "tokens", config["hidden_size"]]
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(n, TensorProto.INT64, shape[:2]) for n in names],
            [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, shape)],
            list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

    def _embed(self, epsilon: float) -> str:
        words = self._weights["embeddings.word_embeddings.weight"]
        scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-9) / 127
        rows = self._constant("words", np.rint(words / scale).astype(np.int8))
        scales = self._constant("word_scales", scale)
        found = self._add("Gather", rows, "input_ids", out="word_rows")
        found = self._add("Cast", found, out="word_floats", to=TensorProto.FLOAT)
        found = self._add(
            "Mul", found, self._add("Gather", scales, "input_ids", out="word_scale"), out="word"
        )
        # One sentence is all of token type 0, so its row is part of every position.
        places = self._weights["embeddings.position_embeddings.weight"]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        zero, one = self._constant("zero", np.array([0])), self._constant("one", np.array([1]))
        length = self._add(
            "Slice",
            self._add("Shape", "input_ids", out="shape"),
            one,
            self._constant("two", np.array([2])),
            out="length",
        )
        place = self._add(
            "Slice", self._constant("places", places), zero, length, zero, out="place"
        )
        return self._add(
            "LayerNormalization",
            self._add("Add", found, place, out="placed"),
            *self._norm("embeddings.LayerNorm"),
            out="embedded",
            axis=-1,
            epsilon=epsilon,
        )

    def _layer(self, prefix: str, at: str, mask: str, config: dict[str, Any]) -> str:
        each = [f"{prefix}attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"] for part in each])
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in each])
        joined = self._product(at, f"{prefix}attention.self", weight)
        self._nodes.append(helper.make_node("Split", [joined], each, axis=-1, num_outputs=3))
        heads = config["num_attention_heads"]
        attended = self._add(
            "MultiHeadAttention", *each, self._constant(f"{prefix}bias", bias), mask,
            out=f"{prefix}attended", domain=CONTRIB, num_heads=heads,
        )  # fmt: skip
        at = self._dense_and_norm(attended, at, f"{prefix}attention.output", config)
        name = f"{prefix}intermediate.dense"
        wide = self._product(at, name, self._weights[f"{name}.weight"])
        bias_name = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        wide = self._add("BiasGelu", wide, bias_name, out=f"{name}.gelu", domain=CONTRIB)
        return self._dense_and_norm(wide, at, f"{prefix}output", config)

    def _dense_and_norm(self, at: str, skipped: str, name: str, config: dict[str, Any]) -> str:
        dense = self._product(at, f"{name}.dense", self._weights[f"{name}.dense.weight"])
        bias = self._constant(f"{name}.dense.bias", self._weights[f"{name}.dense.bias"])
        norm = self._norm(f"{name}.LayerNorm")
        epsilon = config["layer_norm_eps"]
        return self._add(
            "SkipLayerNormalization", dense, skipped, *norm, bias,
            out=f"{name}.normed", domain=CONTRIB, epsilon=epsilon,
        )  # fmt: skip

    def _norm(self, name: str) -> tuple[str, str]:
        gamma, beta = f"{name}.weight", f"{name}.bias"
        return self._constant(gamma, self._weights[gamma]), self._constant(
            beta, self._weights[beta]
        )

    def _product(self, at: str, name: str, weight: NDArray[np.float32]) -> str:
        """`at` times the transposed weight, in integers."""
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-9) / 127
        integers = np.rint(weight / scale[:, None]).astype(np.int8).T
        rows, largest = self._quantised(at)
        found = self._add(
            "MatMulInteger", rows, self._constant(f"{name}.integers", integers),
            self._constant("middle", np.uint8(128)), out=f"{name}.sums",
        )  # fmt: skip
        found = self._add("Cast", found, out=f"{name}.floats", to=TensorProto.FLOAT)
        scales = self._constant(f"{name}.scales", (scale / 127).astype(np.float32))
        return self._add(
            "Mul", found, self._add("Mul", largest, scales, out=f"{name}.scale"), out=f"{name}.out"
        )

    def _quantised(self, at: str) -> tuple[str, str]:
        """Each token's values as whole numbers from 1 to 255 (128 is zero), and its largest value."""
        if at not in self._rows:
            size = self._add("Abs", at, out=f"{at}.size")
            last = self._constant("last", np.array([-1]))
            largest = self._add("ReduceMax", size, last, out=f"{at}.max", keepdims=1)
            tiny = self._constant("tiny", np.float32(1e-9))
            largest = self._add("Max", largest, tiny, out=f"{at}.largest")
            full = self._constant("full", np.float32(127))
            factor = self._add("Div", full, largest, out=f"{at}.factor")
            rows = self._add("Mul", at, factor, out=f"{at}.scaled")
            # A cast cuts the fraction off, so half a step more makes it round.
            half = self._constant("half", np.float32(128.5))
            rows = self._add("Add", rows, half, out=f"{at}.shifted")
            rows = self._add("Cast", rows, out=f"{at}.rows", to=TensorProto.UINT8)
            self._rows[at] = rows, largest
        return self._rows[at]

    def _constant(self, name: str, value: Any) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(
                np.ascontiguousarray(value).reshape(np.shape(value)), name
            )
        return name

    def _add(
        self, operator: str, *inputs: str, out: str, domain: str = "", **attributes: Any
    ) -> str:
        self._nodes.append(helper.make_node(operator, inputs, [out], domain=domain, **attributes))
        return out


if __name__ == "__main__":
    main()
