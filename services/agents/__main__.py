"""`python -m services.agents worker` or `python -m services.agents api`"""

from __future__ import annotations

import sys

from services.agents.settings import AgentsSettings
from services.runtime.entry import run_main
from services.runtime.streaming import run_service


def _worker() -> None:
    from services.agents.app import build_worker

    run_service(build_worker(AgentsSettings()))


def _api() -> None:
    from services.agents.server import serve

    serve(AgentsSettings())


def _main() -> None:
    match sys.argv[1:]:
        case ["worker"]:
            _worker()
        case ["api"]:
            _api()
        case _:
            print("usage: python -m services.agents worker|api", file=sys.stderr)
            raise SystemExit(64)


if __name__ == "__main__":
    run_main(_main)
