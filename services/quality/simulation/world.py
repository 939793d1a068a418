"""What is true in a simulated world. All numbers are assumptions, and they are in one file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError

from services.quality.report.prices import Prices
from warmline.codec import explain
from warmline.errors import ConfigurationError
from warmline.events.base import Name, Part, Probability

Positive = Annotated[float, Field(gt=0)]

WEEK = (1.15, 1.1, 1.05, 1.0, 1.0, 0.65, 0.55)
"""Inquiries by day of the week, from Monday, relative to the mean."""

HOURS = (
    *(0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 0.9, 1.4, 1.7, 1.8, 1.7),
    *(1.6, 1.6, 1.6, 1.6, 1.5, 1.5, 1.5, 1.4, 1.2, 1.0, 0.7, 0.4),
)
"""By hour of the day, relative to the mean."""


class Fall(Part):
    """From `day` on the bot's clear answers are right with `bot_right` only."""

    day: int = Field(ge=0)
    bot_right: Probability


class SimulatedTopic(Part):
    """`clear`: the share of inquiries that triage reads with confidence; on the others the bot, if
    it is let, is right with `unclear_right`. `minutes`: mean handling time of people."""

    name: Name
    harm: Literal["information", "account", "money", "risk"]
    per_day: Positive
    minutes: Positive
    clear: Probability
    bot_right: Probability
    unclear_right: Probability
    people_right: Probability
    fall: Fall | None = None


class Customers(Part):
    """`wants_person`: asks for a person at once. `notices`: sees that the bot's answer is wrong and
    asks for a person at once. `returns`, `complains`: of those wrongly answered otherwise, within a
    week. `patience_min`: mean of the exponential time they wait for people. `rates`: answers the
    question for CSAT. `satisfied_…`: scores 4 or 5; waiting longer than `long_wait_min` takes off
    `long_wait_costs`."""

    wants_person: Probability
    notices: Probability
    returns: Probability
    complains: Probability
    patience_min: Positive
    rates: Probability
    satisfied_right: Probability
    satisfied_wrong: Probability
    satisfied_against_wish: Probability
    long_wait_min: Positive
    long_wait_costs: Probability


class Staffing(Part):
    """People follow the work of the week before: as many as it needs, and `spare` times its square
    root more (square-root rule: Borst, Mandelbaum, Reiman, Operations Research 52, 2004). But a week
    can bring no more than `hire_share` of new people and lose no more than `leave_share`.
    `week_h`: hours a person works in a week."""

    spare: float = Field(ge=0)
    hire_share: Probability
    leave_share: Probability
    week_h: Positive
    audit_min: Positive


class Practice(Part):
    """How Warmline is run: the shares of the comparison group and of audits, and how often whoever
    judges is mistaken."""

    holdout: Probability
    audits: Probability
    judges_wrongly: Probability
    history: int = Field(ge=1)


class World(Part):
    """`season`: how far the volume swings around its mean over a year."""

    days: int = Field(ge=7, le=3660)
    season: Probability
    topics: tuple[SimulatedTopic, ...] = Field(min_length=1)
    customers: Customers
    staffing: Staffing
    practice: Practice
    prices: Prices

    def bot_right(self, topic: SimulatedTopic, day: float) -> float:
        """Of its answers to inquiries that are read clearly."""
        fall = topic.fall
        return fall.bot_right if fall is not None and day >= fall.day else topic.bot_right


def load_world(path: Path | None) -> World:
    """None: the world of the lesson. Raises ConfigurationError with file and place."""
    shown = str(path or "lesson.yaml")
    try:
        text = (
            path.read_text(encoding="utf-8")
            if path is not None
            else files("services.quality.simulation").joinpath("lesson.yaml").read_text("utf-8")
        )
        return World.model_validate(yaml.safe_load(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{shown}: cannot be read as YAML: {error}") from error
    except ValidationError as error:
        raise ConfigurationError(f"{shown}: {explain(error)}") from None
