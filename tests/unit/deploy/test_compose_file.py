"""What docker-compose.yml promises of every service: contained, bounded, healthy, and no secret in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.agents.settings import AgentsSettings
from services.bot.settings import BotSettings
from services.quality.settings import QualitySettings
from services.router.settings import RouterSettings
from services.runtime.settings import PREFIX, ServiceSettings

CHECKOUT = Path(__file__).resolve().parents[3]
TEXT = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = PROJECT["services"]
SETTINGS_OF: dict[str, type[ServiceSettings]] = {
    "router": RouterSettings,
    "bot": BotSettings,
    "quality": QualitySettings,
    "agents-worker": AgentsSettings,
    "agents-api": AgentsSettings,
}
# A short session suits a broker that tests kill, not one that has to last under load.
LEFT_ALONE = {"broker.session.timeout.ms", "broker.heartbeat.interval.ms"}
SERVERS = {"kafka", "redis", *SETTINGS_OF}

VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:[-?])?([^}]*)\}")
SECRET_NAME = re.compile("PASSWORD|TOKEN|SECRET|AUTH|_URL$")

every_service = pytest.mark.parametrize("name", SERVICES)
every_server = pytest.mark.parametrize("name", sorted(SERVERS))


@every_service
def test_it_runs_without_root_capabilities_or_a_writable_root(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} & service.keys()


@every_service
def test_its_memory_processes_and_logs_are_bounded(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 512
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert all("size=" in mount for mount in service["tmpfs"])
    assert service["init"] is True


@every_service
def test_its_image_is_pinned_or_built_here(name: str) -> None:
    image = SERVICES[name]["image"]
    assert image == "warmline:local" or re.fullmatch(r"[a-z/]+:\d+\.\d+[\w.-]*", image)


@every_server
def test_it_says_when_it_is_ready_and_comes_back_by_itself(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= check.keys()
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - SERVERS))
def test_what_has_no_health_is_a_job_or_a_demonstration(name: str) -> None:
    assert SERVICES[name]["healthcheck"] == {"disable": True}
    assert SERVICES[name]["restart"] == "no" or SERVICES[name]["profiles"] == ["demo"]


def test_the_demonstration_runs_only_where_it_is_asked_for() -> None:
    profiles = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert {name for name, of in profiles.items() if of == ["demo"]} == {"people", "demo"}
    assert not any(of for name, of in profiles.items() if name not in ("people", "demo"))


@every_service
def test_its_ports_are_loopback_ports(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert str(port).startswith("127.0.0.1:")


@every_service
def test_it_mounts_named_volumes_only(name: str) -> None:
    for mount in SERVICES[name].get("volumes", ()):
        assert mount.split(":")[0] in PROJECT["volumes"]


@pytest.mark.parametrize("name", SETTINGS_OF)
def test_a_service_waits_for_its_stores_and_its_topics(name: str) -> None:
    assert SERVICES[name]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
        "init": {"condition": "service_completed_successfully"},
    }


@pytest.mark.parametrize(("name", "settings"), SETTINGS_OF.items())
def test_a_service_has_time_to_finish_what_it_has_in_hand(
    name: str, settings: type[ServiceSettings]
) -> None:
    grace = SERVICES[name]["stop_grace_period"]
    assert float(grace.removesuffix("s")) > settings.model_fields["retry_for_s"].default


@pytest.mark.parametrize(("name", "settings"), SETTINGS_OF.items())
def test_a_service_knows_every_variable_that_it_is_given(
    name: str, settings: type[ServiceSettings]
) -> None:
    fields = {PREFIX + field.upper() for field in settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= fields


def test_health_ports_differ_so_that_the_services_can_share_a_network() -> None:
    ports = [SERVICES[name]["environment"]["WARMLINE_HEALTH_PORT"] for name in SETTINGS_OF]
    assert len(set(ports)) == len(ports)


def test_every_secret_comes_from_the_environment() -> None:
    named = [
        str(value)
        for service in SERVICES.values()
        for key, value in service.get("environment", {}).items()
        if SECRET_NAME.search(key)
    ]
    assert named
    for value in named:
        variables = [found[1] for found in VARIABLE.finditer(value)]
        assert variables, value
        assert all(SECRET_NAME.search(variable) for variable in variables)


def test_a_secret_has_no_default_and_its_absence_names_the_line_to_run() -> None:
    asked = {}
    for found in VARIABLE.finditer(TEXT):
        variable, kind, rest = found.groups()
        if SECRET_NAME.search(variable):
            assert kind != ":-" or not rest, f"{variable} has a default"
            if kind == ":?":
                asked[variable] = rest
    assert asked.keys() == {"REDIS_PASSWORD", "API_TOKEN"}
    for variable, message in asked.items():
        assert f"echo {variable}=$$(openssl rand -hex 32) >> .env" in message


def test_the_example_of_the_environment_names_every_variable_with_its_default() -> None:
    example = (CHECKOUT / "deploy" / "env.example").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, flags=re.MULTILINE))
    wanted = {
        found[1]: found[3] if found[2] == ":-" else ""
        for found in VARIABLE.finditer(TEXT)
        if found[2]
    }
    assert offered == wanted


def test_redis_refuses_rather_than_forgets_and_is_never_killed_for_its_memory() -> None:
    redis = SERVICES["redis"]
    lines = redis["command"][-1].splitlines()
    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= set(lines)
    maxmemory = next(line.split()[1] for line in lines if line.startswith("maxmemory "))
    assert _bytes(maxmemory) <= _bytes(redis["mem_limit"]) // 2


def test_both_ways_to_start_kafka_set_it_up_alike() -> None:
    environment = SERVICES["kafka"]["environment"]
    properties = (CHECKOUT / "deploy" / "kafka" / "server.properties").read_text(encoding="utf-8")
    for line in properties.splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#") and "$" not in value and key not in LEFT_ALONE:
            name = "KAFKA_" + key.replace(".", "_").upper()
            assert str(environment[name]) == value, key


def _bytes(size: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([mg])b?", size, re.IGNORECASE).groups()  # type: ignore[union-attr]
    return int(number) * {"m": 1024**2, "g": 1024**3}[unit.lower()]
