"""The command line. `main` is the program `warmline`; each noun has a module of its own.

Modules import only what the help needs; Kafka's client and other slow libraries are imported inside
the commands, so that `warmline --help` answers at once.
"""

from __future__ import annotations

import sys


def main() -> None:
    try:
        import typer  # noqa: F401 - asks whether the extra is installed
    except ModuleNotFoundError:
        sys.exit("The command line needs more packages: pip install 'warmline[cli]'")
    from warmline.cli.app import run

    sys.exit(run(sys.argv[1:]))
