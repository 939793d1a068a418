from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.intake.facts.found import Conventions, Kind, Money, conventions_of
from services.intake.facts.numbers import fits_masks
from services.intake.facts.recognise import read_as, recognise
from tests.unit.intake.facts.cases import TODAY, Case, cases, in_short

GERMAN = conventions_of("de", today=TODAY)
BRITISH = conventions_of("en", today=TODAY)
NOBODY_KNOWS = Conventions()
SNIPPETS = [case.text for case in cases()]
pieces = st.sampled_from(
    [*SNIPPETS, *".,:/-+()#@€$£%' \n\t\x00", "1", "12", "+49", "order ", "am "]
)
texts = st.text(max_size=300) | st.lists(pieces, max_size=12).map("".join)
conventions = st.sampled_from(
    [GERMAN, BRITISH, NOBODY_KNOWS, Conventions("en", "US", TODAY, ("PL-#####", "@@-####"))]
)


def found(text: str, known: Conventions = BRITISH) -> list[tuple[str, str]]:
    return in_short(recognise(text, known))


@given(texts, conventions)
@example("DE89370400440532013000" * 3, GERMAN)
@example("𝟙𝟚/𝟘𝟜/𝟚𝟘𝟚𝟞 ①② €١٢", BRITISH)
@example("ſ K İ ı \ud800", NOBODY_KNOWS)
@example("000000", GERMAN)
@example("1000000000TSDEUR", GERMAN)
@example("ORDER:1000000000000000000000000000 000", GERMAN)
@settings(max_examples=300)
def test_spans_are_valid_and_a_normal_form_is_read_as_itself(text: str, known: Conventions) -> None:
    check(text, known)


def check(text: str, known: Conventions) -> None:
    end = 0
    for one in recognise(text, known):
        assert end <= one.start < one.end <= len(text)
        assert one.as_dict(text)["text"] == text[one.start : one.end]
        end = one.end
        foreign = one.kind == "order_number" and not fits_masks(str(one.value), known.order_masks)
        read = read_as(one.kind, str(one.value), known)
        assert str(read) == str(one.value) or (foreign and read is None)


@given(st.sampled_from(SNIPPETS + list("1-.,/ @€+#a\x00")), st.sampled_from([GERMAN, BRITISH]))
@settings(max_examples=8, deadline=None)
def test_32_kib_of_one_thing_over_and_over_is_read(piece: str, known: Conventions) -> None:
    text = piece * (32 * 1024 // len(piece.encode()))
    assert all(one.end <= len(text) for one in recognise(text, known))


@pytest.mark.parametrize("case", [c for c in cases() if not c.known_miss], ids=lambda c: c.where)
def test_each_normal_form_of_the_corpus_is_read_as_itself(case: Case) -> None:
    for one in recognise(case.text, case.conventions):
        assert read_as(one.kind, str(one.value), case.conventions) == one.value


def test_the_text_of_a_fact_is_the_customers_own() -> None:
    text = "Paid €1,299 on 28 April 2026"
    assert [one.as_dict(text) for one in recognise(text, BRITISH)] == [
        {
            "kind": "amount",
            "value": {"value": "1299.00", "currency": "EUR"},
            "text": "€1,299",
            "start": 5,
            "end": 11,
            "source": "customer_said",
        },
        {
            "kind": "date",
            "value": "2026-04-28",
            "text": "28 April 2026",
            "start": 15,
            "end": 28,
            "source": "customer_said",
        },
    ]


def test_the_month_comes_first_only_where_the_writer_is_american() -> None:
    assert found("on 4/5/2026") == [("date", "2026-05-04")]
    assert found("on 4/5/2026", conventions_of("en", "en-US")) == [("date", "2026-04-05")]
    assert found("on 4/5/2026", conventions_of("en", market="US")) == [("date", "2026-04-05")]
    assert found("on 4.5.2026", conventions_of("en", "en-US")) == [("date", "2026-05-04")]
    assert found("on 4/5/2026", NOBODY_KNOWS) == [("date", "2026-05-04")]
    assert found("on 4/28/2026", NOBODY_KNOWS) == [("date", "2026-04-28")]


def test_yesterday_is_a_date_only_where_today_is_known() -> None:
    assert found("yesterday", conventions_of("en")) == []
    assert found("gestern", conventions_of("de", today=date(2026, 3, 1))) == [
        ("date", "2026-02-28")
    ]
    assert found("yesterday", conventions_of("en", today=date.min)) == []


def test_both_languages_are_read_where_the_language_is_unknown() -> None:
    text = "Paid on 28 April, am 3. Mai 1.299,00 €, order no. 4711 8899, +49 30 1234567"
    assert found(text, NOBODY_KNOWS) == [
        ("amount", "1299.00 EUR"),
        ("date", "--04-28"),
        ("date", "--05-03"),
        ("order_number", "47118899"),
        ("phone", "+49301234567"),
    ]


def test_national_phone_numbers_need_a_region() -> None:
    assert found("0151 23456789", NOBODY_KNOWS) == []
    assert found("0151 23456789", conventions_of(market="DE")) == [("phone", "+4915123456789")]
    assert found("044 668 18 00", conventions_of("de", "de-CH")) == [("phone", "+41446681800")]
    assert found("(212) 555-0123", conventions_of("en", "en-US")) == [("phone", "+12125550123")]


def test_the_companys_own_order_numbers_need_no_word_before_them() -> None:
    paylater = Conventions("en", order_masks=("PL-#####", "@@@/####"))
    for typed in ("PL-20431", "pl20431", "Pl 20431", "PL - 20431", "pl–20431"):
        assert found(f"about {typed}, please", paylater) == [("order_number", "PL-20431")]
    assert found("it is abc/1234", paylater) == [("order_number", "ABC/1234")]
    assert found("PL-204312", paylater) == [("order_number", "PL-204312")]  # by its look alone
    assert found("PL-2043", paylater) == []


@pytest.mark.parametrize(
    ("kind", "answer", "value"),
    [
        ("date", "28.4", "--04-28"),
        ("date", "28/4", "--04-28"),
        ("date", "it was the 28th of April", "--04-28"),
        ("date", "28", None),
        ("date", "28.4. or 29.4.", None),
        ("amount", "49,90", "49.90"),
        ("amount", "1.299", "1299.00"),
        ("amount", "about 50 €", "50.00 EUR"),
        ("amount", "a lot", None),
        ("order_number", "55120", "55120"),
        ("order_number", "4711 8899", "47118899"),
        ("order_number", " pl-20431. ", "PL-20431"),
        ("order_number", "the blue one", None),
        ("iban", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban", "DE89 3704 0044 0532 0130 01", None),
        ("phone", "07911 123456", "+447911123456"),
        ("phone", "5", None),
        ("email", "it's Jane@Example.org", "jane@example.org"),
        ("email", "jane", None),
    ],
)
def test_an_answer_may_be_shorter_than_a_text(kind: Kind, answer: str, value: str | None) -> None:
    read = read_as(kind, answer, conventions_of("en"))
    assert (str(read) if read is not None else None) == value


def test_amounts_keep_the_decimals_of_their_currency() -> None:
    assert read_as("amount", "5,000 yen", BRITISH) == Money("5000", "JPY")
    assert read_as("amount", "1299", BRITISH) == Money("1299.00", None)
    assert str(Money("49.90", None)) == "49.90"


def test_half_an_iban_is_no_phone_number() -> None:
    assert found("DE89 3704 0044 0532 0130 01", GERMAN) == []
    assert found("GB29 NWBK 6016 1331 9268 18", BRITISH) == []
