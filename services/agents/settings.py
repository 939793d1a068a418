"""The settings of the agents service, worker and API."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from services.language_model.settings import ModelSettings


class AgentsSettings(ModelSettings):
    """`company` is the folder with `desk.yaml` and `people.yaml`. Without `api_token` the API
    listens on loopback only; there is no default token. A model is asked by the API only, for whoever
    looks at a conversation. `audit_expires_s`: as in the quality service, which reads the same variable."""

    company: Path = Path("examples/paylater")
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8080, ge=0, le=65535)
    api_token: SecretStr | None = Field(default=None, min_length=16)
    api_body_max_bytes: int = Field(default=64 * 1024, ge=1024, le=1024 * 1024)
    audit_expires_s: float = Field(default=3 * 24 * 60 * 60, gt=0)
