"""`warmline config check`: the desk's files, before they go live. `warmline queues verify`: whether every
open inquiry is in exactly one place."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from warmline.cli.options import RedisUrl, running_local
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.agents.config import Configuration
    from services.agents.settings import AgentsSettings
    from services.agents.sweeper import Verdict

config = typer.Typer(no_args_is_help=True, help="The desk's configuration.")


@config.callback()
def _config() -> None:
    """The desk's configuration."""


@config.command("check")
def check(
    folder: Annotated[
        Path,
        typer.Argument(
            help="The company's folder: desk.yaml, people.yaml, and roster.yaml and lookups.yaml if any."
        ),
    ] = Path("examples/paylater"),
) -> None:
    """Reads the files as the services do, and says what is wrong, with file, line and path.

    Exits with 1 where there is a fault. A remark is no fault: an inquiry that nobody can serve as
    written goes to the nearest people who can.
    """
    from services.agents.config_check import remarks_on
    from services.agents.config_file import DESK_FILE, PEOPLE_FILE, line_of, load
    from services.lookups.configuration import check_lookups

    configuration = load(folder)
    lookups, faults = check_lookups(folder)
    if faults:
        raise ConfigurationError("\n".join(faults))
    out = Console(highlight=False, soft_wrap=True)
    files = {"desk": folder / DESK_FILE, "people": folder / PEOPLE_FILE}
    for name, place, remark in remarks_on(configuration):
        dotted, file = ".".join(str(part) for part in place), files[name]
        out.print(f"{file}:{line_of(file, place)}: {dotted}: {remark}", markup=False)
    desk = configuration.desk
    out.print(
        f"{folder}: good. {len(desk.queues)} queues, {len(desk.filters)} filters, "
        f"{len(configuration.people)} people, version {configuration.version}{_roster_of(configuration)}"
        f"{f', {len(lookups.lookups)} look-ups' if lookups else ''}",
        markup=False,
    )


def _roster_of(configuration: Configuration) -> str:
    roster = configuration.roster
    return "" if roster is None else f", roster of {len(roster.who())} people"


def desk_settings(redis: str | None, bootstrap: str | None = None) -> AgentsSettings:
    """As the workers have them, and what the command was told; where neither names a server, that of
    `warmline up`. Raises ConfigurationError for what cannot be."""
    from services.agents.settings import AgentsSettings
    from services.runtime.entry import settings_of

    told = {
        "redis_url": redis or running_local("redis", "url"),
        "kafka_bootstrap": bootstrap or running_local("kafka", "bootstrap"),
    }
    return settings_of(AgentsSettings, **{name: its for name, its in told.items() if its})


queues = typer.Typer(no_args_is_help=True, help="The queues of people, in Redis.")


@queues.callback()
def _queues() -> None:
    """The queues of people, in Redis."""


@queues.command("verify")
def verify(
    mend: Annotated[
        bool, typer.Option("--mend", help="Put what is not where it belongs back into its queue.")
    ] = False,
    redis: RedisUrl = None,
) -> None:
    """Checks that every open inquiry is in exactly one place, with its timer, while the desk is at work.

    Desk and company are those of the settings (WARMLINE_DESK, WARMLINE_COMPANY). Exits with 1 where something
    is not. The workers do the same every minute and mend it (`warmline_agents_orphans_total`).
    """
    verdict = asyncio.run(_verdict(desk_settings(redis), mend=mend))
    out = Console(highlight=False, soft_wrap=True)
    for name, what in verdict.faults:
        out.print(f"{name}: {what}{': put back' if mend else ''}", markup=False)
    out.print(
        f"{verdict.work} open inquiries ({verdict.waiting} waiting), {verdict.people} people, "
        f"{len(verdict.faults)} orphans",
        markup=False,
    )
    if verdict.faults:
        raise typer.Exit(1)


async def _verdict(settings: AgentsSettings, *, mend: bool) -> Verdict:
    from services.agents.app import assemble

    parts = assemble(settings)
    try:
        return await parts.pool.sweep(mend=mend)
    finally:
        await parts.redis.aclose()
