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

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from warmline.errors import ConfigurationError
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
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: not UTF-8: save the file as UTF-8") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: not YAML: {error}") from None
    try:
        return _File.model_validate(data).texts
    except ValidationError as error:
        faults = [
            f"{file}: {'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise ConfigurationError("\n".join(faults)) from None
