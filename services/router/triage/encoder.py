"""A sentence encoder in ONNX: any export, with the `tokenizer.json` that belongs to it.

Needs the extra `encoder` (onnxruntime, tokenizers); neither is imported before a model asks for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from services.router.triage.card import EncoderFacts
from services.router.triage.vectoriser import Floats
from services.runtime.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"
MAX_TOKENS = 128
"""About 90 English words; what comes after them is not encoded."""
MAX_CHARS = 2_000
"""What comes after them is not even split into tokens, which bounds the time for any text."""
BATCH_TOKENS = 96
"""Padded tokens of one run: a small batch stays in the processor's cache, and pads little."""
_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}


class Encoder:
    """Texts to vectors of length 1. Each call uses one thread; any number of calls may run at once."""

    def __init__(self, model: bytes, tokenizer: bytes, where: str) -> None:
        """`where` names the encoder in errors. Raises ModelError for what is no sentence encoder."""
        self.model, self.tokenizer = model, tokenizer
        self._where = where
        self._session = _session(model, where)
        self._tokens = _tokenizer(tokenizer, where)
        self._inputs = {each.name for each in self._session.get_inputs()}
        if not {"input_ids"} <= self._inputs <= _INPUTS:
            raise ModelError(
                f"{where} is no sentence encoder: it takes {', '.join(sorted(self._inputs))}, "
                f"expected are {', '.join(sorted(_INPUTS))}"
            )
        self.facts = EncoderFacts(
            model_sha256=hashlib.sha256(model).hexdigest(),
            tokenizer_sha256=hashlib.sha256(tokenizer).hexdigest(),
            dimensions=self(["a first text"]).shape[1],
            max_tokens=MAX_TOKENS,
        )

    @classmethod
    def load(cls, path: Path) -> Encoder:
        """From an ONNX file or a folder with one; its tokenizer is beside it or one folder above.

        Raises ModelError, naming the file, for what is missing or no sentence encoder.
        """
        model = _onnx_file(path)
        beside = model.parent / TOKENIZER_FILE
        above = model.parent.parent / TOKENIZER_FILE
        tokenizer = above if above.is_file() and not beside.is_file() else beside
        return cls(_read(model), _read(tokenizer), str(model))

    @classmethod
    def beside_card(cls, folder: Path, facts: EncoderFacts) -> Encoder:
        """The very encoder that a model in `folder` was trained with. Raises ModelError otherwise."""
        parts = []
        for name, expected in (
            (MODEL_FILE, facts.model_sha256),
            (TOKENIZER_FILE, facts.tokenizer_sha256),
        ):
            parts.append(_read(folder / name))
            if hashlib.sha256(parts[-1]).hexdigest() != expected:
                raise ModelError(
                    f"{folder / name} does not match its model card: it was changed, cut or "
                    "swapped; train the model again or copy the whole folder"
                )
        return cls(parts[0], parts[1], str(folder / MODEL_FILE))

    def files(self) -> dict[str, bytes]:
        """What `beside_card` reads, by name."""
        return {MODEL_FILE: self.model, TOKENIZER_FILE: self.tokenizer}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """One row for each text, in order. Sorted by length meanwhile, so that little is padding."""
        ids = [self._tokens.encode(_clean(text)).ids or [0] for text in texts]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        rows = [self._run(batch) for batch in _batches([ids[i] for i in order])]
        if not rows:
            return np.empty((0, self.facts.dimensions), dtype=np.float32)
        joined = np.concatenate(rows)
        vectors = np.empty_like(joined)
        vectors[order] = joined
        return vectors

    def _run(self, ids: Sequence[Sequence[int]]) -> Floats:
        """The mean over each text's tokens, or what the encoder pooled itself; scaled to length 1."""
        tokens = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
        mask = np.zeros_like(tokens)
        for row, each in enumerate(ids):
            tokens[row, : len(each)] = each
            mask[row, : len(each)] = 1
        given = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": tokens * 0}
        try:
            found = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        except Exception as error:  # the runtime's exceptions have no common class of their own
            raise ModelError(f"the encoder {self._where} cannot encode: {error}") from error
        if found.ndim == 3:
            weight = mask[:, :, None].astype(np.float32)
            found = (found * weight).sum(axis=1) / weight.sum(axis=1)
        if found.ndim != 2 or len(found) != len(ids) or not np.isfinite(found).all():
            raise ModelError(f"the encoder {self._where} gives no vector for each text")
        vectors: Floats = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
        return vectors.astype(np.float32)


def _read(path: Path) -> bytes:
    """A whole file. Raises ModelError, naming it, where that fails."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from error


def _onnx_file(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted(path.glob("*.onnx")) or sorted(path.glob("onnx/*.onnx"))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(each.name for each in found)
        raise ModelError(f"{path} holds several encoders ({names}); name the file that is meant")
    raise ModelError(f"no encoder in {path}: expected an .onnx file and {TOKENIZER_FILE}")


def _session(model: bytes, where: str) -> InferenceSession:
    try:
        from onnxruntime import InferenceSession, SessionOptions
    except ImportError as error:
        raise _not_installed(where) from error
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's exceptions have no common class of their own
        raise ModelError(f"{where} is no ONNX model that can be run: {error}") from error


def _tokenizer(content: bytes, where: str) -> Tokenizer:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise _not_installed(where) from error
    try:
        tokenizer: Tokenizer = Tokenizer.from_buffer(content)
    except Exception as error:  # tokenizers raises Exception itself
        raise ModelError(f"the {TOKENIZER_FILE} of {where} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _not_installed(where: str) -> ModelError:
    return ModelError(
        f"the encoder {where} needs onnxruntime and tokenizers: "
        "install Warmline with the extra `encoder`"
    )


def _clean(text: str) -> str:
    """Cut, and without half surrogate pairs, which the tokenizer cannot take."""
    return text[:MAX_CHARS].encode("utf-8", "replace").decode("utf-8")


def _batches(ids: Sequence[Sequence[int]]) -> Iterator[Sequence[Sequence[int]]]:
    """Runs of rising length whose padded size is at most BATCH_TOKENS, and at least one text."""
    start = 0
    for end in range(1, len(ids) + 1):
        if end == len(ids) or (end + 1 - start) * len(ids[end]) > BATCH_TOKENS:
            yield ids[start:end]
            start = end
