"""Texts of any Unicode, a hundred thousand for each part that reads what customers, systems or models write.

No crash, no template that escapes, and no text that takes longer than `BOUND_S` of CPU: an expression that
backtracks shows there. Slow: `pytest -m slow tests/unit/test_hundred_thousand_texts.py`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.facts.found import Conventions, conventions_of
from services.intake.facts.recognise import recognise
from services.knowledge.slots import fill, values_for
from services.language_model.briefing import TURNS_MAX, newest
from services.language_model.guard.closed import LONGER_MAX, check_close_wording
from services.language_model.guard.rules import check_summary, check_translation, check_wording
from services.language_model.masking import Mask
from tests.unit.bot.build import AT
from tests.unit.intake.facts.cases import TODAY, cases
from tests.unit.language_model.cases import honest, source_of
from warmline.events import Turn

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100000"))
BOUND_S = 2.0
"""Of CPU for the longest text, 32 KiB, on a slow machine; the usual text takes a few milliseconds."""
TEXT_MAX = 32 * 1024

MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
WRITERS = [
    conventions_of("de", today=TODAY),
    conventions_of("en", today=TODAY),
    conventions_of("en", "en-US", today=TODAY),
    Conventions(),
    Conventions("de", order_masks=("PL-#####", "@@@/####")),
]
PIECES = (
    [case.text for case in cases()]
    + list("1-.,/ @€+#a\x00[]{}%*'\"\n")
    + ["{{ a }}", "[[ORDER_1]]"]
)

pieces = st.sampled_from(PIECES) | st.text(max_size=20)
joined = st.lists(pieces, max_size=12).map("".join)
long = st.tuples(pieces, st.integers(1, TEXT_MAX)).map(lambda one: (one[0] * one[1])[: one[1]])
texts = st.one_of(*([st.text(max_size=300)] * 4), *([joined] * 5)) | st.integers(0, 9).flatmap(
    lambda n: long if n == 0 else joined
)

HONEST = [(source, text) for source, text in honest()]


@contextmanager
def bounded(text: str) -> Iterator[None]:
    started = time.thread_time()
    yield
    taken = time.thread_time() - started
    assert taken < BOUND_S, f"{taken:.1f} s for {len(text)} characters: {text[:60]!r}"


@pytest.mark.slow
@MANY
@given(texts, st.sampled_from(WRITERS))
def test_facts_are_recognised(text: str, writer: Conventions) -> None:
    with bounded(text):
        found = recognise(text, writer)
    ends = [0, *(one.end for one in found)]
    for before, one in zip(ends, found, strict=False):
        assert before <= one.start < one.end <= len(text)


@pytest.mark.slow
@MANY
@given(texts, texts)
def test_slots_are_filled_once(body: str, value: str) -> None:
    with bounded(body + value):
        shown = values_for({"a": "text"}, {"a": value}, "en")
        if shown is not None:
            filled = fill(f"<{{{{ a }}}}>{body.replace('{', '(')}", shown)
            assert filled == f"<{value.strip()}>{body.replace('{', '(')}"


@pytest.mark.slow
@MANY
@given(texts, st.sampled_from(["Anna Schmidt", "x", "", "1", "PL-20431"]), st.sampled_from(WRITERS))
def test_masking_is_undone(text: str, name: str, writer: Conventions) -> None:
    with bounded(text):
        mask = Mask({"customer_name": name}, writer)
        back = mask.unmask(mask.mask(text))
    neutral = text.replace("[[", "((").replace("]]", "))")
    assert _bare(back) == _bare(neutral)


def _bare(text: str) -> str:
    return re.sub(r"[\s.-]", "", text).casefold()


def _inserted(one: tuple[int, str, int]) -> tuple[int, str]:
    """An honest wording with something in the middle."""
    number, text, at = one
    wording = HONEST[number % len(HONEST)][1]
    return number % len(HONEST), wording[: at % len(wording)] + text + wording[at % len(wording) :]


wordings = st.tuples(st.integers(0, 99), texts, st.integers(0, 9999)).map(_inserted)


@pytest.mark.slow
@MANY
@given(wordings)
def test_the_guard_judges_a_wording(given: tuple[int, str]) -> None:
    number, text = given
    source = HONEST[number][0]
    with bounded(text):
        check_wording(text, [source.article_id], source)


@pytest.mark.slow
@MANY
@given(wordings, texts)
def test_the_guard_judges_what_nobody_reads_first(given: tuple[int, str], written: str) -> None:
    """Also of an article of any text, which says itself."""
    number, text = given
    source = HONEST[number][0]
    with bounded(text + written):
        check_close_wording(text, [source.article_id], source)
        own = source._replace(text=written)
        assert check_close_wording(written, [source.article_id], own) is None


@pytest.mark.slow
@MANY
@given(texts, texts)
def test_the_guard_judges_summaries_and_translations(text: str, said: str) -> None:
    """Of a conversation as it is read: the newest 20 messages, 6,000 characters together."""
    turns = [Turn.model_construct(by="customer", text=said, at=AT)] * TURNS_MAX
    with bounded(text + said):
        check_summary(text, "en", [one for _, one in newest(turns)])
        check_translation(text, "de", said, "en")


@pytest.mark.slow
@pytest.mark.parametrize("piece", [*PIECES[-30:], "a" * 40, "ab ", "1.1", "we will ", "не "])
@pytest.mark.parametrize("judge", ["facts", "guard", "closed", "mask"])
def test_the_longest_text_of_one_piece_is_read_in_time(piece: str, judge: str) -> None:
    text = (piece * TEXT_MAX)[:TEXT_MAX]
    source = source_of("refund_status.en")
    read: dict[str, Callable[[], object]] = {
        "facts": lambda: recognise(text, WRITERS[0]),
        "guard": lambda: check_summary(text, "en", [text] * 20),
        "closed": lambda: check_close_wording(
            text, [source.article_id], source._replace(text=text[LONGER_MAX:])
        ),
        "mask": lambda: Mask({}, WRITERS[0]).mask(text),
    }
    with bounded(text):
        read[judge]()
    check_wording(text, [source.article_id], source)
