"""The settings that every service has. Each service adds its own class and builds it once in `app`."""

from __future__ import annotations

import os
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.runtime.clock import ZoneName
from warmline.errors import ConfigurationError

PREFIX = "WARMLINE_"


class ServiceSettings(BaseSettings):
    """Read from the environment (`WARMLINE_...`) or, for secrets, from files in `/run/secrets`.

    `replica` names this process among its service's replicas: it makes the Kafka group membership
    static, so that a restart takes its partitions back at once. `retry_for_s` bounds how long a
    transient fault is retried before the process stops without acknowledging anything.
    `stop_within_s` bounds how long it may take to finish what is in hand after SIGTERM. `time_zone` is the
    company's: it says which day it is for articles and for words such as "yesterday".
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    kafka_bootstrap: str = "127.0.0.1:9092"
    redis_url: SecretStr = SecretStr("redis://127.0.0.1:6379/0")
    topic_prefix: str = ""
    desk: str = Field(default="main", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    replica: str = Field(default="0", pattern=r"^[A-Za-z0-9-]{1,32}$")
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535)
    time_zone: ZoneName = "UTC"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    text_max_bytes: int = Field(default=32 * 1024, ge=1, le=1024 * 1024)
    record_max_bytes: int = Field(default=256 * 1024, ge=1024, le=8 * 1024 * 1024)
    batch_max: int = Field(default=200, ge=1, le=5000)
    batch_within_s: float = Field(default=0.01, gt=0, le=1)
    retry_for_s: float = Field(default=60.0, gt=0)
    stop_within_s: float = Field(default=25.0, gt=0)
    stall_after_s: float = Field(default=60.0, gt=1)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def topic(self, name: str) -> str:
        """The topic's name on this broker."""
        return self.topic_prefix + name


def group_of(service: str, settings: ServiceSettings) -> str:
    """The consumer group: one per service, topic prefix and desk."""
    return f"{settings.topic_prefix}warmline-{service}-{settings.desk}"


def unknown_variables(known: type[ServiceSettings]) -> list[str]:
    """Names in the environment that look like ours and that nobody reads: usually a typo."""
    fields = {PREFIX + name.upper() for name in known.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in fields)


def require(condition: bool, message: str) -> None:
    """Raises ConfigurationError with `message` (what, where, what to do) unless `condition`."""
    if not condition:
        raise ConfigurationError(message)
