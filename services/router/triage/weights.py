"""Weights of a text model as a text file: first its numbers, then a weight with all names that have it.

    threshold -0.4
    word 0.35<tab>agent<tab>person<tab>somebody

Weights are rounded to STEP, so that a few hundred lines hold them all. Names are sorted: the same fit
writes the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
STEP = 0.05
LINE = 110
"""Letters of a line, about: a change of a few weights is a change of a few lines."""


class Weights(NamedTuple):
    """`tables`: what stands in a text, by the table that it belongs to, and its weight."""

    numbers: dict[str, float]
    tables: dict[str, dict[str, float]]


def read_weights(name: str) -> Weights:
    """Those shipped as `<name>.weights`."""
    return parse((FOLDER / f"{name}.weights").read_text("utf-8"))


def parse(text: str) -> Weights:
    numbers: dict[str, float] = {}
    tables: dict[str, dict[str, float]] = defaultdict(dict)
    for line in text.splitlines():
        start, *names = line.split("\t")
        table, _, number = start.rpartition(" ")
        if names:
            tables[table].update(dict.fromkeys(names, float(number)))
        else:
            numbers[table] = float(number)
    return Weights(numbers, dict(tables))


def write(weights: Weights, path: Path) -> int:
    """Returns the number of bytes."""
    text = "".join(f"{line}\n" for line in _lines(weights))
    path.write_text(text, encoding="utf-8")
    return len(text.encode())


def _lines(weights: Weights) -> Iterator[str]:
    yield from (f"{name} {value:g}" for name, value in sorted(weights.numbers.items()))
    for table, named in sorted(weights.tables.items()):
        by_weight: dict[float, list[str]] = defaultdict(list)
        for name, weight in named.items():
            by_weight[weight].append(name)
        for weight, names in sorted(by_weight.items()):
            yield from _wrapped(f"{table} {weight:g}", sorted(names))


def _wrapped(start: str, names: list[str]) -> Iterator[str]:
    line = start
    for name in names:
        if len(line) > LINE:
            yield line
            line = start
        line += f"\t{name}"
    yield line
