"""Inquiries are read from the files that people have; bad lines are told by number and reason."""

from __future__ import annotations

import io

import pytest

from warmline.client.inquiry_files import BadLine, Format, InquiryFile, format_of
from warmline.errors import ConfigurationError
from warmline.events import Inquiry


def _read(
    content: str | bytes, kind: Format, *, name: str | None = None, text_column: str | None = None
) -> list[Inquiry | BadLine]:
    source = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(InquiryFile(source, kind, name, text_column))


def _texts(lines: list[Inquiry | BadLine]) -> list[str]:
    return [line.text for line in lines if isinstance(line, Inquiry)]


def _faults(lines: list[Inquiry | BadLine]) -> list[tuple[int, str]]:
    return [(line.line, str(line.error)) for line in lines if isinstance(line, BadLine)]


@pytest.mark.parametrize("column", ["text", "Message", " QUESTION ", "utterance"])
def test_the_text_is_found_by_its_usual_names(column: str) -> None:
    assert _texts(_read(f"id,{column},label\n1,Where is it?,refund\n", "csv")) == ["Where is it?"]


def test_a_csv_text_may_hold_separators_quotes_and_line_breaks() -> None:
    lines = _read('text,topic\n"one, ""two""\nthree",x\nfour,y\n', "csv")
    assert _texts(lines) == ['one, "two"\nthree', "four"]


def test_a_csv_from_a_german_spreadsheet_is_read() -> None:
    assert _texts(_read("\ufefftext;lang\r\nWo, bitte, ist mein Geld?;de\r\n", "csv")) == [
        "Wo, bitte, ist mein Geld?"
    ]


def test_known_fields_are_used_and_labels_left_out() -> None:
    (line,) = _read(
        '{"text": "hi", "inquiry_id": "i", "conversation_id": "c", "customer_id": "u", '
        '"channel": "email", "language": "de", "market": "Germany", "wants_person": true, '
        '"attributes": {"order": "A-1"}, "topic": "refund", "anything": [1]}\n',
        "jsonl",
    )
    assert line == Inquiry(
        inquiry_id="i",
        conversation_id="c",
        customer_id="u",
        text="hi",
        channel="email",
        locale="de",
        market="Germany",
        wants_person=True,
        attributes={"order": "A-1"},
    )


def test_ids_are_the_same_when_the_same_file_is_read_again() -> None:
    first = _read("text\na\nb\na\n", "csv", name="f.csv")
    assert first == _read("text\na\nb\na\n", "csv", name="f.csv")
    ids = {line.inquiry_id for line in first if isinstance(line, Inquiry)}
    assert len(ids) == 3
    assert _read("text\na\n", "csv", name="g.csv")[0] != first[0]
    assert _read("text\na\n", "csv")[0] != _read("text\na\n", "csv")[0]


def test_bad_lines_are_told_and_the_others_read() -> None:
    lines = _read(
        b'{"text": "good"}\n\nnot json\n[1]\n{"body2": 1}\n{"text": 5}\n{"text": "  "}\n'
        b'{"text": "x", "channel": "pigeon"}\n\xff\xfe\n{"text": "x", "wants_person": "maybe"}\n'
        b'{"text": "last"}',
        "jsonl",
    )
    assert _texts(lines) == ["good", "last"]
    assert _faults(lines) == [
        (3, "not JSON at column 1"),
        (4, "not a JSON object"),
        (5, "no text or message or question among its names"),
        (6, "the text is not a text"),
        (7, "text: the text is empty: a message needs at least one visible character"),
        (8, "channel: Input should be 'chat', 'web', 'email', 'phone', 'social' or 'app'"),
        (9, "not UTF-8"),
        (10, "wants_person is neither true nor false"),
    ]


def test_bad_csv_records_are_told_with_the_line_they_begin_on() -> None:
    lines = _read('text,label\n"a\nb",x\nunquoted, comma,x\n,empty\nlast,y\n', "csv")
    assert _texts(lines) == ["a\nb", "last"]
    assert _faults(lines) == [
        (4, "3 fields, the header has 2: put texts in double quotes"),
        (5, "text: the text is empty: a message needs at least one visible character"),
    ]


def test_a_quote_that_is_never_closed_swallows_nothing_silently() -> None:
    lines = _read('text\ngood\n"open\nmore\n', "csv")
    assert _texts(lines) == ["good"]
    assert _faults(lines) == [(3, "not CSV: unexpected end of data")]


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_line_of_two_megabytes_is_refused_and_the_next_one_read(kind: Format) -> None:
    huge = "x" * 2 * 1024 * 1024
    content = (
        f'{{"text": "{huge}"}}\n{{"text": "next"}}' if kind == "jsonl" else f"text\n{huge}\nnext\n"
    )
    lines = _read(content, kind)
    assert _texts(lines) == ["next"]
    assert len(_faults(lines)) == 1


def test_a_text_over_the_limit_is_refused() -> None:
    lines = _read(f"text\n{'ü' * 20_000}\n", "csv")
    assert _faults(lines) == [(2, "text: the text has 40000 bytes, the limit is 32768 (UTF-8)")]


def test_a_csv_without_a_text_column_is_refused_as_a_whole() -> None:
    with pytest.raises(ConfigurationError, match=r"there are a, b: .*--text-column"):
        _read("a,b\n1,2\n", "csv")
    assert _texts(_read("a,B\n1,2\n", "csv", text_column="b")) == ["2"]


def test_a_csv_in_another_encoding_is_refused_with_advice() -> None:
    with pytest.raises(ConfigurationError, match="iconv"):
        _read("text\nGrüße\n".encode("latin-1"), "csv")


@pytest.mark.parametrize(
    ("name", "begins", "kind"),
    [
        ("x.jsonl", b"text", "jsonl"),
        ("x.csv", b"{", "csv"),
        ("-", b'\n {"text"', "jsonl"),
        ("-", b"text,label", "csv"),
    ],
)
def test_the_format_is_told_by_ending_or_content(name: str, begins: bytes, kind: Format) -> None:
    assert format_of(name, begins) == kind
