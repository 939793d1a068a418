"""`python -m services.bot`"""

from __future__ import annotations

from services.bot.app import build
from services.bot.settings import BotSettings
from services.runtime.entry import run_main
from services.runtime.streaming import run_service

if __name__ == "__main__":
    run_main(lambda: run_service(build(BotSettings())))
