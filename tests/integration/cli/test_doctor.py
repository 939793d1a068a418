"""`doctor` finds what is wrong and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis as redis_client

from tests.integration.cli.conftest import Ran, Warmline


@pytest.fixture
def redis(redis_url: str) -> Iterator[redis_client.Redis]:
    with redis_client.Redis.from_url(redis_url) as server:
        yield server


def _checks(ran: Ran) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in ran.json}


@pytest.mark.usefixtures("prefix")
def test_all_is_well(warmline: Warmline, redis_url: str) -> None:
    ran = warmline("doctor", "--redis", redis_url, "--json")
    checks = _checks(ran)
    assert ran.code == 0
    assert checks["Kafka"]["found"].startswith("4.")
    for name in (
        "Kafka",
        "topics",
        "Redis",
        "Redis appendonly",
        "Redis maxmemory-policy",
        "pydantic",
    ):
        assert checks[name]["state"] == "ok", checks[name]
    assert "✓" in warmline("doctor", "--redis", redis_url).out


def test_missing_topics_are_named(warmline: Warmline, redis_url: str, unique_name: str) -> None:
    ran = warmline("doctor", "--redis", redis_url, "--json")
    assert ran.code == 1
    assert _checks(ran)[f"topic {unique_name}.inquiries"] == {
        "name": f"topic {unique_name}.inquiries",
        "state": "failed",
        "found": "missing",
        "advice": "warmline topics apply",
    }


@pytest.mark.usefixtures("prefix")
@pytest.mark.parametrize(
    ("setting", "wrong", "right", "check"),
    [
        ("maxmemory-policy", "allkeys-lru", "noeviction", "Redis maxmemory-policy"),
        ("appendonly", "no", "yes", "Redis appendonly"),
    ],
)
def test_a_redis_that_could_forget_is_told(
    warmline: Warmline,
    redis_url: str,
    redis: redis_client.Redis,
    setting: str,
    wrong: str,
    right: str,
    check: str,
) -> None:
    redis.config_set(setting, wrong)
    try:
        ran = warmline("doctor", "--redis", redis_url, "--json")
    finally:
        redis.config_set(setting, right)
    assert ran.code == 1
    found = _checks(ran)[check]
    assert found["state"] == "failed"
    assert f"{setting} {right}" in found["advice"]
    assert _checks(warmline("doctor", "--redis", redis_url, "--json"))[check]["state"] == "ok"


@pytest.mark.usefixtures("prefix")
def test_a_redis_that_does_not_answer_is_told_without_its_password(warmline: Warmline) -> None:
    ran = warmline("doctor", "--redis", "redis://:geheim@127.0.0.1:1/0")
    assert ran.code == 1
    assert "redis://127.0.0.1:1/0" in " ".join(ran.out.split())
    assert "geheim" not in ran.out + ran.err
