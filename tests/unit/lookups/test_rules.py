"""What is asked, what an address may be, and what counts as a fact."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.facts.found import Conventions
from services.intake.facts.typed import value_of, without_wrong_kinds
from services.lookups.asking import address
from services.lookups.fetching import is_public
from services.lookups.reading import NotJsonError, read_answer
from tests.unit.lookups.build import lookup

WRITING = Conventions(language="en", order_masks=("PL-#####",))
FREE = lookup(
    url="https://orders.example.com/a/{who}?q={what}",
    parameters={"who": "text", "what": "text"},
)
GOOD: dict[str, Any] = {
    "customer": {"id": "k1"},
    "invoice": {"due": "2026-12-24", "open": 49.9},
    "plan": "pay_in_30",
    "instalments": 3,
    "states": [{"paused": False}],
}
FACTS = {
    "due_date": "2026-12-24",
    "open_amount": "49.90 EUR",
    "plan": "pay_in_30",
    "instalments": "3",
    "paused": "false",
}


def read(answer: object) -> Any:
    return read_answer(lookup(), json.dumps(answer).encode(), "k1", WRITING)


def test_a_value_is_typed_and_escaped_into_its_place() -> None:
    assert address(lookup(), {"order_number": "pl 20431"}, WRITING) == (
        "https://orders.example.com/v1/orders/PL-20431"
    )
    assert address(FREE, {"who": "a/../b?c#d", "what": "x&y=z%20"}, WRITING) == (
        "https://orders.example.com/a/a%2F..%2Fb%3Fc%23d?q=x%26y%3Dz%2520"
    )


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"order_number": "../../admin"},
        {"order_number": "AB-1"},
        {"order_number": True},
        {"order_number": ""},
    ],
)
def test_without_a_value_of_its_kind_nothing_is_asked(known: dict[str, Any]) -> None:
    assert address(lookup(), known, WRITING) is None


@pytest.mark.parametrize("value", [".", "..", "x" * 129, "a\nb"])
def test_dots_alone_novels_and_control_characters_are_no_values(value: str) -> None:
    assert address(FREE, {"who": value, "what": "x"}, WRITING) is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_value_moves_the_host_the_path_or_the_query(who: str, what: str) -> None:
    url = address(FREE, {"who": who, "what": what}, WRITING)
    if url is not None:
        parts = urlsplit(url)
        assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "orders.example.com", "")
        assert parts.path.count("/") == 2
        assert parts.path.startswith("/a/")
        assert parts.query.startswith("q=")
        assert "&" not in parts.query
        assert url.isascii()
        assert url.isprintable()


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_this_machine_and_private_networks_are_not(address: str) -> None:
    assert not is_public(address)


def test_facts_have_their_normal_form() -> None:
    assert read(GOOD) == (FACTS, {})


@pytest.mark.parametrize(
    ("path", "value", "fact", "why"),
    [
        ("invoice.due", "24.12.2026", "due_date", "wrong_kind"),
        ("invoice.due", "2026-02-30", "due_date", "wrong_kind"),
        ("invoice.due", 20261224, "due_date", "wrong_kind"),
        ("invoice.due", ["2026-12-24"], "due_date", "wrong_kind"),
        ("invoice.due", None, "due_date", "missing"),
        ("invoice.open", "a lot", "open_amount", "wrong_kind"),
        ("invoice.open", -5, "open_amount", "wrong_kind"),
        ("invoice.open", "49.90 USD", "open_amount", "wrong_kind"),
        ("invoice.open", True, "open_amount", "wrong_kind"),
        ("invoice.open", 10**15, "open_amount", "wrong_kind"),
        ("invoice.open", 49.99999, "open_amount", "wrong_kind"),
        ("plan", {"name": "pay_in_30"}, "plan", "wrong_kind"),
        ("plan", "two\nlines", "plan", "wrong_kind"),
        ("plan", "x" * 501, "plan", "wrong_kind"),
        ("plan", "", "plan", "wrong_kind"),
        ("instalments", 3.5, "instalments", "wrong_kind"),
        ("instalments", "3", "instalments", "wrong_kind"),
        ("instalments", True, "instalments", "wrong_kind"),
        ("states", [], "paused", "missing"),
        ("states", [{"paused": 0}], "paused", "wrong_kind"),
        ("states", "x", "paused", "missing"),
    ],
)
def test_what_is_no_value_of_its_kind_is_dropped_with_a_reason_and_the_rest_stays(
    path: str, value: Any, fact: str, why: str
) -> None:
    answer = json.loads(json.dumps(GOOD))
    *outer, last = path.split(".")
    place = answer
    for part in outer:
        place = place[part]
    place[last] = value
    facts, dropped = read(answer)
    assert dropped == {fact: why}
    assert facts == {name: value for name, value in FACTS.items() if name != fact}


def test_a_moment_counts_as_its_date() -> None:
    answer = GOOD | {"invoice": {"due": "2026-12-24T23:30:00+01:00", "open": "49.9"}}
    assert read(answer)[0] == FACTS


@pytest.mark.parametrize("customer", [{"id": "k2"}, {"id": None}, {"id": ["k1"]}, {}, "k1"])
def test_an_answer_on_another_customers_matter_holds_no_fact(customer: object) -> None:
    facts, dropped = read(GOOD | {"customer": customer})
    assert facts == {}
    assert set(dropped.values()) == {"other_customer"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'"x"',
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"customer": ' + b"[" * 60_000,
        b'{"a": ' + b"9" * 60_000 + b"}",
    ],
)
def test_what_is_no_json_object_is_none(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read_answer(lookup(), body, "k1", WRITING)


@pytest.mark.parametrize("number", [b"1e999999999", b"1e-999999999", b"-0", b"0e99999"])
def test_a_number_of_any_size_takes_no_time(number: bytes) -> None:
    body = b'{"customer": {"id": "k1"}, "invoice": {"open": ' + number + b"}}"
    facts, _ = read_answer(lookup(), body, "k1", WRITING)
    assert facts.get("open_amount", "0 EUR") in ("0 EUR",)


def test_a_platforms_value_of_a_wrong_kind_is_left_out_and_others_are_brought_into_form() -> None:
    good, wrong = without_wrong_kinds(
        {"order_number": "pl 20431", "due_date": "soon", "iban": "DE00 1234", "note": "x", "n": 3},
        {"order_number": "order_number", "due_date": "date", "iban": "iban", "n": "amount"},
        WRITING,
    )
    assert good == {"order_number": "PL-20431", "note": "x", "n": "3"}
    assert wrong == ["due_date", "iban"]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("amount", 49.9, "49.90"),
        ("amount", "49.9 EUR", "49.90 EUR"),
        ("amount", 1e300, None),
        ("amount", "1,5", None),
        ("email", "Jo@Example.COM", "jo@example.com"),
        ("phone", "0170 1234567", "+441701234567"),
        ("phone", "12", None),
        ("number", "12", "12"),
        ("number", 1.5, None),
        ("flag", "TRUE", "true"),
        ("flag", "yes", None),
        ("text", 7, "7"),
        ("text", 7.5, None),
    ],
)
def test_a_value_is_of_its_kind_or_none(kind: Any, value: Any, shown: str | None) -> None:
    assert value_of(kind, value, Conventions(language="en")) == shown


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("66120", "PL-66120"),
        ("pl 66120", "PL-66120"),
        ("6612", None),
        ("661200", None),
        ("66120/7", None),
        ("٦٦١٢٠", None),
    ],
)
def test_of_an_order_number_the_masks_own_letters_may_be_missing(
    said: str, asked: str | None
) -> None:
    url = address(lookup(), {"order_number": said}, WRITING)
    assert url == (f"https://orders.example.com/v1/orders/{asked}" if asked else None)


def test_of_two_masks_that_could_be_meant_neither_is() -> None:
    two = replace(WRITING, order_masks=("PL-#####", "XY-#####"))
    assert address(lookup(), {"order_number": "66120"}, two) is None
