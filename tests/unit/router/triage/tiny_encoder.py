"""Makes small sentence encoders in ONNX: a table with a vector for each word, near for near meanings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace

DIMENSIONS = 24


def write_encoder(
    folder: Path,
    meanings: Mapping[str, str],
    *,
    seed: int = 0,
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    pooled: bool = False,
) -> Path:
    """`meanings`: of each word; "" for words that say little, as all unknown ones do.

    `pooled`: gives one vector for each text, not for each token.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {"[PAD]": 0, "[UNK]": 1} | {word: i + 2 for i, word in enumerate(sorted(meanings))}
    tokenizer = Tokenizer(WordLevel(numbers, unk_token="[UNK]"))  # noqa: S106 (not a secret)
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.enable_padding(length=40)
    tokenizer.save(str(folder / "tokenizer.json"))
    random = np.random.default_rng(seed)
    table = random.normal(size=(len(numbers), DIMENSIONS)) * 0.2
    of_meaning = {meaning: random.normal(size=DIMENSIONS) for meaning in sorted(meanings.values())}
    for word, meaning in meanings.items():
        if meaning:
            table[numbers[word]] += of_meaning[meaning]
    table[0] = 0  # padding
    constants = [numpy_helper.from_array(table.astype(np.float32), "table")]
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])]
    if pooled:
        constants.append(numpy_helper.from_array(np.array([1]), "axis"))
        nodes.append(helper.make_node("ReduceSum", ["tokens", "axis"], ["out"], keepdims=0))
    else:
        nodes.append(helper.make_node("Identity", ["tokens"], ["out"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"]) for n in inputs],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, folder / "model.onnx")
    return folder
