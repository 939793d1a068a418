"""Options that several commands share, and what they mean when they are not given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

_PANEL = "Connection"

Bootstrap = Annotated[
    str | None,
    typer.Option(
        "--bootstrap",
        envvar="WARMLINE_KAFKA_BOOTSTRAP",
        metavar="HOST:PORT",
        help="Kafka's address. Default: the local one of `warmline up`, else 127.0.0.1:9092.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
RedisUrl = Annotated[
    str | None,
    typer.Option(
        "--redis",
        envvar="WARMLINE_REDIS_URL",
        metavar="URL",
        help="Redis' address. Default: the local one of `warmline up`, else port 6379.",
        show_default=False,
        show_envvar=True,
        rich_help_panel=_PANEL,
    ),
]
Prefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        envvar="WARMLINE_TOPIC_PREFIX",
        help="Stands in front of every topic's name.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]

TIMEOUT_S = 10.0
"""A person is waiting: shorter than a service would wait."""


def kafka_address(given: str | None) -> str:
    return given or running_local("kafka", "bootstrap") or "127.0.0.1:9092"


def redis_address(given: str | None) -> str:
    return given or running_local("redis", "url") or "redis://127.0.0.1:6379/0"


def running_local(server: str, address: str) -> str | None:
    """The address of a server that `warmline up` started here and that still runs."""
    if not Path(".warmline/stack.json").is_file():
        return None
    from warmline.local.stack import Stack

    state: dict[str, Any] = Stack().status()[server]
    return state[address] if state["pid"] is not None else None
