"""The desk's commands where a server is away or an option is wrong: what is told, and the exit code."""

from __future__ import annotations

import pytest

from services.runtime import redis
from warmline.cli.app import run
from warmline.errors import ConfigurationError

NOBODY = "redis://127.0.0.1:1/0"
COMMANDS = [
    ["staffing", "general"],
    ["explain", "i1", "--no-past"],
    ["queues", "verify"],
]


@pytest.fixture(autouse=True)
def _redis_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_REDIS_URL", NOBODY)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_redis_that_does_not_answer_is_told_as_such(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command) == 3
    assert "Redis does not answer (ConnectionError)" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_a_password_that_redis_refuses_is_no_matter_of_trying_again(
    command: list[str],
    redis_url: str,
    unique_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused = redis_url.replace("redis://", f"redis://{unique_name}:no@")
    monkeypatch.setenv("WARMLINE_REDIS_URL", refused)
    assert run(command) == 1
    assert "Redis refuses the name or password" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_an_address_that_is_none_is_told_without_it(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMLINE_REDIS_URL", "localhost:6379/hidden")
    assert run(command) == 1
    told = capsys.readouterr().err
    assert "WARMLINE_REDIS_URL is no address of Redis: write redis://HOST:PORT/0" in told
    assert "hidden" not in told


@pytest.mark.parametrize("command", COMMANDS)
def test_a_desk_that_cannot_be_is_told(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMLINE_DESK", "Not A Desk")
    assert run(command) == 1
    assert "WARMLINE_DESK: String should match pattern" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_each_asks_the_shard_of_its_own_desk(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def connect(_: str, desk: str = "main") -> None:
        raise ConfigurationError(f"asked for {desk}")

    monkeypatch.setattr(redis, "connect", connect)
    monkeypatch.setattr("services.agents.app.connect", connect)
    monkeypatch.setenv("WARMLINE_DESK", "berlin")
    assert run(command) == 1
    assert "asked for berlin" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_staffing_of_a_day_that_no_calendar_reaches_is_wrong_use(
    day: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["staffing", "general", "--day", day]) == 2
    assert "from 2000-01-01 to 2999-12-31" in capsys.readouterr().err


def test_verify_asks_the_local_redis_where_no_other_is_named(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WARMLINE_REDIS_URL")
    local = {"redis": redis_url, "kafka": None}
    monkeypatch.setattr("services.agents.cli.running_local", lambda server, _: local[server])
    assert run(["queues", "verify"]) == 0
    assert "0 orphans" in capsys.readouterr().out
    assert run(["queues", "verify", "--redis", NOBODY]) == 3
