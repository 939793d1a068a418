"""`warmline asyncapi`: the contracts as AsyncAPI 3 and JSON Schemas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warmline.cli import screen


def asyncapi(
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FOLDER", help="Write asyncapi.yaml and schemas/ there."),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option("--check", metavar="FOLDER", help="Exit 1 unless the files are current."),
    ] = None,
) -> None:
    """Print the AsyncAPI document of all topics, or write or check the files."""
    from warmline import schemas

    if write is not None:
        changed = schemas.write(write)
        screen.note(f"{len(changed)} of {len(schemas.files())} files written in {write}")
    if check is not None:
        stale = schemas.stale(check)
        for path in stale:
            screen.fail(f"{check / path} is not current: run `warmline asyncapi --write {check}`")
        if stale:
            raise typer.Exit(1)
    if write is None and check is None:
        typer.echo(schemas.files()[schemas.ASYNCAPI_FILE], nl=False)
