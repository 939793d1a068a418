"""What a dead letter tells, and that it keeps the original as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmline import dead_letters
from warmline.dead_letters import build_headers, parse, replay_headers
from warmline.errors import InvalidEventError

_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
_ORIGINAL = [("ce_id", b"e-1"), ("blob", b"\xff\x00"), ("ce_id", b"twice")]


def _headers(
    original: list[tuple[str, bytes]], error: BaseException | None = None
) -> list[tuple[str, bytes]]:
    return build_headers(
        original,
        topic="eu.inquiries",
        partition=3,
        offset=41,
        service="router",
        stage="decode",
        error=error or InvalidEventError("text: the text is empty"),
        at=_AT,
    )


def test_headers_have_the_names_of_kafka_connect() -> None:
    assert dict(_headers([])) == {
        "__connect.errors.topic": b"eu.inquiries",
        "__connect.errors.partition": b"3",
        "__connect.errors.offset": b"41",
        "__connect.errors.connector.name": b"router",
        "__connect.errors.stage": b"decode",
        "__connect.errors.exception.class.name": b"warmline.errors.InvalidEventError",
        "__connect.errors.exception.message": b"text: the text is empty",
        "warmline.dead-letter.at": b"2026-03-01T09:30:00+00:00",
    }


def test_the_original_comes_back_as_it_was() -> None:
    letter = parse(b"c-1", b"\xff not text", _headers(_ORIGINAL))
    assert (letter.key, letter.value) == (b"c-1", b"\xff not text")
    assert letter.headers == tuple(_ORIGINAL)
    assert (letter.topic, letter.partition, letter.offset) == ("eu.inquiries", 3, 41)
    assert (letter.service, letter.stage, letter.at) == ("router", "decode", _AT)
    assert letter.error_class == "warmline.errors.InvalidEventError"
    assert letter.reason == "text: the text is empty"
    assert letter.replays == 0


@given(st.lists(st.tuples(st.sampled_from((*dead_letters.ADDED, "ce_id", "x")), st.binary())))
def test_a_dead_letter_of_a_dead_letter_keeps_all_headers(
    original: list[tuple[str, bytes]],
) -> None:
    assert parse(None, None, _headers(original)).headers == tuple(original)


def test_replays_are_counted_through_the_next_failure() -> None:
    first = parse(None, b"v", _headers(_ORIGINAL))
    sent_back = replay_headers(first)
    assert sent_back == [*_ORIGINAL, ("warmline.dead-letter.replays", b"1")]
    second = parse(None, b"v", _headers(sent_back))
    assert second.replays == 1
    assert replay_headers(second) == [*_ORIGINAL, ("warmline.dead-letter.replays", b"2")]


def test_an_error_of_others_is_told_by_class_and_place_only() -> None:
    try:
        raise KeyError("a customer's words")
    except KeyError as error:
        letter = parse(None, b"v", _headers([], error))
    assert letter.error_class == "builtins.KeyError"
    assert letter.reason.startswith("unexpected KeyError at test_dead_letters.py:")
    assert "customer" not in letter.reason


def test_a_long_reason_is_cut() -> None:
    letter = parse(None, b"v", _headers([], InvalidEventError("x" * 5000)))
    assert len(letter.reason) == 1000
    assert letter.reason.endswith("…")


@pytest.mark.parametrize("name", dead_letters.ADDED)
def test_a_missing_header_is_named(name: str) -> None:
    headers = [header for header in _headers([]) if header[0] != name]
    with pytest.raises(InvalidEventError, match=f"no header {name}"):
        parse(None, b"v", headers)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (dead_letters.PARTITION, b"three"),
        (dead_letters.AT, b"yesterday"),
        (dead_letters.STAGE, b"lunch"),
        (dead_letters.REASON, b"\xff"),
    ],
)
def test_an_unreadable_header_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(InvalidEventError, match="unreadable header"):
        parse(None, b"v", [*_headers([]), (name, content)])


def test_its_repr_holds_nothing_of_the_value() -> None:
    assert "my card" not in repr(parse(None, b"my card was stolen", _headers([])))
