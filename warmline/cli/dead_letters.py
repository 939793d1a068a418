"""`warmline dead-letters`: look at what could not be processed, and send it back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from warmline.cli import screen
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address
from warmline.errors import ConfigurationError, InvalidEventError, WarmlineError

if TYPE_CHECKING:
    from warmline.client import Client
    from warmline.dead_letters import DeadLetter

app = typer.Typer(
    help="List, show and replay records that could not be processed.", no_args_is_help=True
)

FromTopic = Annotated[
    str | None,
    typer.Option("--topic", help="Only from this topic (without prefix).", show_default=False),
]
OfError = Annotated[
    str | None,
    typer.Option("--error", help="Only if the error's class holds this.", show_default=False),
]


@dataclass(frozen=True, slots=True)
class Filed:
    """A dead letter and its number in the topic, `partition:offset`."""

    number: str
    letter: DeadLetter


@app.command("list")
def show_all(
    topic: FromTopic = None,
    error: OfError = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest of them.")] = 50,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """List dead letters, the newest last."""
    from warmline.cli import records

    total = 0
    newest: deque[dict[str, object]] = deque(maxlen=limit)
    with _client(bootstrap, prefix) as client:
        for filed in _letters(client, topic and prefix + topic, error):
            total += 1
            newest.append({"number": filed.number, **records.letter_as_dict(filed.letter)})
    if as_json:
        screen.show_json(list(newest))
        return
    if not newest:
        screen.note("No dead letters.")
        return
    for letter in newest:
        screen.out().print(_two_lines(letter), soft_wrap=True)
    if total > len(newest):
        screen.note(f"[dim]the newest {len(newest)} of {total:,}; --limit shows more[/]")


@app.command()
def show(
    number: Annotated[str, typer.Argument(help="As `list` shows it, such as 0:17.")],
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Show one dead letter with the original key, headers and value.

    It may hold what a customer wrote.
    """
    from warmline.cli import records

    with _client(bootstrap, prefix) as client:
        (filed,) = _chosen(client, [number])
    letter = filed.letter
    whole = {
        "number": filed.number,
        **records.letter_as_dict(letter),
        "key": records.text_of(letter.key),
        "headers": [[name, records.text_of(content)] for name, content in letter.headers],
        "value": records.text_of(letter.value),
    }
    if as_json:
        screen.show_json(whole)
        return
    for name, content in whole.items():
        if name == "headers":
            content = "".join(f"\n  {head}: {said}" for head, said in whole["headers"])
        lines = (screen.plain(line) for line in str(content).split("\n"))
        screen.out().print(f"[bold]{name}[/]  " + "\n".join(lines), soft_wrap=True)


@app.command()
def replay(
    numbers: Annotated[
        list[str] | None, typer.Argument(help="As `list` shows them.", show_default=False)
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that --topic and --error leave.")
    ] = False,
    topic: FromTopic = None,
    error: OfError = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Send dead letters back to the topics they came from.

    With the original key, value and headers, and one header more that counts the replays. Mend the
    cause first, or they come back. What was processed in the meantime is recognised by its id. The
    dead letters themselves stay until their retention ends.
    """
    if bool(numbers) == everything:
        raise typer.BadParameter("name the dead letters to replay, or give --all")
    with _client(bootstrap, prefix) as client:
        if numbers:
            chosen = [filed.number for filed in _chosen(client, numbers)]
        else:
            chosen = [filed.number for filed in _letters(client, topic and prefix + topic, error)]
        if not chosen:
            screen.note("No dead letters to replay.")
            return
        if not yes:
            typer.confirm(f"Send {len(chosen):,} back to their topics?", abort=True, err=True)
        failed = _replay(client, set(chosen))
    screen.out().print(f"[green]{len(chosen) - failed:,} replayed[/]")
    if failed:
        raise typer.Exit(1)


def _replay(client: Client, chosen: set[str]) -> int:
    """Returns how many could not be sent back."""
    from warmline.dead_letters import replay_headers

    failed = 0
    for filed in _letters(client):
        if filed.number not in chosen:
            continue
        letter = filed.letter
        try:
            client.republish(letter.topic, letter.key, letter.value, replay_headers(letter))
        except WarmlineError as error:
            if error.retriable:
                raise
            failed += 1
            screen.fail(f"{filed.number} stays: {error}")
    return failed


def _letters(client: Client, topic: str | None = None, error: str | None = None) -> Iterator[Filed]:
    """All that are there now, oldest first. `topic` carries the prefix."""
    from warmline import dead_letters
    from warmline.topics import DEAD_LETTERS

    for record in client.read(DEAD_LETTERS, from_beginning=True, to_end=True):
        number = f"{record.partition}:{record.offset}"
        try:
            letter = dead_letters.parse(record.key, record.value, record.headers)
        except InvalidEventError as fault:
            screen.fail(f"{number} is skipped: {fault}")
            continue
        if topic in (None, letter.topic) and (error is None or error in letter.error_class):
            yield Filed(number, letter)


def _chosen(client: Client, numbers: list[str]) -> list[Filed]:
    """Raises ConfigurationError if one of them is not there."""
    found = [filed for filed in _letters(client) if filed.number in numbers]
    absent = set(numbers) - {filed.number for filed in found}
    if absent:
        raise ConfigurationError(
            f"there is no dead letter {', '.join(sorted(absent))}: "
            "`warmline dead-letters list` shows the numbers"
        )
    return found


def _client(bootstrap: str | None, prefix: str) -> Client:
    from warmline.client import Client

    return Client(kafka_address(bootstrap), prefix, timeout_s=TIMEOUT_S)


def _two_lines(letter: dict[str, object]) -> str:
    """With markup: number, when, which record, who failed at what; below it why."""
    at = str(letter["at"])[:19].replace("T", " ")
    record = f"{letter['topic']} {letter['partition']}@{letter['offset']}"
    error = str(letter["error_class"]).rpartition(".")[2]
    replayed = f"  [red]replayed {letter['replays']}x[/]" if letter["replays"] else ""
    return (
        f"[bold]{letter['number']}[/]  [dim]{at}[/]  {screen.plain(record)}  "
        f"{screen.plain(letter['service'])}/{screen.plain(letter['stage'])}  "
        f"[red]{screen.plain(error)}[/]{replayed}\n"
        f"     {screen.plain(letter['reason'])}"
    )
