"""What the bot says besides articles, per language, from `texts.yaml`.

Such as:

    version: 1
    texts:
      en:
        disclosure: You are talking to an automated assistant.
        handing_over: A colleague takes over and sees what you have written.
        asks_for_person_hint: Would you rather talk to a person? Just write "person".
        helped_question: Did this help?
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.runtime.yaml_file import read_yaml
from warmline.events.base import Language

_Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Texts(BaseModel):
    """`disclosure` stands above the first answer of a conversation (EU AI Act, Art. 50), and
    `asks_for_person_hint` below every one (Directive (EU) 2023/2673: a person can be asked for)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disclosure: _Sentence
    handing_over: _Sentence
    asks_for_person_hint: _Sentence
    helped_question: _Sentence


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    texts: dict[Language, Texts] = Field(min_length=1)


def load_texts(file: Path) -> dict[str, Texts]:
    """Language to texts. Raises ConfigurationError with every fault."""
    return read_yaml(file, _File)[0].texts
