"""`warmline certify`: thresholds from labelled live inquiries, for the model that judged them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from services.router import labelled
from services.router.labelled import share
from warmline.cli import screen
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.router.reading import TextReader
    from services.router.signals import Signals
    from services.router.triage.certify import Certificate
    from services.router.triage.dataset import Labelled

BATCH = 64


def certify(
    data: Annotated[
        Path,
        typer.Argument(
            help="CSV or JSONL of live inquiries, each with text, true topic and language; the topic "
            "out_of_scope for what belongs to none. A column at, time or timestamp orders them."
        ),
    ],
    model: labelled.ModelFolder = None,
    company: labelled.CompanyFolder = None,
    target: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="The precision that is promised.")
    ] = 0.99,
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="How surely the promise is kept.")
    ] = 0.95,
    method: Annotated[
        Literal["bonferroni", "fixed_sequence", "sgr"],
        typer.Option(help="How thresholds are searched for; docs/triage.md compares them."),
    ] = "bonferroni",
    out: Annotated[
        Path | None,
        typer.Option(
            help="The certificate. Default: thresholds.json in the model's folder, where a running "
            "router finds it.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the certificate.")] = False,
    text_column: labelled.TextColumn = None,
    topic_column: labelled.TopicColumn = None,
    language_column: labelled.LanguageColumn = None,
    language: labelled.SpokenLanguage = None,
) -> None:
    """Finds, per topic and language, the confidence from which the bot may answer. "none" means people.

    Use inquiries as they came in, not training phrases: a threshold set on those does not hold on
    live traffic, and texts that the model was trained on are left out. So are inquiries that go to
    people whatever the confidence (a wish for a person, a risk, too complex). First the oldest four
    fifths are certified and tried on the newest; where that fails, things have changed, nothing is
    written, and the exit code is 1.
    """
    from services.router.policy import load_policy
    from services.router.reading import read_uncertified
    from services.router.settings import RouterSettings
    from services.router.triage.certify import THRESHOLDS_FILE
    from services.router.triage.dataset import Columns, read_labelled

    settings = RouterSettings()
    folder = model or settings.model
    policy, _ = load_policy((company or settings.company) / "topics.yaml")
    columns = Columns(text_column, topic_column, language_column, language)
    reader = read_uncertified(folder, policy.languages)
    rows = _unseen(reader, _in_time(read_labelled(data, columns)), data)
    read = _read(reader, rows)
    left = [
        (row, signals)
        for row, signals in zip(rows, read, strict=True)
        if not decided_without_confidence(signals, policy.max_complexity, policy.languages)
    ]
    certificate = _certificate(
        reader.version, left, read, target=target, confidence=confidence, method=method
    )
    if as_json:
        print(certificate.model_dump_json(indent=2))
    else:
        _show(certificate, len(rows))
    if certificate.check is not None and not certificate.check.holds:
        raise ConfigurationError(
            "the newest inquiries contradict the thresholds of the older ones: what customers write "
            "has changed. Certify on newer inquiries only, or train again; nothing was written"
        )
    path = out or folder / THRESHOLDS_FILE
    try:
        certificate.save(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
    screen.note(f"Certificate {certificate.version}: {path}")


def decided_without_confidence(
    signals: Signals, max_complexity: float, languages: Sequence[str]
) -> bool:
    """Whether the text alone sends the inquiry to people, however sure the model is."""
    return (
        signals.wants_person
        or signals.risk_tier is not None
        or signals.complexity.value > max_complexity
        or signals.language not in languages
    )


def _unseen(reader: TextReader, rows: list[Labelled], path: Path) -> list[Labelled]:
    """Without the texts that the model was trained on: its answers to those prove nothing."""
    known = reader.trained_on([row.example.text for row in rows])
    unseen = [row for row, seen in zip(rows, known, strict=True) if not seen]
    if len(unseen) < len(rows):
        screen.note(
            f"[yellow]Note:[/] {len(rows) - len(unseen)} of {len(rows)} texts were trained on and are "
            "left out: thresholds come from inquiries that the model has not seen."
        )
    if not unseen:
        raise ConfigurationError(f"{path} holds only texts that the model was trained on")
    return unseen


def _read(reader: TextReader, rows: Sequence[Labelled]) -> list[Signals]:
    parts = list(labelled.in_parts([row.example.text for row in rows], BATCH))
    bar = labelled.shown(parts, len(parts), "Reading")
    return [signals for part in bar for signals in reader.read(part)]


def _in_time(rows: list[Labelled]) -> list[Labelled]:
    """By time where every line has one; else the file's order is taken for it."""
    dated = [bool(row.at) for row in rows]
    if all(dated):
        return sorted(rows, key=lambda row: row.at)
    if any(dated):
        screen.note("[yellow]Note:[/] some lines have no time: taken in the file's order.")
    return rows


def _certificate(
    version: str,
    left: Sequence[tuple[Labelled, Signals]],
    read: Sequence[Signals],
    *,
    target: float,
    confidence: float,
    method: Literal["bonferroni", "fixed_sequence", "sgr"],
) -> Certificate:
    from services.router.triage.certify import Judgement, certify, try_on_newest
    from services.router.triage.drift import count

    judged = [
        Judgement(
            signals.topic or "", signals.language, signals.confidence,
            signals.topic == row.example.topic,
        )
        for row, signals in left
    ]  # fmt: skip
    options = {"target": target, "confidence": confidence}
    check = try_on_newest(judged, version, method=method, **options)
    found = certify(judged, version, method=method, **options)
    window = count(signals.seen() for signals in read)
    return found.model_copy(update={"check": check, "window": window})


def _show(certificate: Certificate, inquiries: int) -> None:
    screen.note(
        f"{inquiries} inquiries, {certificate.inquiries} of them decided by confidence; "
        f"target {share(certificate.target)} at {share(certificate.confidence)}, "
        f"{certificate.method}"
    )
    rows = []
    for entry in certificate.thresholds:
        threshold = "[bold]none: people[/]" if entry.value is None else f"{entry.value:.4f}"
        evidence = "" if entry.level is None else entry.level.replace("_", " ")
        counts = "" if entry.value is None else f"{entry.right} of {entry.answered}"
        bound = "" if entry.value is None else f"{entry.lower_bound:.4f}"
        rows.append(
            (
                screen.plain(entry.topic),
                entry.language or "",
                threshold,
                evidence,
                str(entry.inquiries),
                counts,
                bound,
            )
        )
    screen.show_table(
        ("topic", "language", "threshold", "evidence", "inquiries", "right", "bound"),
        rows,
        whole="topic threshold evidence right",
        right="inquiries right bound",
    )
    if (check := certificate.check) is not None:
        realised = share(check.right / check.answered) if check.answered else "nothing answered"
        screen.note(
            f"Older thresholds on the newest {check.inquiries}: {check.answered} answered, {realised} right"
        )
    if all(entry.value is None for entry in certificate.thresholds):
        screen.note(_why_nothing(certificate))


def _why_nothing(certificate: Certificate) -> str:
    import math

    fewest = math.ceil(math.log(1 - certificate.confidence) / math.log(certificate.target))
    return (
        f"[yellow]Nothing can be certified:[/] {share(certificate.target)} needs at least {fewest} "
        "answers without one mistake. Until there is more evidence, people answer everything."
    )
