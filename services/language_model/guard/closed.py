"""Whether a wording that nobody reads before the customer says its article, sentence by sentence. Pure.

What words of an open world claim cannot be proven, so nothing here asks what a wording means. Both texts
are brought into one form by the differences of `harmless/*.yaml` alone, each of which leaves a sentence as
true as it was, in any context; then every word and every mark must be the same, in the same order. What is
not known to be harmless is not accepted, and the article goes out as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict

from services.language_model.guard.rules import Rejection
from services.language_model.source import Source

OPENINGS_MAX = 2
LONGER_MAX = 300
"""Characters more than the article: room for courtesy, none for pushing a part of it out of sight."""

_BLANK = "[ \u00a0\u202f]"
_LIST_MARK = rf"(?:\d{{1,2}}[.)]|[-*+•]){_BLANK}"
_TOKEN = re.compile(
    rf"\n(?:{_BLANK}|\n)*(?P<listed>{_LIST_MARK})?"
    r"|(?P<name>\*\*[^*\n]+\*\*|\*[^*\n]+\*|`[^`\n]+`|\"[^\"\n]+\"|“[^“”\n]+”|„[^„“\n]+“|«[^«»\n]+»)"
    rf"|(?P<chunk>[^ \u00a0\u202f\n*]+|\*)"
)
_OPENING_MARKS = "([{\"'“„«‚‘"
_CLOSING_MARKS = ".,;:!?)]}\"'”“»‘…%"
_ITEM, _PARAGRAPH = "\n", "\n\n"
_SENTENCE_ENDS = frozenset({".", "!", "?", _ITEM, _PARAGRAPH})
_ADDRESS = frozenset({"sie", "ihr", "ihre", "ihrem", "ihren", "ihrer", "ihres", "ihnen"})
"""German words that speak of others when they are written small."""


class _Optional(BaseModel):
    """May stand where a sentence begins, and after one of these words or marks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: frozenset[str]
    after: frozenset[str]


class _Lists(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    openings: tuple[str, ...]
    optional: _Optional
    short: dict[str, str]
    same: tuple[tuple[str, ...], ...]
    same_before_names: tuple[tuple[str, ...], ...]


class Harmless(NamedTuple):
    """The differences of one language, ready for use. `phrases`: each way of saying something by its words,
    with the first way of its group; `before_names`: the same, for where a name comes next."""

    lists: _Lists
    openings: tuple[tuple[str, ...], ...]
    phrases: dict[tuple[str, ...], tuple[str, ...]]
    before_names: dict[tuple[str, ...], tuple[str, ...]]
    longest: int


@cache
def harmless(language: str) -> Harmless:
    folder = files("services.language_model").joinpath("guard", "harmless")
    raw = folder.joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    lists = _Lists.model_validate(yaml.safe_load(raw))
    phrases = _by_words(lists.same)
    before_names = _by_words(lists.same_before_names)
    return Harmless(
        lists,
        tuple(sorted((tuple(_tokens(one)) for one in lists.openings), key=len, reverse=True)),
        phrases,
        before_names,
        max(map(len, (*phrases, *before_names))),
    )


def check_close_wording(text: str, citations: Sequence[str], source: Source) -> Rejection | None:
    """None: `text` says what the article says, and nothing else."""
    if not citations or set(citations) != {source.article_id}:
        return Rejection("citation", ", ".join(citations)[:200])
    if len(text) > len(source.text) + LONGER_MAX:
        return Rejection("length", str(len(text)))
    known = harmless(source.language)
    for ours, theirs in zip_longest(_form(text, known), _form(source.text, known)):
        if ours != theirs:
            return Rejection("not_close", f"{ours!r} for {theirs!r}"[:200])
    return None


def _form(text: str, known: Harmless) -> Iterator[str]:
    """Its words and marks, without what may differ."""
    written = list(_tokens(text.strip(" \n")))
    return _one_way(_in_full(_without_optional(_opened(written, known), known), known), known)


def _tokens(text: str) -> Iterator[str]:
    """Words, marks, names in asterisks or quotation marks as a whole, and breaks. Every character that is
    not a blank is in one of them as it was written."""
    for match in _TOKEN.finditer(text.replace("’", "'")):
        if match["name"]:
            yield match["name"]
        elif match["chunk"]:
            yield from _apart(match["chunk"])
        else:
            lines = match[0].count("\n")
            if lines > len(_PARAGRAPH):
                yield "\n" * lines
            elif match["listed"]:
                yield _ITEM
            elif lines > 1:
                yield _PARAGRAPH
            yield from _apart((match["listed"] or "")[:-1])


def _apart(chunk: str) -> Iterator[str]:
    """A word, and the marks on both sides of it one by one."""
    word = chunk.lstrip(_OPENING_MARKS)
    yield from chunk[: len(chunk) - len(word)]
    bare = word.rstrip(_CLOSING_MARKS)
    if bare:
        yield bare
    yield from word[len(bare) :]


def _opened(written: list[str], known: Harmless) -> list[str]:
    """Without the courtesy that it begins with."""
    for _ in range(OPENINGS_MAX):
        written = written[_courtesy_at(written, known) :]
    return written


def _courtesy_at(written: Sequence[str], known: Harmless) -> int:
    """How many words and marks an opening takes at the beginning, 0 for none."""
    for opening in known.openings:
        n = len(opening)
        if (_small("".join(written[:1])), *written[1:n]) == opening:
            paragraph = list(written[n + 1 : n + 2]) == [_PARAGRAPH]
            mark = "".join(written[n : n + 1])
            if mark in (".", "!") or (mark == "," and paragraph):
                return n + 1 + paragraph
    return 0


def _without_optional(written: list[str], known: Harmless) -> list[str]:
    optional = known.lists.optional
    kept: list[str] = []
    skipped = False
    for n, word in enumerate(written):
        begins = not kept or kept[-1] in _SENTENCE_ENDS
        said = _small(word) if begins else word
        if said in optional.words and (begins or kept[-1] in optional.after):
            skipped = begins
            if kept[-1:] == [","] and written[n + 1 : n + 2] in (["."], ["!"], [";"]):
                kept.pop()  # ", please."
        else:
            kept.append(_capital(word) if skipped and word not in _ADDRESS else word)
            skipped = False
    return kept


def _in_full(written: list[str], known: Harmless) -> list[str]:
    """Without short forms."""
    whole: list[str] = []
    for word in written:
        short = known.lists.short.get(_small(word))
        if short is None:
            whole.append(word)
        else:
            first, *rest = short.split()
            whole += [_capital(first) if word != _small(word) else first, *rest]
    return whole


def _one_way(written: list[str], known: Harmless) -> Iterator[str]:
    """With the first way of all that say the same."""
    n = 0
    while n < len(written):
        taken, said = 1, tuple(written[n : n + 1])
        for size in range(min(known.longest, len(written) - n), 0, -1):
            words = (_small(written[n]), *written[n + 1 : n + size])
            before_name = n + size < len(written) and _is_name(written[n + size])
            same = known.phrases.get(words) or (
                known.before_names.get(words) if before_name else None
            )
            if same is not None:
                small = written[n] == words[0]
                taken, said = size, same if small else (_capital(same[0]), *same[1:])
                break
        yield from said
        n += taken


def _is_name(word: str) -> bool:
    return len(word) > 2 and word[0] in '*`"“„«'


def _by_words(groups: Sequence[Sequence[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {
        (_small(first), *rest): tuple(group[0].split())
        for group in groups
        for first, *rest in (one.split() for one in group)
    }


def _small(word: str) -> str:
    return word[:1].lower() + word[1:]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]
