"""`python -m services.quality`"""

from __future__ import annotations

from services.quality.app import build
from services.quality.settings import QualitySettings
from services.runtime.entry import run_main
from services.runtime.streaming import run_service

if __name__ == "__main__":
    run_main(lambda: run_service(build(QualitySettings())))
