"""The model card: what a model is, what it was made from and how good it was. It is `model.json`."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT: Literal["warmline-triage/1"] = "warmline-triage/1"

ArrayName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ArrayFacts(_Part):
    """One `.npy` file beside the card."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    dtype: str
    shape: tuple[int, ...]


class Training(_Part):
    """Where the model came from; the same data, settings and versions give the same arrays."""

    seed: int
    rows: int
    data_sha256: str
    """Over the rows in their order, not over the file: the encoding of the CSV does not matter."""
    texts_per_topic: dict[str, int]
    texts_per_language: dict[str, int]
    out_of_scope_texts: int
    settings: dict[str, float]
    made_with: dict[str, str]


class EncoderFacts(_Part):
    """A sentence encoder and its tokenizer, which lie beside the card."""

    model_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    tokenizer_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    dimensions: int = Field(gt=0)
    max_tokens: int = Field(gt=0)


class SecondTierFacts(_Part):
    """`clear`: the first tier's confidence from which its judgement stands, without the encoder.

    `languages`: those in which the encoder helps; texts in others stay with the first tier.
    """

    encoder: EncoderFacts
    width: float = Field(gt=0)
    head_temperature: float = Field(gt=0)
    joint_temperature: float = Field(gt=0)
    clear: float = Field(gt=0)
    languages: tuple[str, ...] = Field(min_length=1)


class Card(_Part):
    """`metrics` are out of fold: measured on texts that the measured model had not seen."""

    format: Literal["warmline-triage/1"] = FORMAT
    topics: tuple[str, ...] = Field(min_length=2)
    languages: tuple[str, ...] = Field(min_length=1)
    temperature: float = Field(gt=0)
    word_columns: int = Field(ge=0)
    arrays: dict[ArrayName, ArrayFacts]
    second_tier: SecondTierFacts | None = None
    training: Training
    metrics: dict[str, float]

    @property
    def content_hash(self) -> str:
        """Of all that decides: arrays, classes, temperatures, encoder. Not of metrics or counts."""
        deciding = self.model_dump(mode="json", exclude={"training", "metrics"}, exclude_none=True)
        text = json.dumps(deciding, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def version(self) -> str:
        """Short name of this exact model, for decisions and logs."""
        return self.content_hash[:12]
