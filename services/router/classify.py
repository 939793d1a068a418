"""`warmline classify`: what the router would decide on a text, and why, without any server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.router import rules
from services.router.policy import Policy, load_policy
from services.router.reading import TextReader, load_reader
from services.router.settings import RouterSettings
from services.router.signals import Signals
from services.runtime.conversations import Conversation
from warmline.codec import explain
from warmline.errors import ContractError
from warmline.events import Inquiry

BATCH = 64
_SHOWN_WORDS = 6


def classify(
    text: Annotated[str | None, typer.Argument(help="The text; or use --file.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="Lines to classify; each keeps its fields and gains ours.")
    ] = None,
    file_format: Annotated[
        str | None, typer.Option("--format", help="jsonl or csv; default: by the file's ending.")
    ] = None,
    text_column: Annotated[
        str | None, typer.Option(help="Where the text is; default: text, message, question …")
    ] = None,
    company: Annotated[Path | None, typer.Option(help="Folder with topics.yaml.")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of `warmline train`.")] = None,
) -> None:
    """Decides as the router does, on a first message of a conversation, and explains it.

    With --file, standard output gets one JSON object a line with topic, language, confidence,
    complexity, risk_tier, wants_person, route and reasons added. A line that is no inquiry gains
    `error` instead, and the exit code is 1.
    """
    settings = RouterSettings()
    policy, _ = load_policy((company or settings.company) / "topics.yaml")
    reader = load_reader(model or settings.model, policy.languages)
    if file is not None:
        raise typer.Exit(_classify_file(reader, policy, file, file_format, text_column))
    if text is None:
        raise typer.BadParameter("give a text in quotes, or --file")
    _show(reader, policy, text)


def judge(
    reader: TextReader, policy: Policy, inquiries: Sequence[Inquiry]
) -> Iterator[tuple[Signals, rules.Verdict]]:
    """The router's own reading and rules, with a conversation in which nothing was said yet."""
    for inquiry, signals in zip(
        inquiries, reader.read([inquiry.text for inquiry in inquiries]), strict=True
    ):
        yield signals, rules.decide(inquiry, Conversation(), signals, policy)


def added_fields(inquiry: Inquiry, signals: Signals, verdict: rules.Verdict) -> dict[str, Any]:
    """What a line gains; `reasons` are the decision's, the deciding one first."""
    return {
        "topic": signals.topic,
        "language": signals.language,
        "confidence": round(signals.confidence, 4),
        "complexity": round(signals.complexity.value, 4),
        "risk_tier": signals.risk_tier,
        "wants_person": inquiry.wants_person or signals.wants_person,
        "route": verdict.route,
        "mode": verdict.mode,
        "reasons": [reason.model_dump() for reason in verdict.reasons],
    }


def _classify_file(
    reader: TextReader,
    policy: Policy,
    path: Path,
    file_format: str | None,
    text_column: str | None,
) -> int:
    from warmline.client.inquiry_files import format_of, rows

    bad = 0
    with path.open("rb") as source:
        named: Literal["jsonl", "csv"] = (
            "csv"
            if file_format == "csv"
            else "jsonl"
            if file_format
            else format_of(path.name, b"{")
        )
        lines = rows(source, named)
        while batch := list(islice(lines, BATCH)):
            bad += _classify_lines(reader, policy, [row for _, row in batch], text_column)
    return 1 if bad else 0


def _classify_lines(
    reader: TextReader, policy: Policy, lines: Sequence[Any], text_column: str | None
) -> int:
    """Prints one object for each line, in order; returns how many are no inquiries."""
    read = [_inquiry(line, text_column) for line in lines]
    judged = judge(reader, policy, [each for each in read if isinstance(each, Inquiry)])
    for line, each in zip(lines, read, strict=True):
        kept = line if isinstance(line, dict) else {}
        gained = {"error": each} if isinstance(each, str) else added_fields(each, *next(judged))
        sys.stdout.write(json.dumps({**kept, **gained}, ensure_ascii=False) + "\n")
    return sum(isinstance(each, str) for each in read)


def _inquiry(line: Any, text_column: str | None) -> Inquiry | str:
    """The inquiry, or what is wrong with the line."""
    from warmline.client.inquiry_files import TEXT_COLUMNS

    if isinstance(line, ContractError):
        return str(line)
    names = (text_column,) if text_column else TEXT_COLUMNS
    name = next((name for name in names if name in line), None)
    if name is None:
        return f"no {' or '.join(names[:3])} among the line's names"
    try:
        return Inquiry(
            inquiry_id=str(uuid4()), conversation_id="c", customer_id="c", text=line[name]
        )
    except ValidationError as error:
        return explain(error)


def _show(reader: TextReader, policy: Policy, text: str) -> None:
    inquiry = Inquiry(inquiry_id="i", conversation_id="c", customer_id="c", text=text)
    ((signals, verdict),) = judge(reader, policy, [inquiry])
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("[bold]route", f"[bold]{verdict.route}[/] {verdict.mode or ''}")
    for name, value in added_fields(inquiry, signals, verdict).items():
        if name not in ("route", "mode", "reasons"):
            table.add_row(name, escape(str(value)))
    table.add_row("threshold", str(verdict.threshold) if verdict.threshold else "none: people")
    for reason in verdict.reasons:
        table.add_row(reason.code, escape(reason.detail))
    for note in signals.complexity.reasons:
        table.add_row("complex", escape(note))
    console = Console(highlight=False)
    console.print(table)
    _show_explanation(console, reader, text)


def _show_explanation(console: Console, reader: TextReader, text: str) -> None:
    explained = reader.explain(text)
    words = ", ".join(
        f"{word.word} ({word.confidence:+.2f})" for word in explained.words[:_SHOWN_WORDS]
    )
    console.print(f"\n[bold]Words that count:[/] {escape(words)}")
    for neighbour in explained.neighbours:
        console.print(f"[bold]Like:[/] {escape(neighbour.text)} [dim]({neighbour.topic})[/]")
    for word, topic in explained.instead[:_SHOWN_WORDS]:
        console.print(f"[bold]Without[/] {escape(word)}: {topic}")
