"""`warmline tail`: watch a topic."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from warmline.cli import screen
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address


def tail(
    topic: Annotated[str, typer.Argument(help="A topic's name without prefix, such as inquiries.")],
    from_beginning: Annotated[
        bool, typer.Option("--from-beginning", help="Begin with the topic's first record.")
    ] = False,
    count: Annotated[
        int | None, typer.Option(min=1, help="End after that many.", show_default=False)
    ] = None,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Follow a topic, one line per event.

    Until Ctrl-C or --count. It shows what customers wrote. Records that break the contract are
    shown in red with the reason. With --json, one JSON object per line.
    """
    from warmline.cli import records
    from warmline.client import Client
    from warmline.topics import BY_NAME

    if topic not in BY_NAME:
        raise typer.BadParameter(f"there is no topic {topic!r}: one of {', '.join(BY_NAME)}")
    address = kafka_address(bootstrap)
    with Client(address, prefix, timeout_s=TIMEOUT_S) as client:
        reader = client.read(BY_NAME[topic], from_beginning=from_beginning)
        screen.note(
            f"[dim]{screen.plain(prefix + topic)} on {screen.plain(address)}, Ctrl-C ends[/]"
        )
        try:
            for record in islice(reader, count):
                if as_json:
                    screen.show_json_line(records.as_dict(BY_NAME[topic], record))
                else:
                    screen.out().print(records.as_line(BY_NAME[topic], record), soft_wrap=True)
        except KeyboardInterrupt:
            return
