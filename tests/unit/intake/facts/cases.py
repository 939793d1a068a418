"""The corpus: texts written for these tests, with every fact that is in them.

One file per kind and language, one line per text: `text => value ; value`. Facts of another kind
are written `+kind value`; nothing behind the arrow means that nothing may be found. A line that
begins with `! ` is known to go wrong. Today is 22 November 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.intake.facts.found import Conventions, Found, conventions_of

TODAY = date(2026, 11, 22)
CORPUS = Path(__file__).parent / "corpus"


class Case(NamedTuple):
    where: str
    text: str
    expected: list[tuple[str, str]]
    known_miss: bool
    conventions: Conventions


def cases() -> Iterator[Case]:
    for file in sorted(CORPUS.glob("*.txt")):
        kind, locale = file.stem.split(".")
        conventions = conventions_of(locale=locale, today=TODAY)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            text, _, values = line.rpartition(" =>")
            known_miss = text.startswith("! ")
            expected = sorted(_expected(kind, values))
            yield Case(
                f"{file.name}:{number}",
                text.removeprefix("! "),
                expected,
                known_miss,
                conventions,
            )


def in_short(found: tuple[Found, ...]) -> list[tuple[str, str]]:
    return sorted((one.kind, str(one.value)) for one in found)


def _expected(kind: str, values: str) -> Iterator[tuple[str, str]]:
    for value in values.split(" ; "):
        other, _, rest = value.strip().partition(" ")
        if other.startswith("+") and not other[1:2].isdecimal():
            yield other[1:], rest
        elif value.strip():
            yield kind, value.strip()
