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

    The model's folder is looked at every `model_look_s`; a new model is used from then on.
    `shadow_model` is a candidate's folder: it reads along, decides nothing, and is compared. Inquiries
    are compared with the calibration window every `drift_every_s`, or later, when there are enough.
    """

    company: Path = Path("examples/paylater")
    model: Path = Path(".warmline/model")
    holdout_share: float = Field(default=0.05, ge=0, le=0.5)
    holdout_seed: str = "1"
    holdout_waiting_max: int = Field(default=5, ge=1)
    model_look_s: float = Field(default=2.0, gt=0)
    shadow_model: Path | None = None
    drift_every_s: float = Field(default=300.0, gt=0)
