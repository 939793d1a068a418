"""What is wrong with a file of labelled texts, as far as it can be seen without a model; pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from services.router.triage.dataset import Labelled
from services.router.triage.ngrams import MAX_CHARS
from services.router.triage.personal import personal_data
from services.router.triage.wording import fold

Severity = Literal["error", "warning"]

FEWEST, FEW = 5, 20
"""Texts of a topic below which training refuses, and below which nothing good is learnt."""

_SPOILT = re.compile(
    r"Ã[\u0080-\u00bf¤¶¼Ÿ„–œ©¨ª]|â€[™œž“”˜\u009d\u0099\u009c]|Â[\u00a0§©®°£]|\ufffd|&(?:amp|quot|lt|gt|nbsp|#\d+);"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_WORD = re.compile(r"[^\W\d_]+")

Place = tuple[str, int]
"""A file's name and a line in it, from 1."""


class Finding(NamedTuple):
    """`places` are all that it concerns; `about` says what in one line, without personal data."""

    kind: str
    severity: Severity
    about: str
    places: tuple[Place, ...]


class Row(NamedTuple):
    """A line and where it stands; `split` is the file's name where no column says it."""

    place: Place
    split: str
    labelled: Labelled


def check(rows: Sequence[Row]) -> Iterator[Finding]:
    """All findings, errors of a kind before warnings of it."""
    yield from _spoilt(rows)
    same = _by_wording(rows)
    yield from _conflicts(same)
    yield from _leaks(same)
    yield from _duplicates(same)
    yield from _few(rows)
    yield from _one_language_only(rows)
    yield from _long(rows)
    yield from _personal(rows)


def _spoilt(rows: Sequence[Row]) -> Iterator[Finding]:
    broken = [row.place for row in rows if _SPOILT.search(row.labelled.example.text)]
    if broken:
        yield Finding(
            "encoding", "error",
            "texts hold signs of a wrong encoding (such as Ã¤ for ä, � or &amp;): read the source as "
            "what it is and write UTF-8", tuple(broken),
        )  # fmt: skip
    control = [row.place for row in rows if _CONTROL.search(row.labelled.example.text)]
    if control:
        yield Finding(
            "encoding",
            "warning",
            "texts hold control characters or half surrogates",
            tuple(control),
        )
    mixed = [
        row.place for row in rows if not unicodedata.is_normalized("NFC", row.labelled.example.text)
    ]
    if mixed:
        yield Finding(
            "encoding", "warning",
            "accents are written as characters of their own (not NFC); the model does not mind, other "
            "programs may", tuple(mixed),
        )  # fmt: skip


def _by_wording(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows whose texts differ at most in case, accents, punctuation, digits or order of words."""
    same: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        text = row.labelled.example.text
        words = sorted(_WORD.findall(fold(text)))
        same[" ".join(words) or text].append(row)
    return [group for group in same.values() if len(group) > 1]


def _conflicts(same: Sequence[list[Row]]) -> Iterator[Finding]:
    for group in same:
        topics = sorted({row.labelled.example.topic for row in group})
        if len(topics) > 1:
            yield Finding(
                "conflicting labels", "error",
                f"the same words are labelled {', '.join(topics)}", _places(group),
            )  # fmt: skip


def _leaks(same: Sequence[list[Row]]) -> Iterator[Finding]:
    leaked = [group for group in same if len({row.split for row in group}) > 1]
    splits = sorted({row.split for group in leaked for row in group})
    if leaked:
        yield Finding(
            "leakage", "error",
            f"the same words stand in {' and '.join(splits)}: whatever is measured there is too good; "
            "keep them in one of them", tuple(place for group in leaked for place in _places(group)),
        )  # fmt: skip


def _duplicates(same: Sequence[list[Row]]) -> Iterator[Finding]:
    again: list[Place] = []
    for group in same:
        if len({row.split for row in group}) == 1 and _one_label(group):
            again += _places(group)[1:]
    if again:
        yield Finding(
            "duplicates", "warning", "texts repeat the words of an earlier one", tuple(again)
        )


def _one_label(group: Sequence[Row]) -> bool:
    return len({row.labelled.example.topic for row in group}) == 1


def _few(rows: Sequence[Row]) -> Iterator[Finding]:
    of_topic: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_topic[row.labelled.example.topic].append(row)
    for topic, group in sorted(of_topic.items()):
        if len(group) < FEW:
            least = FEWEST if len(group) < FEWEST else FEW
            yield Finding(
                "few texts", "error" if len(group) < FEWEST else "warning",
                f"{topic} has {len(group)}: "
                + ("training needs 5" if least == FEWEST else "20 or more teach a topic well"),
                _places(group),
            )  # fmt: skip


def _one_language_only(rows: Sequence[Row]) -> Iterator[Finding]:
    pairs = Counter((row.labelled.example.topic, row.labelled.example.language) for row in rows)
    topics = sorted({topic for topic, _ in pairs})
    for language in sorted({language for _, language in pairs}):
        missing = [topic for topic in topics if not pairs[topic, language]]
        if missing and len(missing) < len(topics):
            named = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
            yield Finding(
                "languages", "warning",
                f"no text in {language} for {len(missing)} of {len(topics)} topics: {named}", (),
            )  # fmt: skip


def _long(rows: Sequence[Row]) -> Iterator[Finding]:
    long = [row.place for row in rows if len(row.labelled.example.text) > MAX_CHARS]
    if long:
        yield Finding(
            "long texts", "warning", f"only the first {MAX_CHARS} characters count", tuple(long)
        )


def _personal(rows: Sequence[Row]) -> Iterator[Finding]:
    found: dict[str, list[Place]] = defaultdict(list)
    for row in rows:
        example = row.labelled.example
        for kind in personal_data(example.text, example.language):
            found[kind].append(row.place)
    for what, places in sorted(found.items()):
        yield Finding(
            "personal data", "warning",
            f"texts hold what looks like {what}: a model's folder contains its training texts",
            tuple(places),
        )  # fmt: skip


def _places(group: Sequence[Row]) -> tuple[Place, ...]:
    return tuple(row.place for row in group)
