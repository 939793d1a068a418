"""The inquiries that a demonstration publishes, and what their file knows about them besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from warmline.client.inquiry_files import BadLine, InquiryFile, format_of, rows
from warmline.errors import ConfigurationError, ContractError
from warmline.events import Inquiry
from warmline.events.envelope import event_id

_PEEK_BYTES = 64


@dataclass(frozen=True, slots=True)
class Truth:
    """A file's labels. Only the summary sees them: published, they would tell the answer."""

    topic: str | None
    language: str | None
    wants_person: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """`truth` is None where the file has no labels."""

    inquiry: Inquiry
    truth: Truth | None


def read_samples(file: Path, text_column: str | None = None) -> tuple[list[Sample], list[BadLine]]:
    """The inquiries of a CSV or JSONL file, and the lines that are none.

    Raises ConfigurationError where the file cannot be read or holds no inquiry at all.
    """
    try:
        with file.open("rb") as source, file.open("rb") as again:
            kind = format_of(str(file), again.read(_PEEK_BYTES))
            again.seek(0)
            lines = InquiryFile(source, kind, file.name, text_column)
            pairs = list(zip(lines, (row for _, row in rows(again, kind)), strict=True))
    except OSError as error:
        raise ConfigurationError(f"cannot read {file}: {error.strerror}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from None
    samples: list[Sample] = []
    bad: list[BadLine] = []
    for line, row in pairs:
        if isinstance(line, BadLine):
            bad.append(line)
        elif not isinstance(row, ContractError):
            samples.append(_sample(line, row))
    if not samples:
        raise ConfigurationError(_nothing(file, bad, [row for _, row in islice(pairs, 1)]))
    return samples, bad


def anew(samples: Iterable[Sample], run: str) -> list[Sample]:
    """The same under ids that follow from `run` too: a system that has seen them takes them as new."""
    return [
        Sample(
            sample.inquiry.model_copy(
                update={
                    "inquiry_id": event_id(sample.inquiry.inquiry_id, run),
                    "conversation_id": event_id(sample.inquiry.conversation_id, run),
                }
            ),
            sample.truth,
        )
        for sample in samples
    ]


def _sample(inquiry: Inquiry, row: Mapping[str, Any]) -> Sample:
    """`customer` is what the sample company's file calls them. Wish and locale are labels here."""
    customer = row.get("customer")
    known = {"customer_id": str(customer)} if customer else {}
    update = {"wants_person": False, "locale": None, **known}
    return Sample(
        Inquiry.model_validate(inquiry.model_dump() | update),
        _truth(row) if "topic" in row else None,
    )


def _truth(row: Mapping[str, Any]) -> Truth:
    return Truth(
        topic=row["topic"] or None,
        language=row.get("language") or None,
        wants_person=str(row.get("wants_person") or "").lower() in ("true", "yes", "1"),
    )


def _nothing(file: Path, bad: list[BadLine], first: list[Any]) -> str:
    if not bad:
        return f"{file} holds no inquiry: it needs a header and at least one line with a text"
    names = ", ".join(sorted(first[0])[:20])[:300] if isinstance(first[0], dict) else ""
    there = f" (its first line has {names}); name the text with --text-column" if names else ""
    return f"{file} holds no inquiry. Line {bad[0].line}: {bad[0].error}{there}"
