"""Which texts are nothing but a no."""

from __future__ import annotations

import pytest

from services.router.reading import TextReader
from services.router.triage import TopicModel, Triager
from services.router.triage.saying_no import says_no
from services.router.triage.wording import read


@pytest.mark.parametrize(
    "text",
    [
        *("no", "No.", "NOPE!!", "not really, sorry", "No, it didn’t", "👎 no", "nah"),
        *("Nein", "nö", "Nein, leider nicht.", "Überhaupt nicht!", "nicht wirklich"),
    ],
)
def test_a_no_is_heard_however_it_is_marked(text: str) -> None:
    assert says_no(read(text))


@pytest.mark.parametrize(
    "text",
    [
        *("", "?", "yes", "no thanks", "no, thank you", "no idea", "I know", "no refund came"),
        *("nein danke", "nein, ich habe bezahlt", "noch nicht da", "ja", "nicht angekommen"),
    ],
)
def test_what_says_more_or_declines_a_person_is_none(text: str) -> None:
    assert not says_no(read(text))


def test_the_reader_tells_a_no_and_what_did_not_help(model: TopicModel) -> None:
    no, unhelped, thanks = TextReader(Triager(model)).read(["Nein", "das hilft nicht", "danke"])
    assert (no.says_no, unhelped.says_no, thanks.says_no) == (True, False, False)
    assert (unhelped.says_not_helped, thanks.says_not_helped) == (True, False)
