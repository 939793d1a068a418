"""`python -m services.router`"""

from __future__ import annotations

from services.router.app import build
from services.router.settings import RouterSettings
from services.runtime.entry import run_main
from services.runtime.streaming import run_service

if __name__ == "__main__":
    run_main(lambda: run_service(build(RouterSettings())))
