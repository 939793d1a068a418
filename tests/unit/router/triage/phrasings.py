"""Texts by kind of wording, written with alternatives: `{call|phone} me{| please}`.

A file of `data/` holds a family after each line `# name`. A family or a line left out of fitting
shows what a model makes of wording that it has not seen.
"""

from __future__ import annotations

import random
import re
from itertools import product
from typing import NamedTuple

from .conftest import sentences

A_LINE = 18
"""At most this many texts of one line, drawn by the line itself: the same in every run."""

_CHOICE = re.compile(r"\{([^{}]*)\}")


class Phrasing(NamedTuple):
    text: str
    family: str
    line: str


def phrasings(name: str) -> list[Phrasing]:
    """The texts of a file, each once."""
    family = ""
    found: dict[str, Phrasing] = {}
    for line in sentences(name):
        if line.startswith("# "):
            family = line
            continue
        for text in expand(line):
            found.setdefault(text, Phrasing(text, family, line))
    return list(found.values())


def expand(line: str) -> list[str]:
    """Every choice of alternatives, or A_LINE of them where there are more."""
    parts = _CHOICE.split(line)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    texts = [" ".join("".join(chosen).split()) for chosen in product(*choices)]
    return texts if len(texts) <= A_LINE else random.Random(line).sample(texts, A_LINE)
