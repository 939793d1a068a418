"""`warmline doctor`: is everything there and set as it must be, and if not, what to do."""

from __future__ import annotations

from dataclasses import asdict

import typer

from warmline.cli import screen
from warmline.cli.options import AsJson, Bootstrap, Prefix, RedisUrl, kafka_address, redis_address

_TIMEOUT_S = 5.0
_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "failed": "[red]✗[/]"}


def doctor(
    bootstrap: Bootstrap = None,
    redis: RedisUrl = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Check Kafka, Redis, topics, Java and packages; say what to do.

    Exit code 1 if a check failed; warnings concern only what not everybody needs.
    """
    from warmline.cli import checks

    found = [*checks.python(), checks.java()]
    found += checks.kafka(kafka_address(bootstrap), prefix, _TIMEOUT_S)
    found += checks.redis(redis_address(redis), _TIMEOUT_S)
    if as_json:
        screen.show_json([asdict(check) for check in found])
    else:
        screen.show_table(
            ("", "check", "found", "what to do"),
            [
                (
                    _MARKS[check.state],
                    screen.plain(check.name),
                    screen.plain(check.found),
                    screen.plain(check.advice),
                )
                for check in found
            ],
        )
    if any(check.state == "failed" for check in found):
        raise typer.Exit(1)
