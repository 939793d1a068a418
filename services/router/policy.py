"""What the bot may do for each topic, and what a person needs for it: the desk's own file.

No setting says "automate so many per cent": a topic is `human_only` until somebody has evidence.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from services.runtime.yaml_file import read_yaml
from warmline.errors import ConfigurationError
from warmline.events.base import Language, Name, Part, Probability

BotMay = Literal["licensed", "draft", "human_only"]
Harm = Literal["information", "account", "money", "risk"]


class TopicPolicy(Part):
    """One topic. `harm` is the worst that a wrong answer can do; `risk` topics are for people only.
    With `intake` the bot may ask for the topic's facts (`intake.yaml`) before people get it."""

    id: Name
    group: Name
    title: dict[Language, str]
    harm: Harm
    bot: BotMay
    intake: bool = False
    skills: tuple[Name, ...] = ()
    queue: Name
    priority_min: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _risk_is_for_people(self) -> Self:
        if self.harm == "risk" and self.bot != "human_only":
            raise ValueError(f"{self.id}: a topic with harm 'risk' must have bot 'human_only'")
        if self.harm == "risk" and self.intake:
            raise ValueError(
                f"{self.id}: a topic with harm 'risk' goes to people at once: no intake"
            )
        return self


class Policy(Part):
    """All topics. `threshold` is the calibrated confidence from which the bot may answer,
    `intake_threshold` that from which it may ask for the topic's facts before people get it (below, only
    for what most topics need),
    `max_complexity` the complexity up to which it may, `languages` those that the desk serves."""

    version: Literal[1]
    threshold: Probability = 0.9
    intake_threshold: Probability = 0.5
    max_complexity: Probability = 0.6
    languages: tuple[Language, ...] = ("en", "de")
    topics: tuple[TopicPolicy, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _no_topic_twice(self) -> Self:
        ids = [topic.id for topic in self.topics]
        twice = sorted({topic for topic in ids if ids.count(topic) > 1})
        if twice:
            raise ValueError(f"topics named twice: {', '.join(twice)}")
        return self

    def of(self, topic: str | None) -> TopicPolicy | None:
        """None for a topic that the desk's file does not name: people answer it."""
        return next((policy for policy in self.topics if policy.id == topic), None)


def load_policy(path: Path) -> tuple[Policy, str]:
    """The policy and its version (a hash of its content). Raises ConfigurationError with file, line and
    place."""
    if not path.exists():
        raise ConfigurationError(
            f"{path}: cannot be read, it is not there: the desk's topics should be; name its folder with "
            "WARMLINE_COMPANY or, on the command line, --company"
        )
    policy, _ = read_yaml(path, Policy)
    return policy, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
