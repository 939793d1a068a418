from __future__ import annotations

import pytest

from services.router.triage.phrases import Group, PhraseBook
from services.router.triage.spelling import Speller, one_slip
from services.router.triage.wording import fold, read
from warmline.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Können Sie mir hellllfen?", "konnen sie mir helfen ."),
        ("KOENNEN", "konnen"),
        ("I don't, won’t — can`t", "i dont wont cant"),
        ("Straße\u00ad42", "strasse42"),
        ("one...  two!?\n\nthree", "one . two . three"),
        ("a\x00b\u200bc", "a bc"),
        ("", ""),
        ("..!", "."),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def _finds(phrase: str, text: str) -> bool:
    book = PhraseBook()
    book.add({"g": Group([phrase])}, {"who": ["human", "agent*"]})
    return bool(book.search(read(text)))


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("speak|talk to <who>", "I want to TALK to agents", True),
        ("speak|talk to <who>", "talk to. a human", False),
        ("talk .. <who>", "talk to the same human", True),
        ("talk .. <who>", "talk to one of the many human", False),
        ("talk ... <who>", "talk to one of the many human", True),
        ("real? human please", "human please", True),
        ("real? human please", "real human please", True),
        ("^ human $", "Human!", True),
        ("^ human $", "a human", False),
        ("human please|$", "get a human. now", True),
        ("*diebstahl", "ein Identitätsdiebstahl", True),
        ("betrug*", "Betrüger", True),
        ("betrug", "Betrüger", False),
        ("human", "humans", False),
    ],
)
def test_phrases(phrase: str, text: str, expected: bool) -> None:
    assert _finds(phrase, text) is expected


def test_what_is_ignored_hides_only_its_own_words() -> None:
    book = PhraseBook()
    book.add({"fraud": Group(["fraud"], ["fraud protection"]), "other": Group(["protection"])})
    assert book.search(read("send the fraud protection leaflet")) == {"other": ["protection"]}
    assert "fraud" in book.search(read("fraud protection is nice, but this is fraud"))


@pytest.mark.parametrize("phrase", ["<nobody> there", "please?", "..", "two-words"])
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(ConfigurationError):
        PhraseBook().add({"g": Group([phrase])})


@pytest.mark.parametrize("wrong", ["humna", "humman", "hunan", "hyman"])
def test_one_slip_is_corrected(wrong: str) -> None:
    speller = Speller(["human"], {}, [])
    assert " human " in speller.correct(read(f"a {wrong} please")).folded


@pytest.mark.parametrize("word", ["humane", "woman", "hum", "humanity", "uhman"])
def test_other_words_are_left_alone(word: str) -> None:
    speller = Speller(["human"], {}, ["humane"])
    wording = read(f"a {word} please")
    assert speller.correct(wording) is wording


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [("abc", "abc", True), ("abc", "acb", True), ("abc", "ab", True), ("abc", "cba", False)],
)
def test_one_slip(right: str, wrong: str, expected: bool) -> None:
    assert one_slip(right, wrong) is expected
