"""Kinds of words, as data: `<name>_words.yaml` lists the words of each kind; `word*` is all that begin so."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from importlib.resources import files

import yaml

from services.router.triage.wording import fold

REMEMBERED = 20_000


class Kinds:
    """Of folded words. Each kind is written `=kind`, since no word holds `=`."""

    def __init__(self, words: dict[str, str]) -> None:
        self._whole: dict[str, set[str]] = defaultdict(set)
        self._starts: list[tuple[str, str]] = []
        for kind, listed in words.items():
            for word in listed.split():
                if word.endswith("*"):
                    self._starts.append((fold(word[:-1]), f"={kind}"))
                else:
                    self._whole[fold(word)].add(f"={kind}")
        self.of = lru_cache(maxsize=REMEMBERED)(self._look_up)

    def _look_up(self, word: str) -> tuple[str, ...]:
        begins = {kind for start, kind in self._starts if word.startswith(start)}
        return tuple(sorted(begins | self._whole.get(word, set())))


def read_kinds(name: str) -> Kinds:
    text = files("services.router.triage").joinpath(f"{name}_words.yaml").read_text("utf-8")
    return Kinds(yaml.safe_load(text))
