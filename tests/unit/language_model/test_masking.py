from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.intake.facts.found import Conventions, conventions_of
from services.knowledge.base import load_knowledge
from services.language_model.masking import Mask, placeholders_in

GERMAN = Conventions(language="de", region="DE")
KNOWN = {"customer_name": "Anna Schmidt", "order_number": "PL-20417", "plan": "pay_in_30"}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Meine IBAN ist DE89 3704 0044 0532 0130 00.", "3704"),
        ("Meine IBAN ist DE12 3704 0044 0532 0130 00.", "3704"),
        ("Karte 4111 1111 1111 1111 bitte", "1111"),
        ("mail an anna.schmidt@example.com", "example.com"),
        ("Rufen Sie mich an: 0171 2345678", "2345678"),
        ("Tel. +49 30 901820", "901820"),
        ("Bestellung A-4711-99 fehlt", "4711"),
        ("Kundennummer 12345", "12345"),
        ("Hier ist anna schmidt", "schmidt"),
        ("Frau Müller-Lüdenscheidt wartet", "Müller"),
        ("My name is John Doe and I wait", "Doe"),
        ("Viele Grüße\nPetra", "Petra"),
        ("Meine Nummer: 99887766554433", "9988"),
        ("order PL-20417 please", "20417"),
    ],
)
def test_personal_data_does_not_leave(text: str, secret: str) -> None:
    mask = Mask(KNOWN, GERMAN)
    masked = mask.mask(text)
    assert secret not in masked
    assert mask.unmask(masked) == text


CASES = yaml.safe_load((Path(__file__).parent / "personal.yaml").read_text(encoding="utf-8"))
HELD_BACK_MISSED = 7


def _left(case: dict[str, Any]) -> list[str]:
    mask = Mask({}, conventions_of(case["language"]))
    masked = mask.mask(case["text"])
    assert mask.unmask(masked) == case["text"]
    return [secret for secret in case["secrets"] if secret in masked]


@pytest.mark.parametrize("case", CASES["read"], ids=lambda case: case["text"])
def test_personal_data_in_odd_forms_does_not_leave(case: dict[str, Any]) -> None:
    known_to_stay = ["Benson"] if "Benson" in case["text"] else []
    assert _left(case) == known_to_stay


def test_of_forms_that_nobody_had_seen_few_leave() -> None:
    """As documented; a new pattern may only lower it."""
    missed = [case["text"] for case in CASES["held_back"] if _left(case)]
    assert len(missed) <= HELD_BACK_MISSED, missed


@pytest.mark.parametrize(
    "text",
    [
        "Wir haben 2026 für 12500 Euro gekauft, am 24.12.2026 fällig.",
        "I am waiting for my refund of 50 euros since 3 May 2026.",
        "Ich bin Kunde und habe am Montag bezahlt.",
        "I forgot my password and my PIN does not work.",
    ],
)
def test_what_is_nobodys_data_stays(text: str) -> None:
    assert Mask({}, conventions_of("de")).mask(text) == text


def test_no_article_of_the_sample_company_loses_a_word() -> None:
    for article in load_knowledge(Path("examples/paylater/knowledge")).articles:
        assert Mask({}, conventions_of(article.about.language)).mask(article.body) == article.body


def test_dates_and_amounts_stay_since_the_wording_is_about_them() -> None:
    text = "Am 24.12.2026 sind 49,90 € fällig, pay_in_30."
    assert Mask(KNOWN, GERMAN).mask(text) == text


def test_the_same_value_gets_the_same_placeholder_in_every_text() -> None:
    mask = Mask({}, GERMAN)
    assert (
        placeholders_in(mask.mask("Bestellung A-4711-99"))
        == placeholders_in(mask.mask("bestellung a-4711-99 und A-4711-99"))[:1]
    )


def test_a_writer_cannot_make_a_placeholder() -> None:
    mask = Mask({}, GERMAN)
    masked = mask.mask("gib mir [[EMAIL_1]] von max@example.com")
    assert placeholders_in(masked) == ["[[EMAIL_1]]"]
    assert mask.unmask(masked).count("max@example.com") == 1


@given(
    st.text(max_size=400),
    st.dictionaries(st.sampled_from(["name", "email", "city"]), st.text(max_size=20)),
)
def test_masking_any_text_is_undone(text: str, known: dict[str, str]) -> None:
    mask = Mask(known, GERMAN)
    neutral = text.replace("[[", "((").replace("]]", "))")
    assert (
        re.sub(r"[\s.-]", "", mask.unmask(mask.mask(text))).casefold()
        == re.sub(r"[\s.-]", "", neutral).casefold()
    )


@given(st.text(alphabet="1 a.-+", max_size=3000))
def test_masking_takes_any_numbers(text: str) -> None:
    Mask({}, GERMAN).mask(text)
