"""The router's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.runtime.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """`company` is the folder with `topics.yaml`; `model` the folder that `warmline train` wrote.

    `holdout_share` of what the bot is licensed to answer goes to people all the same, so that both can
    be compared; it shrinks to nothing where `holdout_waiting_max` inquiries wait for each person.
    Another `holdout_seed` draws another group.
    """

    company: Path = Path("examples/paylater")
    model: Path = Path(".warmline/model")
    holdout_share: float = Field(default=0.05, ge=0, le=0.5)
    holdout_seed: str = "1"
    holdout_waiting_max: int = Field(default=5, ge=1)
