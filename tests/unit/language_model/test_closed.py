"""The check of what nobody reads before the customer: only what is known to be harmless may differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.language_model.guard.closed import check_close_wording, harmless
from services.language_model.guard.figures import figures_in, times_in
from services.language_model.guard.matters import (
    NEGATIONS,
    NEVER,
    ONLY,
    PROMISES,
    SENSITIVE,
)
from services.language_model.guard.opposites import POLES
from services.language_model.source import Source
from tests.unit.language_model.cases import attacks, close, honest, lies, source_of

ARTICLES = sorted(
    path.name.removesuffix(".md") for path in Path("examples/paylater/knowledge").glob("*.md")
)
SOURCES = [source_of(name) for name in ARTICLES]
CLOSE = [
    (source, text)
    for source, text in close()
    if check_close_wording(text, [source.article_id], source) is None
]
BASES = [(source, source.text) for source in SOURCES] + CLOSE


def accepted(text: str, source: Source) -> bool:
    return check_close_wording(text, [source.article_id], source) is None


def english(text: str) -> Source:
    return Source("a", "en", text)


def german(text: str) -> Source:
    return Source("a", "de", text)


@pytest.mark.parametrize("source", SOURCES, ids=ARTICLES)
def test_an_article_says_itself(source: Source) -> None:
    assert accepted(source.text, source)


@pytest.mark.parametrize(("file", "at_least"), [("one_word_lies.yaml", 350), ("tricks.yaml", 100)])
def test_no_lie_in_an_articles_own_sentences_passes(file: str, at_least: int) -> None:
    cases = list(lies(file))
    assert [text for source, text in cases if accepted(text, source)] == []
    assert len(cases) >= at_least


@pytest.mark.parametrize(
    ("file", "at_least"),
    [("attacks.yaml", 200), ("held_back.yaml", 75), ("held_back_second.yaml", 40)],
)
def test_no_attack_passes_neither_in_a_rewording_nor_in_the_article(
    file: str, at_least: int
) -> None:
    cases = [*attacks(file), *attacks(file, in_article=True)]
    assert [text for source, text in cases if accepted(text, source)] == []
    assert len(cases) >= 2 * at_least


def test_four_of_five_close_wordings_pass() -> None:
    """Numbers of docs/language-model.md: free rewordings (honest.yaml) never do."""
    tried = list(close())
    assert len(tried) >= 50
    assert len(CLOSE) / len(tried) >= 0.78
    assert not any(accepted(text, source) for source, text in honest())


@pytest.mark.parametrize(
    ("article", "wording"),
    [
        ("Open *Orders*.", "Please open *Orders*."),
        ("Please open *Orders*.", "Open *Orders*, please."),
        ("It does not cost 3 euros.", "It doesn't cost three euros."),
        ("A refund starts.", "Hello!\n\nThank you for your message. A refund starts."),
        ("A refund starts.", "Hi,\n\nA refund starts."),
        ("A refund starts.", "Thanks for asking! A refund starts."),
        ("Press *Pay now*, then wait.", "Tap on *Pay now*, then wait."),
        ("Nobody asks for it.", "No one asks for it."),
        ("Steps:\n\n1. Open it.\n2. Close it.", "Steps:\n1. Open it.\n2. Please close it."),
        ("It is the\nshop’s parcel.", "It's the shop's parcel."),
        ("It takes 5 % more.", "It takes 5% more."),
        ("Tell us the date; it helps.", "Let us know the date; it helps."),
    ],
)
def test_harmless_differences_pass_both_ways(article: str, wording: str) -> None:
    assert accepted(wording, english(article))
    assert accepted(article, english(wording))


@pytest.mark.parametrize(
    ("article", "wording"),
    [
        ("Öffnen Sie *Zahlungen*.", "Bitte öffnen Sie *Zahlungen*."),
        ("Öffnen Sie bitte *Zahlungen*.", "Öffnen Sie *Zahlungen*, bitte."),
        ("Es dauert drei Tage.", "Guten Tag!\n\nEs dauert 3 Tage."),
        ("Das klärt gern der Shop.", "Vielen Dank für Ihre Frage. Das klärt gerne der Shop."),
        ("Tippen Sie auf *Jetzt zahlen*.", "Klicken Sie bitte auf *Jetzt zahlen*."),
        ("Zum Beispiel die E-Mail.", "Beispielsweise die Email."),
    ],
)
def test_harmless_differences_pass_in_german_too(article: str, wording: str) -> None:
    assert accepted(wording, german(article))
    assert accepted(article, german(wording))


@pytest.mark.parametrize(
    ("article", "wording"),
    [
        ("Pay as much as you.", "Pay as much as you please."),
        ("Sie zahlen.", "Bitte sie zahlen."),
        ("Wir haben eine Bitte: zahlen Sie.", "Wir haben eine: zahlen Sie."),
        ("Press it.", "Tap it."),
        ("You cannot simply return it.", "You cannot return it."),
        ("Then you need not pay.", "You need not pay."),
        ("The time you have to pay.", "The time you must pay."),
        ("Pay several at once.", "Pay several immediately."),
        ("If X is paid, pay Y.", "Pay Y if X is paid."),
        ("Pay late, lose it; call us.", "Pay late, lose it. Call us."),
        ("It is paid.", "It is not paid."),
        ("It is paid. It is open.", "It is paid.\n\nIt is open."),
        ("It is paid.\n\nIt is open.", "It is paid." + "\n" * 40 + "It is open."),
        ("Steps:\n1. Pay it.", "Steps:" + "\n" * 40 + "1. Pay it."),
        ("It is paid.", "It is " + " " * 400 + "paid."),
        ("It is paid.", "Hello."),
        ("It is paid.", ""),
        ("It is paid.", "Hello! Hello! Hello! It is paid."),
        ("It is paid.", "Is it paid."),
        ("*Please confirm* is shown.", "*Confirm* is shown."),
        ("Choose “two”.", "Choose “2”."),
        ("Up to 14 days.", "Up to 14. Days."),
        ("Up to 1.4 days.", "Up to 1. 4 days."),
    ],
)
def test_what_only_looks_harmless_is_refused(article: str, wording: str) -> None:
    for of in (english, german):
        assert not accepted(wording, of(article))
        assert accepted(article, of(article))


def test_no_list_of_what_is_put_in_or_left_out_holds_a_word_that_could_answer_or_limit() -> None:
    """Each list leaves sentences as true as they were: nothing in it denies, limits, promises, counts or
    tells a time, in the words that the other strength of the guard knows."""
    turning = re.compile(
        r"\b(?:yes|no|not|never|only|just|simply|even|also|too|still|yet|already|then|always|free|sure|ok"
        r"|okay|right|sorry|unfortunately|gladly|of course|if|unless|but|or"
        r"|ja|nein|nicht|nie|nur|erst|noch|schon|auch|dann|einfach|immer|gern|gerne|leider|doch|mal|eben"
        r"|wenn|falls|aber|oder|klar|natürlich)\b"
    )
    matters = [*NEVER, *(one for one in SENSITIVE if one.reason != "contact"), *PROMISES]
    for language in ("en", "de"):
        known = harmless(language).lists
        for said in (*known.openings, *known.optional.words):
            assert not turning.search(said), said
            assert not NEGATIONS.search(said), said
            assert not ONLY.search(said), said
            assert not figures_in(said, language), said
            assert not times_in(said), said
            assert not [one.reason for one in matters if one.pattern.search(said)], said


def test_no_group_of_the_same_holds_both_a_word_and_its_opposite() -> None:
    for language in ("en", "de"):
        known = harmless(language).lists
        groups = [*known.same, *known.same_before_names]
        groups += [(short, full) for short, full in known.short.items()]
        for group in groups:
            counts = {(len(NEGATIONS.findall(one)), len(ONLY.findall(one))) for one in group}
            assert len(counts) == 1, group
            if group != ("nobody", "no one"):
                assert len({tuple(figures_in(f"{one} x", language)) for one in group}) == 1, group
            for poles in POLES:
                one, other = (any(pole.search(said.lower()) for said in group) for pole in poles)
                assert not (one and other), group
        said = [one for group in (*known.same, *known.same_before_names) for one in group]
        assert len(said) == len(set(said)), "in two groups"


WORD = re.compile(r"\S+")
DANGEROUS = (
    "only not never no just simply even also too still yet already then always sometimes may must can before"
    " after if unless until all some any us our your their shop we you they and or but"
    " nur nicht nie kein keine einfach auch noch schon erst dann immer manchmal darf muss kann vor nach wenn"
    " bis alle einige uns unser Ihr ihr sie Sie wir und oder aber Shop"
).split()
ALL_WORDS = sorted({word for source in SOURCES for word in WORD.findall(source.text)})
words = (
    st.sampled_from(DANGEROUS)
    | st.sampled_from(ALL_WORDS)
    | st.text(st.characters(exclude_categories=("Zs", "Cc", "Cs")), min_size=1, max_size=8)
)


def _vocabulary(language: str) -> frozenset[str]:
    """Every word that stands in any list, so that what the lists do to it is no matter of this property."""
    known = harmless(language).lists
    said = [*known.openings, *known.optional.words, *known.short, *known.short.values()]
    said += [one for group in (*known.same, *known.same_before_names) for one in group]
    return frozenset(word.lower() for one in said for word in re.findall(r"[\w'-]+", one))


VOCABULARY = {language: _vocabulary(language) for language in ("en", "de")}
OPTIONAL = {language: harmless(language).lists.optional.words for language in ("en", "de")}


def _words(text: str, without: frozenset[str]) -> list[str]:
    """What a reader reads: words with their marks, without those of `without`."""
    return [
        word
        for word in WORD.findall(text)
        if not any(part.lower() in without for part in re.findall(r"[\w'-]+", word))
    ]


@settings(max_examples=4000, deadline=None)
@given(
    st.integers(0, len(BASES) - 1),
    st.integers(0, 999),
    st.integers(0, 999),
    st.sampled_from(["exchanged", "put in", "left out", "moved"]),
    words,
)
def test_one_word_outside_the_lists_makes_another_text(
    base: int, at: int, to: int, how: str, word: str
) -> None:
    source, text = BASES[base]
    spans = [match.span() for match in WORD.finditer(text)]
    start, end = spans[at % len(spans)]
    if how == "exchanged":
        changed = text[:start] + word + text[end:]
    elif how == "put in":
        changed = text[:start] + word + " " + text[start:]
    elif how == "left out":
        changed = text[:start] + text[end:]
    else:
        place, _ = spans[to % len(spans)]
        moved = text[start:end] + " "
        changed = (
            text[:place] + moved + text[place:start] + text[end:]
            if place <= start
            else text[:start] + text[end:place] + moved + text[place:]
        )
    # A moved word stays among the others, so even words of the lists may not change their order.
    without = (OPTIONAL if how == "moved" else VOCABULARY)[source.language]
    if _words(changed, without) != _words(text, without):
        assert not accepted(changed, source), changed


@settings(max_examples=3000, deadline=None)
@given(
    st.integers(0, len(BASES) - 1),
    st.integers(0, 9999),
    st.booleans(),
    st.characters(codec="utf-8")
    | st.sampled_from(list(".,;:!?\"'()[]-–…*_~`%&/<>\u200b\u200d\u00ad\u202e\ufeff0123456789")),
)
def test_one_character_makes_another_text(base: int, at: int, put_in: bool, char: str) -> None:
    """Marks and hidden or look-alike characters included; blanks say nothing."""
    source, text = BASES[base]
    at %= len(text)
    changed = text[:at] + (char if put_in else "") + text[at + (not put_in) :]

    def read(said: str) -> list[str]:
        """Without blanks next to marks, and where a hyphen or a comma may be left out."""
        without = VOCABULARY[source.language]
        spaced = re.sub(r"([.,;:!?%)({}\"'„“”*])", r" \1 ", said.replace("’", "'"))
        kept = (word for word in re.split(r"[ \n\u00a0\u202f]+", spaced) if word)
        return [word for word in kept if word.lower().replace("-", "") not in without | {"email"}]

    if read(changed) != read(text):
        assert not accepted(changed, source), changed


@given(st.text(max_size=2000), st.sampled_from(SOURCES))
def test_any_text_is_judged(text: str, source: Source) -> None:
    assert check_close_wording(text, [source.article_id], source) is not None
    assert accepted(text, source._replace(text=text)) or not text.strip()


@pytest.mark.parametrize("citations", [[], ["another"], ["refund_status", "another"]])
def test_it_must_cite_the_article_that_was_given_and_no_other(citations: list[str]) -> None:
    source = source_of("refund_status.en")
    rejection = check_close_wording(source.text, citations, source)
    assert rejection is not None
    assert rejection.reason == "citation"
