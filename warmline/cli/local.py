"""`warmline up`, `down` and `status`: a real Kafka and Redis on this machine."""

from __future__ import annotations

import typer

from warmline.cli import screen
from warmline.cli.options import AsJson


def up(as_json: AsJson = False) -> None:
    """Start a local Kafka and Redis and create the topics.

    On free loopback ports, with their data in the folder .warmline here. What runs already is left
    alone; the other commands find these servers by themselves.
    """
    from warmline.client.broker import Broker
    from warmline.client.provisioning import apply
    from warmline.local.stack import Stack

    stack = Stack()
    with screen.err().status("Starting") as line:
        stack.up(lambda step: line.update(step))
        line.update("Creating topics")
        apply(Broker(stack.kafka.bootstrap))
    _show(stack.status(), as_json)


def down() -> None:
    """Stop what `up` started. Its data stays."""
    from warmline.local.stack import Stack

    with screen.err().status("Stopping") as line:
        stopped = Stack().down(lambda step: line.update(step))
    screen.note(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")


def status(as_json: AsJson = False) -> None:
    """Show what of it runs.

    Exit code 1 unless all of it does.
    """
    from warmline.local.stack import Stack

    state = Stack().status()
    _show(state, as_json)
    if any(state[server]["pid"] is None for server in ("kafka", "redis")):
        raise typer.Exit(1)


def _show(state: dict[str, dict[str, object]], as_json: bool) -> None:
    if as_json:
        screen.show_json(state)
        return
    rows = []
    for server, address in (("kafka", "bootstrap"), ("redis", "url")):
        pid = state[server]["pid"]
        running = f"[green]running[/] (pid {pid})" if pid is not None else "[red]down[/]"
        where = screen.plain(state[server][address]) if pid is not None else "-"
        rows.append((server, running, where))
    screen.show_table(("server", "state", "address"), rows)
