"""Commands that other packages bring, by the entry point group `warmline.commands`.

A package declares `name = "module:object"`; the object is a `typer.Typer`, which becomes the group
`warmline name …`, or a function, which becomes the command. Keep that module light: it is imported
for `warmline --help`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

import typer

from warmline.errors import ConfigurationError

GROUP = "warmline.commands"


def add_to(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Loads only the command that `arguments` begin with, or all of them where help is wanted."""
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    own = {command.name for command in app.registered_commands}
    own |= {group.name for group in app.registered_groups}
    if wanted in own:
        return
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if wanted in (None, point.name) and point.name not in own:
            _add(app, point)


def _add(app: typer.Typer, point: EntryPoint) -> None:
    try:
        command = point.load()
    except ImportError as error:
        _add_unavailable(app, point, error)
        return
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=point.name)
    else:
        app.command(name=point.name)(command)


def _add_unavailable(app: typer.Typer, point: EntryPoint, error: ImportError) -> None:
    needs = error.name or str(error)

    @app.command(
        name=point.name,
        help=f"Not available: needs the package {needs}.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def unavailable() -> None:
        raise ConfigurationError(
            f"`warmline {point.name}` needs {needs}, which is not installed: "
            "pip install 'warmline[services,train]'"
        )
