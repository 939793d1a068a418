"""Inquiries from JSONL and CSV files: each line becomes an inquiry or says why it cannot."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal
from uuid import NAMESPACE_OID, uuid4, uuid5

from pydantic import ValidationError

from warmline import codec
from warmline.client.inquiries import new_inquiry
from warmline.errors import ConfigurationError, ContractError, InvalidEventError, TooLargeError
from warmline.events import Inquiry

Format = Literal["jsonl", "csv"]

TEXT_COLUMNS = (
    "text", "message", "question", "query", "utterance", "inquiry", "content", "body", "prompt",
)  # fmt: skip
"""Where a text is looked for, in this order and in any case."""

_LOCALE_COLUMNS = ("locale", "language", "lang")
_FIELDS = ("inquiry_id", "conversation_id", "customer_id", "channel", "market")
_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0", "")
_DELIMITERS = ",;\t|"
_LINE_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no inquiry. `line` counts from 1; `error` quotes nothing of the line."""

    line: int
    error: ContractError


@dataclass(frozen=True, slots=True)
class InquiryFile:
    """A file of inquiries, read once and line by line.

    Columns (or JSON names) that `Inquiry` knows are used; labels such as topic or intent, and
    everything else, are left out. Ids that are missing are made from `name`, line and text, so that
    publishing the same file again is recognised; without a `name` they are made up.

    `text_column` None: the first of TEXT_COLUMNS that is there.
    """

    source: BinaryIO = field(repr=False)
    format: Format
    name: str | None = None
    text_column: str | None = None

    def __iter__(self) -> Iterator[Inquiry | BadLine]:
        """Raises ConfigurationError if the file as a whole is not readable: not UTF-8 or no column
        with a text."""
        for line, row in rows(self.source, self.format):
            try:
                if isinstance(row, ContractError):
                    raise row
                yield self._inquiry(line, row)
            except ValidationError as error:
                yield BadLine(line, InvalidEventError(codec.explain(error)))
            except ContractError as error:
                yield BadLine(line, error)

    def _inquiry(self, line: int, row: Mapping[str, Any]) -> Inquiry:
        fields = {name.strip().lower(): value for name, value in row.items() if name}
        text = fields.get(self._text_column(line, fields))
        if not isinstance(text, str):
            raise InvalidEventError("the text is not a text")
        known = {name: str(fields[name]) for name in _FIELDS if fields.get(name)}
        for name in _LOCALE_COLUMNS:
            if isinstance(fields.get(name), str) and fields[name]:
                known["locale"] = fields[name]
                break
        made_id = str(
            uuid5(NAMESPACE_OID, f"{self.name}\n{line}\n{text!r}") if self.name else uuid4()
        )
        attributes = fields.get("attributes")
        return new_inquiry(
            text,
            inquiry_id=known.pop("inquiry_id", made_id),
            customer_id=known.pop("customer_id", made_id),
            wants_person=_truth(fields.get("wants_person", False)),
            attributes=attributes if isinstance(attributes, dict) else {},
            **known,
        )

    def _made_id(self, line: int, text: str) -> str:
        if self.name is None:
            return str(uuid4())
        return str(uuid5(NAMESPACE_OID, f"{self.name}\n{line}\n{text!r}"))

    def _text_column(self, line: int, fields: Mapping[str, Any]) -> str:
        wanted = (self.text_column.lower(),) if self.text_column else TEXT_COLUMNS
        for name in wanted:
            if name in fields:
                return name
        there = ", ".join(sorted(fields)[:20])[:300]
        if self.format == "jsonl":
            raise InvalidEventError(f"no {' or '.join(wanted[:3])} among its names")
        raise ConfigurationError(
            f"line {line}: no column {', '.join(wanted)}; there are {there}: name the one with the "
            "text with --text-column"
        )


def format_of(file_name: str, first_bytes: bytes) -> Format:
    """By the file's ending, else by whether it begins like JSON."""
    if file_name.endswith((".jsonl", ".ndjson")):
        return "jsonl"
    if file_name.endswith((".csv", ".tsv")):
        return "csv"
    return "jsonl" if first_bytes.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else "csv"


def rows(source: BinaryIO, format_: Format) -> Iterator[tuple[int, dict[str, Any] | ContractError]]:
    """Each line's number and what stands there by name, labels and all, or why it cannot be read."""
    return _jsonl(source) if format_ == "jsonl" else _csv(source)


def _jsonl(source: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | ContractError]]:
    for number, line in _lines(source):
        if isinstance(line, ContractError):
            yield number, line
            continue
        try:
            row = json.loads(line.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:
            where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
            yield number, InvalidEventError(f"not JSON{where}")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield number, InvalidEventError("not a JSON object")


def _lines(source: BinaryIO) -> Iterator[tuple[int, str | ContractError]]:
    """Lines that are not blank; one that is too long is skipped without being held in memory."""
    number = 0
    while line := source.readline(_LINE_MAX_BYTES):
        number += 1
        if len(line) == _LINE_MAX_BYTES and not line.endswith(b"\n"):
            while (rest := source.readline(_LINE_MAX_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, TooLargeError(f"the line is longer than {_LINE_MAX_BYTES} bytes")
        elif line.strip():
            try:
                yield number, line.decode()
            except UnicodeDecodeError:
                yield number, InvalidEventError("not UTF-8")


def _csv(source: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | ContractError]]:
    """Line numbers are those on which records begin: a quoted text may span several."""
    text = io.TextIOWrapper(source, encoding="utf-8-sig", newline="")
    csv.field_size_limit(_LINE_MAX_BYTES)
    try:
        header = text.readline()
        delimiter = max(_DELIMITERS, key=header.count)
        names = next(csv.reader([header], delimiter=delimiter), [])
        records = csv.reader(text, delimiter=delimiter, strict=True)
        begins = 2
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except csv.Error as error:
                yield begins, InvalidEventError(f"not CSV: {error}")
                begins = records.line_num + 2
                continue
            if len(record) == len(names):
                yield begins, dict(zip(names, record, strict=True))
            elif record:
                counts = f"{len(record)} fields, the header has {len(names)}"
                yield begins, InvalidEventError(f"{counts}: put texts in double quotes")
            begins = records.line_num + 2
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"the file is not UTF-8 (byte {error.start} of a block): convert it, for instance with "
            "`iconv -f windows-1252 -t utf-8`"
        ) from None
    finally:
        if not source.closed:
            text.detach()  # the source is the caller's to close


def _truth(value: Any) -> bool:
    said = str(value).strip().lower()
    if said not in (*_TRUE, *_FALSE):
        raise InvalidEventError("wants_person is neither true nor false")
    return said in _TRUE
