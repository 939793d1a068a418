"""`warmline classify`: what the router would decide on a text, and why, without any server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer
from pydantic import ValidationError

from services.router import labelled
from warmline.cli import screen
from warmline.cli.input_files import opened
from warmline.codec import explain
from warmline.errors import ConfigurationError, ContractError
from warmline.events import Inquiry

if TYPE_CHECKING:
    from services.router.explaining import Why
    from services.router.policy import Policy
    from services.router.reading import TextReader
    from services.router.rules import Verdict
    from services.router.signals import Signals

BATCH = 64
_SHOWN_WORDS = 6


class Format(StrEnum):
    TABLE = "table"
    JSONL = "jsonl"


def classify(
    text: Annotated[
        str | None, typer.Argument(help="What a customer wrote.", show_default=False)
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help="JSONL or CSV in UTF-8, each line with a text; - is JSONL from standard input.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="table for people (one text only), jsonl for programs. Default: table for a text, "
            "jsonl for a file.",
            show_default=False,
        ),
    ] = None,
    company: labelled.CompanyFolder = None,
    model: labelled.ModelFolder = None,
    text_column: labelled.TextColumn = None,
) -> None:
    """Decides as the router does on the first message of a conversation, and explains it.

    A text is shown with the words and the training texts that spoke for its topic, every rule that keeps
    the bot out, and the words without which it would be decided otherwise.

    With --file, every line keeps its fields and gains topic, language, confidence, threshold,
    complexity, risk_tier, wants_person, route, mode and reasons. A line that is no inquiry gains `error`
    instead, and the exit code is 1.
    """
    if (text is None) == (file is None):
        raise typer.BadParameter("give either a text or --file")
    if file is not None and out is Format.TABLE:
        raise typer.BadParameter("a file is written as jsonl; a table is for one text")
    reader, policy = _loaded(company, model)
    if file is not None:
        raise typer.Exit(_classify_file(reader, policy, file, text_column))
    _classify_text(reader, policy, str(text), out or Format.TABLE)


def _loaded(company: Path | None, model: Path | None) -> tuple[TextReader, Policy]:
    from services.router.policy import load_policy
    from services.router.reading import load_reader
    from services.router.settings import RouterSettings

    settings = RouterSettings()
    policy, _ = load_policy((company or settings.company) / "topics.yaml")
    return load_reader(model or settings.model, policy.languages), policy


def judge(
    reader: TextReader, policy: Policy, inquiries: Sequence[Inquiry]
) -> Iterator[tuple[Signals, Verdict]]:
    """The router's own reading and rules, with a conversation in which nothing was said yet."""
    from services.router import rules
    from services.runtime.conversation import Conversation

    read = reader.read([inquiry.text for inquiry in inquiries])
    for inquiry, signals in zip(inquiries, read, strict=True):
        yield signals, rules.decide(inquiry, Conversation(), signals, policy)


def added_fields(inquiry: Inquiry, signals: Signals, verdict: Verdict) -> dict[str, Any]:
    """What a line gains; `reasons` are the decision's, the deciding one first."""
    return {
        "topic": signals.topic,
        "language": signals.language,
        "confidence": round(signals.confidence, 4),
        "threshold": verdict.threshold,
        "complexity": round(signals.complexity.value, 4),
        "risk_tier": signals.risk_tier,
        "wants_person": inquiry.wants_person or signals.wants_person,
        "route": verdict.route,
        "mode": verdict.mode,
        "reasons": [reason.model_dump() for reason in verdict.reasons],
    }


def _classify_file(reader: TextReader, policy: Policy, name: str, text_column: str | None) -> int:
    from warmline.client.inquiry_files import format_of, rows

    bad = 0
    with opened(name) as source:
        if name == "-":
            lines = rows(source, "jsonl")
        else:
            kind = format_of(name, source.read(64))
            source.seek(0)
            lines = rows(source, kind)
        while batch := list(islice(lines, BATCH)):
            bad += _classify_lines(reader, policy, batch, text_column)
    return 1 if bad else 0


def _classify_lines(
    reader: TextReader,
    policy: Policy,
    lines: Sequence[tuple[int, Any]],
    text_column: str | None,
) -> int:
    """Prints one object for each line, in order; returns how many are no inquiries."""
    read = [_inquiry(line, text_column) for _, line in lines]
    judged = judge(reader, policy, [each for each in read if isinstance(each, Inquiry)])
    for (number, line), each in zip(lines, read, strict=True):
        kept = line if isinstance(line, dict) else {}
        gained = (
            {"error": f"line {number}: {each}"}
            if isinstance(each, str)
            else added_fields(each, *next(judged))
        )
        sys.stdout.write(json.dumps({**kept, **gained}, ensure_ascii=False) + "\n")
    return sum(isinstance(each, str) for each in read)


