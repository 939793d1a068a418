"""`warmline config check`: the desk's files, before they go live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

config = typer.Typer(no_args_is_help=True, help="The desk's configuration.")


@config.callback()
def _config() -> None:
    """The desk's configuration."""


@config.command("check")
def check(
    folder: Annotated[
        Path, typer.Argument(help="The company's folder, with desk.yaml and people.yaml.")
    ] = Path("examples/paylater"),
) -> None:
    """Reads the files as the services do, and says what is wrong, with file, line and path.

    Exits with 1 where there is a fault. A remark is no fault: an inquiry that nobody can serve as
    written goes to the nearest people who can.
    """
    from services.agents.config_check import remarks_on
    from services.agents.config_file import DESK_FILE, line_of, load

    configuration = load(folder)
    out = Console(highlight=False, soft_wrap=True)
    desk_file = folder / DESK_FILE
    for place, remark in remarks_on(configuration):
        dotted = ".".join(str(part) for part in place)
        out.print(f"{desk_file}:{line_of(desk_file, place)}: {dotted}: {remark}", markup=False)
    desk = configuration.desk
    out.print(
        f"{folder}: good. {len(desk.queues)} queues, {len(desk.filters)} filters, "
        f"{len(configuration.people)} people, version {configuration.version}",
        markup=False,
    )
