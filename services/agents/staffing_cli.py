"""`warmline staffing QUEUE`: how many people each half hour of a day needs."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from warmline.cli.options import AsJson, RedisUrl, redis_address

if TYPE_CHECKING:
    from services.agents.estimates import HalfHour
    from services.runtime.settings import ServiceSettings


def staffing(
    queue: Annotated[str, typer.Argument(help="A queue of desk.yaml.")],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="UTC. Default: today.", show_default=False),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.999, help="Answered in time. Default: the queue's own."),
    ] = None,
    within_s: Annotated[
        float | None, typer.Option("--within", min=1, help="Seconds. Default: the queue's own.")
    ] = None,
    company: Annotated[
        Path, typer.Option(envvar="WARMLINE_COMPANY", help="The company's folder.")
    ] = Path("examples/paylater"),
    desk: Annotated[str, typer.Option(envvar="WARMLINE_DESK", help="The desk.")] = "main",
    redis: RedisUrl = None,
    as_json: AsJson = False,
) -> None:
    """People needed for a service level, from the same weekday of the four weeks before (Erlang A: customers
    have the patience that they showed)."""
    from services.agents.insights import FIRST_DAY, LAST_DAY
    from services.runtime.entry import settings_of
    from services.runtime.settings import ServiceSettings

    day = (day or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC)
    if not FIRST_DAY <= day.date() <= LAST_DAY:
        raise typer.BadParameter(f"--day is from {FIRST_DAY} to {LAST_DAY}")
    settings = settings_of(ServiceSettings, redis_url=redis_address(redis), desk=desk)
    half_hours = asyncio.run(_read(settings, company, queue, day, share, within_s))
    if as_json:
        print(json.dumps([asdict(each) for each in half_hours]))
        return
    if not half_hours:
        print(
            f"nothing is known of {queue} on this weekday in the four weeks before {day:%Y-%m-%d}, "
            "or it is closed all day"
        )
        return
    table = Table("half hour (UTC)", "arrivals", "people", "in time", "occupancy", box=None)
    for each in half_hours:
        table.add_row(
            f"{datetime.fromtimestamp(each.start_ms / 1000, UTC):%H:%M}",
            f"{each.arrivals:.1f}",
            str(each.people),
            f"{each.within:.1%}",
            f"{each.occupancy:.0%}",
        )
    Console(highlight=False).print(table)


async def _read(
    settings: ServiceSettings,
    company: Path,
    queue: str,
    day: datetime,
    share: float | None,
    within_s: float | None,
) -> list[HalfHour]:
    from services.agents.config_file import load
    from services.agents.insights import Insights
    from services.agents.records import Records
    from services.agents.rules import Rules
    from services.runtime.clock import millis, now
    from services.runtime.keys import Keys
    from services.runtime.redis import connect

    rules, keys = Rules(load(company)), Keys(settings.desk)
    clients = connect(settings.redis_url.get_secret_value(), settings.desk)
    insights = Insights(clients, keys, Records(clients.commands, keys), rules, now)
    try:
        return await insights.staffing_of(queue, millis(day), share, within_s)
    finally:
        await clients.aclose()