def _inquiry(line: Any, text_column: str | None) -> Inquiry | str:
    """The inquiry, or what is wrong with the line."""
    from warmline.client.inquiry_files import TEXT_COLUMNS

    if isinstance(line, ContractError):
        return str(line)
    names = {name.strip().lower(): name for name in line if name}
    wanted = (text_column.lower(),) if text_column else TEXT_COLUMNS
    name = next((names[each] for each in wanted if each in names), None)
    if name is None:
        return f"no {' or '.join(wanted[:3])} among the line's names"
    pressed = line.get("wants_person", False)
    try:
        return Inquiry(
            inquiry_id=str(uuid4()), conversation_id="c", customer_id="c", text=line[name],
            wants_person=pressed if pressed not in ("", None) else False,
        )  # fmt: skip
    except ValidationError as error:
        return explain(error)


def _classify_text(reader: TextReader, policy: Policy, text: str, out: Format) -> None:
    from services.router.explaining import explain as explain_decision

    made = _inquiry({"text": text}, None)
    if isinstance(made, str):
        raise ConfigurationError(made)
    ((signals, verdict),) = judge(reader, policy, [made])
    fields = added_fields(made, signals, verdict)
    why = explain_decision(reader, policy, text)
    if out is Format.JSONL:
        screen.show_json_line({"text": text, **fields, "explanation": _as_json(why)})
        return
    _show(fields, signals)
    _show_why(why)


def _as_json(why: Why) -> dict[str, Any]:
    return {
        "words": [{"word": w.word, "confidence": round(w.confidence, 4)} for w in why.words],
        "neighbours": [
            {"text": n.text, "topic": n.topic, "similarity": round(n.similarity, 4)}
            for n in why.neighbours
        ],
        "vetoes": [veto.model_dump() for veto in why.vetoes],
        "confidence_missing": None if why.missing is None else round(why.missing, 4),
        "without": [
            {"word": c.word, "route": c.route, "topic": c.topic, "reason": c.reason.model_dump()}
            for c in why.changes
        ],
    }


def _show(fields: dict[str, Any], signals: Signals) -> None:
    threshold = fields["threshold"]
    rows = [("[bold]route", f"[bold]{fields['route']}[/] {fields['mode'] or ''}")]
    rows += [
        (name.replace("_", " "), screen.plain("none" if value is None else value))
        for name, value in fields.items()
        if name not in ("route", "mode", "reasons", "threshold")
    ]
    rows.append(("threshold", "none: people" if threshold is None else f"{threshold:.3f}"))
    rows += [(reason["code"], screen.plain(reason["detail"])) for reason in fields["reasons"]]
    rows += [("complex", screen.plain(note)) for note in signals.complexity.reasons]
    rows.append(("model", screen.plain(signals.model)))
    rows.append(("certificate", screen.plain(signals.certificate or "none: nothing is proven")))
    screen.show_table(("", ""), rows)


def _show_why(why: Why) -> None:
    print_ = screen.out().print
    words = ", ".join(f"{w.word} ({w.confidence:+.2f})" for w in why.words[:_SHOWN_WORDS])
    print_(f"\n[bold]Words that count[/] (confidence lost without each): {screen.plain(words)}")
    for neighbour in why.neighbours:
        print_(
            f"[bold]Like[/] {screen.plain(neighbour.text)} "
            f"[dim]({screen.plain(neighbour.topic)}, {neighbour.similarity:.2f})[/]"
        )
    print_("\n[bold]What would have changed the decision[/]")
    if len(why.vetoes) > 1:
        codes = ", ".join(dict.fromkeys(veto.code for veto in why.vetoes))
        print_(f"The bot is kept out by {codes}: all of them would have to fall.")
    if why.missing is not None:
        print_(f"Confidence: {why.missing:.3f} more, and the bot may speak.")
    for change in why.changes[:_SHOWN_WORDS]:
        print_(
            f'Without "{screen.plain(change.word)}": {change.route}, '
            f"{screen.plain(change.topic)} ({screen.plain(change.reason.detail)})"
        )
    if not why.changes:
        print_("No single word: without any one of them it is decided the same way.")
