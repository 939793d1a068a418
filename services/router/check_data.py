"""`warmline data`: labelled texts, before a model is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.router import labelled
from warmline.cli import screen
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.router.triage.checking import Finding, Place, Row
    from services.router.triage.dataset import Columns

app = typer.Typer(no_args_is_help=True, help="Labelled texts, before a model is made of them.")

SHOWN_PLACES = 5
SHOWN_SUSPECTS = 20
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@app.callback()
def _group() -> None:
    """Keeps `check` a subcommand, also while it is the only one."""


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="CSV or JSONL with text, topic and language. Several files are splits."
        ),
    ],
    labels: Annotated[
        bool,
        typer.Option(
            help="Also look for wrong labels by training on parts of the file: about a minute for "
            "10,000 texts."
        ),
    ] = True,
    seed: labelled.Seed = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
    text_column: labelled.TextColumn = None,
    topic_column: labelled.TopicColumn = None,
    language_column: labelled.LanguageColumn = None,
    language: labelled.SpokenLanguage = None,
) -> None:
    """Looks for what would spoil a model or flatter its numbers.

    Encoding, lines that cannot be used, the same words under different topics, repeated texts, the same
    words in two splits (a column split, or several files), topics with too few texts, personal data,
    and labels that a model trained without the text is sure to be wrong.

    Exit code 1 where anything is an error; warnings alone give 0.
    """
    from services.router.triage.checking import check as check_rows
    from services.router.triage.dataset import Columns

    columns = Columns(text_column, topic_column, language_column, language)
    findings: list[Finding] = []
    rows: list[Row] = []
    for path, name in zip(files, _names(files), strict=True):
        content = _read(path)
        wrong = list(_wrong_encoding(name, content))
        findings += wrong
        if wrong:
            content = _as_utf8(content)
        found = _rows(path, name, content, columns, findings, several=len(files) > 1)
        spoilt = {place for finding in wrong for place in finding.places}
        rows += [row for row in found if row.place not in spoilt]
    findings += check_rows(rows)
    suspected = _suspects(rows, seed) if labels and rows else []
    if as_json:
        screen.show_json({"texts": len(rows), **_as_json(findings, suspected)})
    else:
        _show(rows, findings, suspected, several=len(files) > 1)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _names(files: Sequence[Path]) -> list[str]:
    """As files are called in findings: with their folders where two have the same name."""
    names = [path.name for path in files]
    return names if len(set(names)) == len(names) else [str(path) for path in files]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error


def _wrong_encoding(name: str, content: bytes) -> Iterator[Finding]:
    """A file in another encoding than UTF-8, with the lines where that shows."""
    from services.router.triage.checking import Finding

    if named := _BOMS.get(content[:2]):
        yield Finding("encoding", "error", f"the file is {named}: write it as UTF-8", ())
        return
    bad = []
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad.append((name, number))
    if bad:
        hint = "convert it, for instance with `iconv -f windows-1252 -t utf-8`"
        yield Finding("encoding", "error", f"the file is not UTF-8: {hint}", tuple(bad))


def _as_utf8(content: bytes) -> bytes:
    """So that the rest of the file can be checked all the same."""
    encoding = "utf-16" if content[:2] in _BOMS else "utf-8"
    return content.decode(encoding, "replace").encode()


def _rows(
    path: Path,
    name: str,
    content: bytes,
    columns: Columns,
    findings: list[Finding],
    *,
    several: bool,
) -> list[Row]:
    """The good lines; the bad ones become findings, one for each kind of fault."""
    from services.router.triage.checking import Finding, Row
    from services.router.triage.dataset import BadLine, lines

    rows: list[Row] = []
    faults: dict[str, list[Place]] = {}
    for line in lines(path, columns, content):
        place = (name, line.line)
        if isinstance(line, BadLine):
            faults.setdefault(line.problem, []).append(place)
        else:
            rows.append(Row(place, name if several else line.split, line))
    findings += [
        Finding("unusable lines", "error", problem, tuple(places))
        for problem, places in faults.items()
    ]
    if not rows and not faults:
        raise ConfigurationError(f"{path} has no rows")
    return rows


def _suspects(rows: Sequence[Row], seed: int) -> list[dict[str, Any]]:
    from rich.progress import Progress

    from services.router.triage import label_errors
    from services.router.triage.train import OUT_OF_SCOPE, require_scikit_learn

    require_scikit_learn()
    inside = [row for row in rows if row.labelled.example.topic != OUT_OF_SCOPE]
    examples = [row.labelled.example for row in inside]
    with Progress(console=screen.err(), transient=True) as bar:
        task = bar.add_task("Looking for wrong labels", total=label_errors.FOLDS)
        found = label_errors.suspects(
            examples, seed=seed, progress=lambda fold: bar.update(task, completed=fold)
        )
    return [
        {
            "file": inside[suspect.row].place[0],
            "line": inside[suspect.row].place[1],
            "labelled": suspect.labelled,
            "looks_like": suspect.looks_like,
            "probability_labelled": round(suspect.probability_labelled, 4),
            "probability": round(suspect.probability, 4),
            "text": examples[suspect.row].text,
        }
        for suspect in found
    ]


def _as_json(findings: Sequence[Finding], suspected: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "findings": [
            {
                **finding._asdict(),
                "places": [{"file": file, "line": line} for file, line in finding.places],
            }
            for finding in findings
        ],
        "suspected_labels": suspected,
    }


def _show(
    rows: Sequence[Row],
    findings: Sequence[Finding],
    suspected: Sequence[dict[str, Any]],
    *,
    several: bool,
) -> None:
    topics = {row.labelled.example.topic for row in rows}
    screen.note(f"{len(rows)} texts, {len(topics)} topics")
    if findings:
        screen.show_table(
            ("", "what", "", "lines"),
            [
                (
                    "[bold red]error[/]" if finding.severity == "error" else "[yellow]warning[/]",
                    finding.kind,
                    screen.plain(finding.about),
                    _lines(finding.places, several=several),
                )
                for finding in findings
            ],
            whole="what",
        )
    else:
        screen.note("[green]Nothing found that would spoil a model.[/]")
    if suspected:
        screen.note(f"\n{len(suspected)} labels that are probably wrong, the surest first:")
        screen.show_table(
            ("line", "labelled", "looks like", "text"),
            [
                (
                    _lines([(one["file"], one["line"])], several=several),
                    screen.plain(one["labelled"]),
                    f"{screen.plain(one['looks_like'])} ({one['probability']:.2f})",
                    screen.plain(screen.one_line(one["text"], 70)),
                )
                for one in suspected[:SHOWN_SUSPECTS]
            ],
            right="line",
        )
        if len(suspected) > SHOWN_SUSPECTS:
            screen.note(f"… and {len(suspected) - SHOWN_SUSPECTS} more: --json shows all")


def _lines(places: Sequence[Place], *, several: bool) -> str:
    """The first few, and how many there are; with their files where several are checked."""
    named = [f"{file}:{line}" if several else str(line) for file, line in places[:SHOWN_PLACES]]
    more = len(places) - SHOWN_PLACES
    return screen.plain(", ".join(named)) + (f" … {more} more" if more > 0 else "")
