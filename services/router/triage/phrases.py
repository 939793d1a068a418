"""Phrases that people write down and a text is searched for, in time linear in its length.

A phrase is words with spaces between them, matched inside one sentence:

    word        that word, whatever its case, accents or umlaut spelling
    one|other   either
    word*       a word that starts so; `*word` ends so; `*word*` holds it
    word?       may be left out (also `one|other?`)
    ..          up to 3 further words;   ...   up to 8 further words
    <name>      any of a named set of the same file
    ^  $        the start, the end of a sentence (also as one of several: `please|$`)

A phrase is tried only when its rarest word stands in the text, so hundreds of them cost
microseconds. Gaps are bounded and words are not nested, so no text makes the search explode.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from services.router.triage.wording import Wording, fold
from warmline.errors import ConfigurationError

_GAPS = {"..": r"(?:[^ .]+ ){0,3}?", "...": r"(?:[^ .]+ ){0,8}?"}
_EDGES = {"^": r"(?<=\. )", "$": r"(?=\. )"}
_COMMON = frozenset(
    """a about an and any are as at be been but by can could cant did do does dont for from get
    give got had has have he her him his how i id if ill im in is isnt it its ive just like made
    make me more my need never no not now of on one only or our out please put she should so some
    someone take tell that the their them then there these they this to too up us very want wanted
    wants was we were what when where which who why will with without wont would you your
    aber alle als am an auch auf aus bei bin bitte da das dass dem den der die dies doch du ein eine
    einem einen einer eines er es fur gibt habe haben hat hatte ich ihr ihre ihnen im in ist ja kann
    kannst kein keine keinen konnen man mal mein meine meinem meinen meiner mich mir mit mochte
    muss nach nicht noch nun nur oder schon sein sich sie sind so uber um und uns unser vom von vor
    war warum was weil wenn werde wie will wir wird wo wurde zu zum zur""".split()
)


_REMEMBERED_WORDS = 20_000


@dataclass(frozen=True)
class Group:
    """Phrases that mean the same; what `ignore` matches is first taken out of the text."""

    phrases: Sequence[str]
    ignore: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class _Pattern:
    group: str
    phrase: str
    regex: re.Pattern[str]
    needs: tuple[frozenset[str], ...]
    """One word of each of these must stand in the text; cheaper to ask than the expression."""

    def found_in(self, text: str, distinct: set[str]) -> bool:
        if any(map(distinct.isdisjoint, self.needs)):
            return False
        return self.regex.search(text) is not None


@dataclass
class _Index:
    """Patterns by the word that must stand in a text for them to match."""

    exact: dict[str, list[_Pattern]] = field(default_factory=lambda: defaultdict(list))
    prefix: dict[str, list[_Pattern]] = field(default_factory=lambda: defaultdict(list))
    part: dict[str, list[_Pattern]] = field(default_factory=lambda: defaultdict(list))
    prefix_sizes: set[int] = field(default_factory=set)
    remembered: dict[str, tuple[_Pattern, ...]] = field(default_factory=dict)

    def add(self, pattern: _Pattern, anchors: Iterable[str]) -> None:
        """Each anchor alone makes the pattern worth trying."""
        self.remembered.clear()
        for word in anchors:
            if word.startswith("*"):
                self.part[word.strip("*")].append(pattern)
            elif word.endswith("*"):
                self.prefix[word[:-1]].append(pattern)
                self.prefix_sizes.add(len(word) - 1)
            else:
                self.exact[word].append(pattern)

    def candidates(self, wording: Wording) -> set[_Pattern]:
        """What is worth trying on this text."""
        found: set[_Pattern] = set()
        remembered = self.remembered
        for word in wording.distinct:
            known = remembered.get(word)
            if known is None:
                known = self.by_word(word)
            if known:
                found.update(known)
        for part, patterns in self.part.items():
            if part in wording.folded:
                found.update(patterns)
        return found

    def by_word(self, word: str) -> tuple[_Pattern, ...]:
        """Remembered, because a few thousand words make up most texts."""
        prefixes = [self.prefix.get(word[:size], []) for size in self.prefix_sizes]
        found = tuple(chain(self.exact.get(word, []), *prefixes))
        if len(self.remembered) < _REMEMBERED_WORDS:
            self.remembered[word] = found
        return found


class PhraseBook:
    """Groups of phrases, searched for together."""

    def __init__(self) -> None:
        self._index = _Index()
        self._ignored: dict[str, _Index] = defaultdict(_Index)

    def add(
        self, groups: Mapping[str, Group], sets: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """More phrases; a group that is there already grows.

        Raises ConfigurationError for a phrase that cannot be read.
        """
        for name, group in groups.items():
            for phrase in dict.fromkeys(group.phrases):
                self._index.add(*_compile(name, phrase, sets or {}))
            for phrase in dict.fromkeys(group.ignore):
                self._ignored[name].add(*_compile(name, phrase, sets or {}))

    def anchors(self) -> set[str]:
        """The words without which no phrase can match."""
        return {*self._index.exact, *self._index.prefix, *self._index.part}

    def search(self, wording: Wording) -> dict[str, list[str]]:
        """For each group with a match, the phrases (as written in the list) that matched."""
        found: dict[str, list[str]] = defaultdict(list)
        masked: dict[str, str] = {}
        for pattern in self._index.candidates(wording):
            if not pattern.found_in(wording.folded, wording.distinct):
                continue
            if pattern.group not in masked:
                masked[pattern.group] = self._mask(pattern.group, wording)
            text = masked[pattern.group]
            if text is wording.folded or pattern.regex.search(text):
                found[pattern.group].append(pattern.phrase)
        return {group: sorted(phrases) for group, phrases in found.items()}

    def ignores(self, group: str, wording: Wording) -> bool:
        """Whether the text holds something that the group is told to pass over."""
        return self._mask(group, wording) is not wording.folded

    def _mask(self, group: str, wording: Wording) -> str:
        """The text with an ignored phrase's words made unrecognisable; else the very same string."""
        text = wording.folded
        if group in self._ignored:
            for pattern in self._ignored[group].candidates(wording):
                if pattern.found_in(text, wording.distinct):
                    text = pattern.regex.sub(_blank, text)
        return wording.folded if text == wording.folded else text


