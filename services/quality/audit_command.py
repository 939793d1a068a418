"""`warmline audits`: what waits to be judged, a mark, and how well the people who mark agree."""

from __future__ import annotations

import getpass
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, cast

import typer

from warmline.cli import screen
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address
from warmline.events.audit import AuditMark, AuditTask, AuditVerdict
from warmline.events.envelope import event_id

if TYPE_CHECKING:
    from warmline.client import Client

app = typer.Typer(help="Judge the bot's answers: list, mark, agreement.", no_args_is_help=True)

_ERROR = 0.05
_VERDICTS = ("right", "wrong", "harmful", "person")


@app.command("list")
def show(bootstrap: Bootstrap = None, prefix: Prefix = "", as_json: AsJson = False) -> None:
    """Show the answers that still need a mark, the oldest first."""
    with _client(bootstrap, prefix) as client:
        tasks, marks = _read(client)
    waiting = [task for task in tasks if len(marks[task.audit_id]) < task.marks_wanted]
    if as_json:
        screen.show_json([task.model_dump(mode="json") for task in waiting])
        return
    screen.show_table(
        ("audit", "topic", "question", "answer", "marks"),
        [
            (
                screen.plain(task.audit_id),
                screen.plain(f"{task.topic}, {task.language}"),
                screen.plain(screen.one_line(task.question, 200)),
                screen.plain(screen.one_line(task.answer, 400)),
                f"{len(marks[task.audit_id])} of {task.marks_wanted}",
            )
            for task in waiting
        ],
    )


@app.command()
def mark(
    audit_id: Annotated[str, typer.Argument(help="As `list` shows it.")],
    verdict: Annotated[
        str, typer.Argument(help="right, wrong, harmful, or person: it should have been one.")
    ],
    by: Annotated[str | None, typer.Option("--by", help="Default: your user name.")] = None,
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Say what you think of an answer. Your first mark counts."""
    if verdict not in _VERDICTS:
        raise typer.BadParameter(f"one of {', '.join(_VERDICTS)}")
    person = by or getpass.getuser()
    with _client(bootstrap, prefix) as client:
        client.publish(
            AuditMark(
                mark_id=event_id(audit_id, f"mark/{person}"),
                audit_id=audit_id,
                agent_id=person,
                verdict=cast(AuditVerdict, verdict),
                note=note,
            )
        )


@app.command()
def agreement(bootstrap: Bootstrap = None, prefix: Prefix = "", as_json: AsJson = False) -> None:
    """How far two people who mark the same answer agree, beyond chance (Cohen's kappa)."""
    from services.quality.statistics import cohens_kappa

    with _client(bootstrap, prefix) as client:
        _, marks = _read(client)
    pairs = pairs_of(marks.values())
    found = cohens_kappa(pairs, _ERROR)
    agreed = sum(one == other for one, other in pairs)
    if as_json:
        numbers = (
            {"kappa": None, "low": None, "high": None}
            if found is None
            else {"kappa": found.kappa, **found.interval._asdict()}
        )
        screen.show_json({"pairs": len(pairs), "agreed": agreed, **numbers})
        return
    if found is None:
        screen.note(f"{len(pairs)} answers were marked by two people: too few, or all alike.")
        return
    low, high = found.interval
    screen.out().print(
        f"{agreed} of {len(pairs)} answers marked alike, kappa {found.kappa:.2f} "
        f"({low:.2f} to {high:.2f} at 95 % confidence)"
    )


def pairs_of(marks: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    """The first two marks of each audit, in the order of the people's names so that it is stable."""
    return [(two[0][1], two[1][1]) for each in marks if len(two := sorted(each.items())[:2]) == 2]


def _read(client: Client) -> tuple[list[AuditTask], dict[str, dict[str, str]]]:
    """Tasks, each once, and the first mark of each person by audit."""
    tasks: dict[str, AuditTask] = {}
    for received in client.consume("audits", from_beginning=True, to_end=True):
        tasks.setdefault(received.event.data.audit_id, received.event.data)
    marks: dict[str, dict[str, str]] = defaultdict(dict)
    for received in client.consume("audits.marks", from_beginning=True, to_end=True):
        given: AuditMark = received.event.data
        marks[given.audit_id].setdefault(given.agent_id, given.verdict)
    return list(tasks.values()), marks


def _client(bootstrap: str | None, prefix: str) -> Client:
    from warmline.client import Client

    return Client(kafka_address(bootstrap), prefix, source="operator", timeout_s=TIMEOUT_S)
