"""`warmline demo`: the whole flow on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmline.cli import screen
from warmline.cli.options import Bootstrap, Prefix, kafka_address


def demo(
    data: Annotated[
        Path | None,
        typer.Argument(
            help="CSV or JSONL (UTF-8) with a text column. Default: 600 inquiries of the sample "
            "company."
        ),
    ] = None,
    text_column: Annotated[
        str | None,
        typer.Option(help="Column or JSON name of the text. Default: text, message, question, …"),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.1, help="Inquiries a second. Default: 40, or all within a minute."),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds after which it gives up. Default: by the number."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running, to try things out.")
    ] = False,
    attach: Annotated[
        bool,
        typer.Option(
            "--attach", help="Use the system that runs at --bootstrap, and start nothing."
        ),
    ] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop what --keep has left running.")
    ] = False,
) -> None:
    """Show the whole flow on a real Kafka and Redis: router, bot, simulated people and customers,
    and a summary that counts every inquiry.

    Exit code 1 unless each inquiry ended exactly once.
    """
    from warmline.client.broker import Broker
    from warmline.demo.run import Options, run, stop_kept
    from warmline.demo.run import attach as play_there

    if stop:
        raise typer.Exit(stop_kept(screen.err()))
    options = Options(data, text_column, rate, time_limit, keep)
    if attach:
        broker = Broker(kafka_address(bootstrap))
        raise typer.Exit(play_there(options, broker, prefix, screen.err(), screen.out()))
    raise typer.Exit(run(options, screen.err(), screen.out()))
