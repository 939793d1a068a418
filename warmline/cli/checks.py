"""What `warmline doctor` looks at; each check says what it found and what to do about it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from warmline.errors import WarmlineError

State = Literal["ok", "warning", "failed"]

_PYTHON = (3, 11)
_REDIS = (6, 2)
_KAFKA = (3, 0)
_SKEW_S = 2.0
_NEEDED = ("pydantic", "kafka-python", "typer", "rich", "PyYAML", "redis")
_FOR_SERVICES = ("faust-streaming", "aiokafka", "fastapi", "numpy")
_FOR_TRAINING = ("scikit-learn",)


@dataclass(frozen=True, slots=True)
class Check:
    """`advice` is empty where all is well."""

    name: str
    state: State
    found: str
    advice: str = ""


def python() -> list[Check]:
    """The interpreter and the packages: needed ones, and those of the extras."""
    running = sys.version_info
    checks = [
        Check("Python", "ok", f"{running.major}.{running.minor}.{running.micro}")
        if running >= _PYTHON
        else Check("Python", "failed", f"{running.major}.{running.minor}", "install 3.11 or newer")
    ]
    for packages, state, advice in (
        (_NEEDED, "failed", "pip install 'warmline[cli]'"),
        (_FOR_SERVICES, "warning", "to run services: pip install 'warmline[services]'"),
        (_FOR_TRAINING, "warning", "to train a model: pip install 'warmline[train]'"),
    ):
        checks += [_package(name, state, advice) for name in packages]  # type: ignore[arg-type]
    return checks


def java() -> Check:
    """Only a Kafka on this machine needs it."""
    from warmline.local import programs

    found = programs.find_java()
    if found is None:
        return Check(
            "Java", "warning", "none of 17 or newer", programs.how_to_install([programs.JAVA])
        )
    return Check("Java", "ok", f"{programs.java_version(found)} ({found})")


def kafka(bootstrap: str, prefix: str, timeout_s: float) -> list[Check]:
    """Whether it answers, which version, and whether the topics are as the table wants them."""
    from warmline.client.broker import Broker
    from warmline.client.provisioning import inspect

    broker = Broker(bootstrap, timeout_s=timeout_s)
    try:
        with broker.admin() as admin:
            brokers = admin.describe_cluster()["brokers"]
            number = admin.get_broker_version_data(brokers[0]["broker_id"]).broker_version
        states = inspect(broker, prefix)
    except WarmlineError as error:
        return [Check("Kafka", "failed", str(error), "start it, or `warmline up` for a local one")]
    said = f"{'.'.join(map(str, number))} at {bootstrap}, {len(brokers)} broker(s)"
    checks = [
        Check("Kafka", "ok", said)
        if number >= _KAFKA
        else Check("Kafka", "failed", said, "upgrade to 3.0 or newer, best 4.x")
    ]
    wrong = [state for state in states if state.differences]
    checks += [
        Check(
            f"topic {state.name}", "failed", "; ".join(state.differences), "warmline topics apply"
        )
        for state in wrong
    ]
    if not wrong:
        checks.append(Check("topics", "ok", f"{len(states)} as they should be"))
    return checks


def redis(url: str, timeout_s: float) -> list[Check]:
    """Whether it answers, which version, and whether it keeps what it is given. All is read from
    INFO, because managed servers often forbid CONFIG."""
    import redis as client
    from redis.exceptions import RedisError

    try:
        with client.Redis.from_url(url, socket_timeout=timeout_s, retry=None) as server:
            info: dict[str, Any] = server.info()
            seconds, micros = server.time()
    except (RedisError, ValueError) as error:
        return [
            Check(
                "Redis",
                "failed",
                f"{_without_password(url)} does not answer ({type(error).__name__})",
                "start it, or `warmline up` for a local one; check address and password",
            )
        ]
    said = f"{info['redis_version']} at {_without_password(url)}"
    new_enough = tuple(map(int, info["redis_version"].split(".")[:2])) >= _REDIS
    return [
        Check("Redis", "ok", said)
        if new_enough
        else Check("Redis", "failed", said, "upgrade to 6.2 or newer, best 7"),
        _memory_policy(info.get("maxmemory_policy", "unknown")),
        _append_only(bool(info.get("aof_enabled"))),
        _clock(abs(seconds + micros / 1e6 - time.time())),
    ]


def _memory_policy(policy: str) -> Check:
    if policy == "noeviction":
        return Check("Redis maxmemory-policy", "ok", policy)
    return Check(
        "Redis maxmemory-policy",
        "failed",
        f"{policy}: a full Redis would forget waiting customers",
        "set `maxmemory-policy noeviction` in redis.conf",
    )


def _append_only(enabled: bool) -> Check:
    if enabled:
        return Check("Redis appendonly", "ok", "yes")
    return Check(
        "Redis appendonly",
        "failed",
        "no: a restart loses the queues until they are rebuilt from Kafka",
        "set `appendonly yes` and `appendfsync everysec` in redis.conf",
    )


def _clock(skew_s: float) -> Check:
    if skew_s <= _SKEW_S:
        return Check("clock", "ok", f"{skew_s:.1f} s from Redis' clock")
    return Check(
        "clock", "warning", f"{skew_s:.1f} s from Redis' clock", "run NTP on both machines"
    )


def _package(name: str, state_if_missing: State, advice: str) -> Check:
    try:
        return Check(name, "ok", version(name))
    except PackageNotFoundError:
        return Check(name, state_if_missing, "not installed", advice)


def _without_password(url: str) -> str:
    scheme, _, rest = url.rpartition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
