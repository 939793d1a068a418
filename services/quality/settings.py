"""The quality service's settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from services.runtime.settings import ServiceSettings


class QualitySettings(ServiceSettings):
    """`assume_after_s`: how long a customer may say nothing to the bot's answer before it counts as
    assumed. `settle_s`: how long a conversation must be quiet before its end is concluded, so that
    news on other topics is heard first. `company` is the folder with `topics.yaml` and, for other
    terms than the usual, `licences.yaml`. `return_window_s`: who writes again on the same topic within
    this time was not helped the first time. `audit_share` of the bot's own answers is judged by people,
    `audit_double_share` of those by two; with `audits_open_max` waiting no more are asked for.
    """

    company: Path = Path("examples/paylater")
    assume_after_s: float = Field(default=24 * 60 * 60, gt=0)
    settle_s: float = Field(default=2.0, ge=0)
    audit_share: float = Field(default=0.1, ge=0, le=1)
    audit_double_share: float = Field(default=0.2, ge=0, le=1)
    audit_seed: str = "1"
    audits_open_max: int = Field(default=50, ge=0)
    audit_expires_s: float = Field(default=3 * 24 * 60 * 60, gt=0)
    return_window_s: float = Field(default=7 * 24 * 60 * 60, gt=0)
