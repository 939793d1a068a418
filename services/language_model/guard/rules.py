"""The guard: whether a customer or a person may read what the model has written. Pure.

What it cannot see is a false statement made of an article's own words without figures, negations, opposites
or sensitive matters. Hence a wording also has to stay close to its article, sentence by sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from services.language_model.guard.alignment import (
    figure_elsewhere,
    negated_elsewhere,
    unsupported,
)
from services.language_model.guard.figures import contacts_in, figures_in, times_in, unbound
from services.language_model.guard.grounding import Ground, sentences, words_of
from services.language_model.guard.language import is_in
from services.language_model.guard.matters import (
    NEGATIONS,
    NEVER,
    ONLY,
    PROMISES,
    SENSITIVE,
    TURNING,
    Matter,
    Reason,
)
from services.language_model.guard.opposites import half_left_out, opposite_in
from services.language_model.guard.shape import fault_of_shape, links_in
from services.language_model.source import Source

LONGER_BY = 1.5
LENGTH_FLOOR = 300
SUMMARY_MAX = 1_000
NEW_WORDS_MAX = 2
"""Words that matter which a wording may add to its article, or say more often than it, if as many of the
article's own are left out for them; one may be added without."""
LONGER_WORDS_MAX = 1
CLOSE_SHARE = 0.6
"""Of a promise's words, the share that one sentence of the article with such a promise must have."""


class Rejection(NamedTuple):
    """`detail` is for operators and tests; it may quote the model, so it stays out of logs."""

    reason: Reason
    detail: str = ""


def check_wording(text: str, citations: Sequence[str], source: Source) -> Rejection | None:
    """None: the customer may read `text` in the article's place."""
    if not citations or set(citations) != {source.article_id}:
        return Rejection("citation", ", ".join(citations)[:200])
    said = f"{source.title}\n{source.text}"
    return (
        _form(text, source.text, source.language)
        or _figures(text, source.text, source.language)
        or _matters(text, said)
        or _negations(text, source.text)
        or _topic(text, source)
        or _turned_round(text, source)
    )


def check_summary(text: str, language: str, said: Collection[str]) -> Rejection | None:
    """For people, marked as the model's: it may leave out, but not add figures, links or contacts, and
    nothing in it may pass for the desk's own instruction."""
    if len(text) > SUMMARY_MAX:
        return Rejection("length", str(len(text)))
    rejection = _form(text, "\n".join(said), language)
    if rejection is not None:
        return rejection
    figures = unbound(figures_in(text, language))
    for known in _figures_of_each(said):
        if not figures:
            break
        figures -= known
    if figures:
        return Rejection("figures", min(figures))
    return _instructions(text)


def check_translation(text: str, language: str, original: str, spoken: str) -> Rejection | None:
    """One line in another language, with the very figures of the original."""
    rejection = _form(text, original, language) or _instructions(text)
    if rejection is not None:
        return rejection
    ours, theirs = figures_in(text, language), figures_in(original, spoken)
    return Rejection("figures", f"{ours} for {theirs}") if sorted(ours) != sorted(theirs) else None


def _form(text: str, source: str, language: str) -> Rejection | None:
    if not text.strip() or len(text) > max(LENGTH_FLOOR, LONGER_BY * len(source)):
        return Rejection("length", str(len(text)))
    # The source may be a whole conversation: it is read only where there is something to look for.
    links = set(links_in(text))
    if links and (links := links - set(links_in(source))):
        return Rejection("link", min(links))
    contacts = contacts_in(text)
    if contacts and (contacts := contacts - contacts_in(source)):
        return Rejection("contact", min(contacts))
    fault = fault_of_shape(text, source)
    if fault is not None:
        return Rejection("markup", fault)
    return None if is_in(text, language) else Rejection("language", language)


def _figures(text: str, source: str, language: str) -> Rejection | None:
    """The same ones in the same order: one left out is a condition left out, and two that changed
    places say something else."""
    ours, theirs = figures_in(text, language), figures_in(source, language)
    if ours != theirs:
        return Rejection("figures", f"{ours} for {theirs}")
    new = times_in(text) - times_in(source)
    return Rejection("figures", min(new)) if new else None


def _figures_of_each(texts: Collection[str]) -> Iterator[set[str]]:
    """As both languages read them, one after the other: most often the first ones say it all."""
    for language in ("en", "de"):
        for text in texts:
            yield unbound(figures_in(text, language))


def _matters(text: str, source: str) -> Rejection | None:
    ours, theirs = _plain(text), _plain(source)
    for matter in NEVER:
        for found in matter.pattern.finditer(ours):
            if found[0] not in theirs:
                return Rejection(matter.reason, found[0])
    for matter in (*SENSITIVE, *TURNING, *PROMISES):
        spoken = [found[0] for found in matter.pattern.finditer(ours)]
        allowed = sum(1 for _ in matter.pattern.finditer(theirs))
        if spoken and len(spoken) > (allowed if matter not in PROMISES else allowed * len(spoken)):
            return Rejection(matter.reason, spoken[-1])
    grounds = [(one, Ground(one)) for one in sentences(theirs)]
    clauses = [clause for sentence in sentences(ours) for clause in sentence.split(", ")]
    for clause in clauses:
        made = (each for each in PROMISES if each.close and each.pattern.search(clause))
        if not all(_promised(clause, matter, grounds) for matter in made):
            return Rejection("promise", clause)
    return None


def _promised(clause: str, matter: Matter, grounds: Sequence[tuple[str, Ground]]) -> bool:
    for theirs, ground in grounds:
        if matter.pattern.search(theirs):
            support = ground.support(clause)
            if support.known >= CLOSE_SHARE * (support.known + support.new):
                return True
    return False


def _negations(text: str, source: str) -> Rejection | None:
    """As many as the article has: one more or one less turns a sentence around."""
    for words in (NEGATIONS, ONLY):
        ours, theirs = (len(words.findall(_plain(one))) for one in (text, source))
        if ours != theirs:
            return Rejection("negation", f"{ours} for {theirs}")
    return None


def _topic(text: str, source: Source) -> Rejection | None:
    """Nothing may be added: a sentence made of the article's own words says something new as well."""
    beyond = Ground(f"{source.title}\n{source.text}").beyond(text)
    longer = len(words_of(text)) - len(words_of(source.text))
    replaced = Ground(text).missing(source.text)
    if beyond > min(NEW_WORDS_MAX, max(1, replaced)) or longer > LONGER_WORDS_MAX:
        return Rejection("off_topic", f"{beyond} words of its own, longer by {longer}")
    return None


def _turned_round(text: str, source: Source) -> Rejection | None:
    """The article's own words can say something else: with an opposite, or in other places."""
    plain, article = _plain(text), _plain(source.text)
    said = _plain(f"{source.title}\n{source.text}")
    opposite = opposite_in(plain, said) or half_left_out(plain, article)
    if opposite is not None:
        return Rejection("negation", opposite)
    clause = negated_elsewhere(plain, article)
    if clause is not None:
        return Rejection("negation", clause)
    sentence = figure_elsewhere(text, source.text, source.language)
    if sentence is not None:
        return Rejection("figures", sentence)
    sentence = unsupported(plain, said)
    return Rejection("off_topic", sentence) if sentence is not None else None


def _instructions(text: str) -> Rejection | None:
    plain = _plain(text)
    for matter in NEVER:
        found = matter.pattern.search(plain) if matter.reason == "instruction" else None
        if found is not None:
            return Rejection("instruction", found[0])
    return None


def _plain(text: str) -> str:
    normal = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("*", "")
    return re.sub(r"[ \t]+", " ", normal)
