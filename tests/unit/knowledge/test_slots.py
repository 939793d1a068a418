from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.knowledge.articles import read_article
from services.knowledge.base import KnowledgeBase
from services.knowledge.slots import faults_of, fill, values_for
from tests.unit.bot.build import DAY, article

DUE = article(
    "Your payment of {{ open }} is due on {{due_date}}.",
    slots={"open": "amount", "due_date": "date"},
)
KNOWN: dict[str, str | bool | int | float] = {"open": "1299.00 EUR", "due_date": "2026-04-28"}


def test_slots_are_written_out_for_reading() -> None:
    assert DUE.text_for(KNOWN) == "Your payment of 1,299.00 EUR is due on 28 April 2026."
    german = article(DUE.body, language="de", slots=dict(DUE.about.slots))
    assert "1.299,00 EUR is due on 28. April 2026" in german.text_for(KNOWN)


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"open": "1299.00 EUR"},
        KNOWN | {"due_date": "next week"},
        KNOWN | {"due_date": "2026-02-31"},
        KNOWN | {"due_date": "2026-W01-1"},
        KNOWN | {"open": "١٢"},
        KNOWN | {"open": "a lot"},
        KNOWN | {"open": True},
    ],
)
def test_an_article_with_a_slot_that_nothing_fills_is_not_used(
    known: dict[str, str | bool | int | float],
) -> None:
    plain = article("Look into the app.", id="plain")
    assert KnowledgeBase([DUE]).find("refund_status", "en", DAY, known) is None
    assert KnowledgeBase([DUE, plain]).find("refund_status", "en", DAY, known) is plain


def test_of_several_articles_the_most_particular_that_fits_is_used() -> None:
    general = article("In general.", id="a")
    plan = article("For your plan.", id="b", when={"plan": "pay_in_30"})
    paid = article("It is paid.", id="c", when={"plan": "pay_in_30", "paid": True})
    knowledge = KnowledgeBase([general, plan, paid])

    def found(**known: str | bool | int | float) -> str:
        one = knowledge.find("refund_status", "en", DAY, known)
        assert one is not None
        return one.about.id

    assert found() == "a"
    assert found(plan="Pay_In_30") == "b"
    assert found(plan="pay_in_30", paid="true") == "c"
    assert found(plan="instalments", paid=True) == "a"
    assert KnowledgeBase([plan]).find("refund_status", "en", DAY, {}) is None


@given(st.text(max_size=300))
@example("{{ b }} {{ a }} {% raw %} ${a} %(a)s {a.__class__}")
def test_whatever_a_value_holds_is_text_and_nothing_else(value: str) -> None:
    shown = values_for({"a": "text", "b": "text"}, {"a": value, "b": "SECRET"}, "en")
    if shown is None:
        assert (
            not value.strip()
            or len(value.strip()) > 200
            or re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", value)
        )
        return
    assert fill("<{{ a }}>", shown) == f"<{value.strip()}>"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u2028", "\ud800", "\x1b"])
def test_a_value_that_would_reorder_or_break_the_sentence_around_it_is_none(hidden: str) -> None:
    assert values_for({"shop": "text"}, {"shop": f"Shop {hidden}1"}, "en") is None
    assert values_for({"shop": "text"}, {"shop": "متجر\u200f 1"}, "en") == {"shop": "متجر\u200f 1"}


def test_a_number_has_an_end() -> None:
    assert values_for({"n": "number"}, {"n": "9" * 19}, "en") is None
    assert values_for({"n": "number"}, {"n": "9" * 18}, "en") == {"n": "9" * 18}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{{ due }}", "is used but not declared"),
        ("nothing", "declared but not used"),
        ("{{ a }} {{ a.b }}", "a slot is written {{ name }}"),
        ("{{ a }} {{", "a slot is written {{ name }}"),
        ("{{ a }} {{ A }}", "a slot is written {{ name }}"),
    ],
)
def test_what_does_not_fit_together_is_named(body: str, fault: str) -> None:
    assert any(fault in one for one in faults_of(body, {"a": "text"}))
    assert list(faults_of("{{ a }}", {"a": "text"})) == []


def test_a_file_with_an_unknown_slot_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "t.en.md"
    file.write_text(
        "---\nid: t\ntopic: t\nlanguage: en\ntitle: T\nowner: o\nsource: s\n"
        "slots: {due: date}\n---\nDue on {{ date }}.\n"
    )
    one, faults = read_article(file)
    assert one is None
    assert {fault.line for fault in faults} == {8}
