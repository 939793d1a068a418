"""Word lists as data: `words/<what>_<language>.yaml`, read and compiled once.

A file holds `phrases` and what they `ignore` (or `groups` of those; a file without groups is one
group that bears its name), `sets` of words that phrases refer to, and what people misspell:
`spelling` (words recognised with one letter wrong, missing, extra or swapped), `misspelt` (further
spellings), `real_words` (words that look like a slip of one of those but are not).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from services.router.triage.phrases import Group, PhraseBook
from services.router.triage.spelling import Speller
from services.router.triage.wording import Wording
from warmline.errors import ConfigurationError

FOLDER = Path(__file__).parent / "words"

Matches = dict[str, list[str]]
"""Phrases that matched, by group."""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid")
    phrases: list[str] = []
    ignore: list[str] = []


class _File(_Group):
    sets: dict[str, list[str]] = {}
    groups: dict[str, _Group] = {}
    spelling: list[str] = []
    misspelt: dict[str, str] = {}
    real_words: list[str] = []


class WordLists:
    """All lists in all languages together: a customer may mix them, and need not be identified."""

    def __init__(self, files: Sequence[_File]) -> None:
        self._book = PhraseBook()
        for file in files:
            groups = {
                name: Group(group.phrases, group.ignore) for name, group in file.groups.items()
            }
            self._book.add(groups, file.sets)
        self._speller = Speller(
            [word for file in files for word in file.spelling],
            {wrong: right for file in files for wrong, right in file.misspelt.items()},
            [word for file in files for word in file.real_words],
        )

    def waits_for(self) -> set[str]:
        """The words without which no phrase can match."""
        return self._book.anchors()

    def search(self, mended: Wording) -> Matches:
        """The phrases that the text contains, by group."""
        return self._book.search(mended)

    def mended(self, wording: Wording) -> Wording:
        """The text with the slips mended that the lists know."""
        return self._speller.correct(wording)

    def ignores(self, group: str, mended: Wording) -> bool:
        """Whether the text holds what the group passes over."""
        return self._book.ignores(group, mended)


def matches(wording: Wording) -> Matches:
    """What the shipped lists find. Each detector asks for its own groups; the text is searched once."""
    if wording.matches is None:
        object.__setattr__(wording, "matches", word_lists().search(mended(wording)))
    return cast(Matches, wording.matches)


def mended(wording: Wording) -> Wording:
    """The text with the slips mended that the shipped lists know; looked up once for each text."""
    if wording.mended is None:
        object.__setattr__(wording, "mended", word_lists().mended(wording))
    return cast(Wording, wording.mended)


def listed_words() -> set[str]:
    """Every word that a phrase of the shipped lists waits for, as folded: for hostile tests."""
    return word_lists().waits_for()


@cache
def word_lists(folder: Path = FOLDER) -> WordLists:
    """The lists in a folder. Raises ConfigurationError, naming the file that cannot be read."""
    paths = [
        path for path in sorted(folder.glob("*.yaml")) if not path.name.startswith("complexity")
    ]
    return WordLists([_read(path) for path in paths])


def _read(path: Path) -> _File:
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = _File.model_validate(content)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"cannot read the word list {path}: {error}") from error
    if file.phrases:
        name = path.stem.rpartition("_")[0]
        file.groups[name] = _Group(phrases=file.phrases, ignore=file.ignore)
    return file
