"""`warmline topics`: the topic table on a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warmline.cli import screen
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address

if TYPE_CHECKING:
    from warmline.client.provisioning import TopicState

app = typer.Typer(help="List the topics, create and mend them.", no_args_is_help=True)

_COLOURS = {"created": "green", "changed": "yellow", "unchanged": "dim"}
_DAY_MS = 24 * 60 * 60 * 1000


@app.command("list")
def show(bootstrap: Bootstrap = None, prefix: Prefix = "", as_json: AsJson = False) -> None:
    """Show every topic and what the broker has of it.

    Partitions, how long it is kept, who writes and reads it, and what differs from Warmline's
    table. Exit code 1 if anything does.
    """
    from warmline.client.broker import Broker
    from warmline.client.provisioning import inspect

    states = inspect(Broker(kafka_address(bootstrap), timeout_s=TIMEOUT_S), prefix)
    if as_json:
        screen.show_json([_as_dict(state) for state in states])
    else:
        screen.show_table(
            ("topic", "partitions", "kept", "written by", "read by", "state"),
            [_row(state) for state in states],
            whole="topic",
            right="partitions",
        )
    if any(state.differences for state in states):
        screen.note("`warmline topics apply` makes it so.")
        raise typer.Exit(1)


@app.command()
def apply(
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    partitions: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Of new and of present topics. Default: 6 for new ones. Topics that need one keep it.",
            show_default=False,
        ),
    ] = None,
    replication: Annotated[
        int | None,
        typer.Option(min=1, help="Of new topics. Default: the broker's.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create missing topics, add partitions, set what differs.

    Removes nothing; run it as often as you like.
    """
    from warmline.client import provisioning
    from warmline.client.broker import Broker

    changes = provisioning.apply(
        Broker(kafka_address(bootstrap), timeout_s=TIMEOUT_S),
        prefix,
        partitions=partitions,
        replication=replication,
    )
    if as_json:
        screen.show_json(
            [
                {"topic": change.name, "action": change.action, "details": list(change.details)}
                for change in changes
            ]
        )
        return
    screen.show_table(
        ("topic", "done", "details"),
        [
            (
                screen.plain(change.name),
                f"[{_COLOURS[change.action]}]{change.action}[/]",
                screen.plain("; ".join(change.details)),
            )
            for change in changes
        ],
        whole="topic",
    )


def _row(state: TopicState) -> tuple[str, ...]:
    topic = state.topic
    kept = "newest per key" if topic.cleanup == "compact" else f"{topic.retention_ms // _DAY_MS} d"
    differences = "; ".join(state.differences)
    return (
        screen.plain(state.name),
        str(state.partitions or "-"),
        kept,
        ", ".join(topic.writers),
        ", ".join(topic.readers),
        f"[red]{screen.plain(differences)}[/]" if differences else "[green]ok[/]",
    )


def _as_dict(state: TopicState) -> dict[str, object]:
    return {
        "topic": state.name,
        "partitions": state.partitions,
        "replication": state.replication,
        "config": state.config,
        "writers": list(state.topic.writers),
        "readers": list(state.topic.readers),
        "differences": state.differences,
    }