def _blank(match: re.Match[str]) -> str:
    return " _" * match.group().count(" ", 1) + " "


def _compile(
    group: str, phrase: str, sets: Mapping[str, Sequence[str]]
) -> tuple[_Pattern, list[str]]:
    """The phrase as a pattern, and its anchors: the words of its rarest element."""
    elements = [_element(word, phrase, sets) for word in phrase.split()]
    regex = re.compile(" " + "".join(source for source, _ in elements))
    anchors = min((words for _, words in elements if words), key=_frequency, default=[])
    if not anchors:
        raise ConfigurationError(f"the phrase {phrase!r} needs a word that cannot be left out")
    whole = [words for _, words in elements if words and not any("*" in word for word in words)]
    needs = tuple(frozenset(words) for words in whole if words is not anchors)
    return _Pattern(group, " ".join(map(_short, phrase.split())), regex, needs), anchors


def _short(element: str) -> str:
    """For reasons that people read: the first few of many alternatives."""
    words = element.split("|")
    return element if len(words) <= 4 else "|".join(words[:3]) + "|…"


def _element(word: str, phrase: str, sets: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Regular expression of one element, and its words if one of them must be there."""
    if word in _GAPS or word in _EDGES:
        return _GAPS.get(word) or _EDGES[word], []
    optional = word.endswith("?")
    alternatives: list[str] = []
    for part in word.removesuffix("?").split("|"):
        name = part.removeprefix("<").removesuffix(">")
        if part != name and name not in sets:
            raise ConfigurationError(f"the phrase {phrase!r} names no known set {part}")
        alternatives.extend([part] if part == name else sets[name])
    edges = [_EDGES[part] for part in alternatives if part in _EDGES]
    words = [_fold_word(part, phrase) for part in alternatives if part not in _EDGES]
    escaped = "|".join(re.escape(each).replace(r"\*", "[^ .]*") for each in words)
    source = "|".join([f"(?:{escaped}) ", *edges])
    needed = not (optional or edges)
    return f"(?:{source})" + "?" * optional, words if needed else []


def _fold_word(word: str, phrase: str) -> str:
    core = fold(word.strip("*"))
    if not core or " " in core:
        raise ConfigurationError(f"the phrase {phrase!r}: {word!r} is not one word")
    return ("*" if word.startswith("*") else "") + core + ("*" if word.endswith("*") else "")


def _frequency(words: list[str]) -> int:
    """How often an element's words stand in texts, roughly; the least frequent one is the anchor."""
    return sum(1_000 if w in _COMMON else 50 if w.startswith("*") else 1 for w in words)
