"""The topic table on a real broker: what is there, what differs, and making it so."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from kafka.admin import ConfigResource

from warmline.client.broker import Broker
from warmline.errors import ConfigurationError, UnavailableError
from warmline.topics import TOPICS, Topic

_POLL_S = 0.05

Action = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of the table and what the broker has of it; `partitions` is 0 where it is missing.

    `name` carries the prefix. `config` holds the settings that the table cares for.
    """

    topic: Topic
    name: str
    partitions: int
    replication: int
    config: dict[str, str]

    @property
    def missing(self) -> bool:
        return self.partitions == 0

    @property
    def wrong_config(self) -> dict[str, str]:
        """The settings that differ, with the values they should have."""
        return {
            name: value
            for name, value in self.topic.config().items()
            if self.config.get(name) != value
        }

    @property
    def differences(self) -> list[str]:
        """In words; empty where broker and table agree. The number of partitions is the operator's
        affair: the table's is only what a new topic gets."""
        if self.missing:
            return ["missing"]
        return [
            f"{name}={self.config.get(name, '?')}, wanted {value}"
            for name, value in self.wrong_config.items()
        ]

    def wanted(self, asked: int | None) -> int:
        """The number of partitions, if `asked` were asked for."""
        if self.topic.partitions == 1:
            return 1
        return asked or self.partitions or self.topic.partitions


@dataclass(frozen=True, slots=True)
class Change:
    """What `apply` did to a topic; `details` in words."""

    name: str
    action: Action
    details: tuple[str, ...] = ()


def inspect(broker: Broker, prefix: str = "") -> list[TopicState]:
    """The state of every topic of the table."""
    with broker.admin() as admin:
        return _states(admin, prefix)


def apply(
    broker: Broker,
    prefix: str = "",
    *,
    partitions: int | None = None,
    replication: int | None = None,
) -> list[Change]:
    """Creates what is missing, adds partitions and sets what differs; returns when all brokers that
    answer know of it. Running it twice changes nothing. It removes nothing, no partition either.

    `partitions` None: new topics get the table's number, others keep theirs; topics that must have
    one keep it in any case. Where partitions are added, order per key holds only among the records
    after that. `replication` None is the broker's default and concerns new topics only.
    """
    with broker.admin() as admin:
        before = _states(admin, prefix)
        missing = [state for state in before if state.missing]
        if missing:
            _create(admin, missing, partitions, replication)
        short = {
            state.name: state.wanted(partitions) for state in before if _short(state, partitions)
        }
        if short:
            admin.create_partitions(short)
        _alter(admin, [state for state in before if not state.missing and state.wrong_config])
        _wait_until_applied(admin, prefix, partitions, broker.timeout_s)
    return [_change(state, partitions) for state in before]


def _short(state: TopicState, asked: int | None) -> bool:
    return not state.missing and state.partitions < state.wanted(asked)


def _states(admin: Any, prefix: str) -> list[TopicState]:
    names = [prefix + topic.name for topic in TOPICS]
    found = {topic["name"]: topic["partitions"] for topic in admin.describe_topics(names)}
    configs = _configs(admin, [name for name in names if found[name]])
    return [
        TopicState(
            topic=topic,
            name=name,
            partitions=len(found[name]),
            replication=min((len(part["replica_nodes"]) for part in found[name]), default=0),
            config=configs.get(name, {}),
        )
        for topic, name in zip(TOPICS, names, strict=True)
    ]


def _configs(admin: Any, names: Iterable[str]) -> dict[str, dict[str, str]]:
    wanted = sorted({setting for topic in TOPICS for setting in topic.config()})
    resources = [ConfigResource("topic", name, wanted) for name in names]
    if not resources:
        return {}
    described = admin.describe_configs(resources, config_filter="all")["topic"]
    return {
        name: {setting: entry["value"] for setting, entry in settings.items()}
        for name, settings in described.items()
    }


def _create(
    admin: Any, missing: list[TopicState], partitions: int | None, replication: int | None
) -> None:
    answer = admin.create_topics(
        {
            state.name: {
                "num_partitions": state.wanted(partitions),
                "replication_factor": replication or -1,
                "configs": state.topic.config(),
            }
            for state in missing
        },
        raise_errors=False,
    )
    already_exists = 36  # somebody else was faster: what we wanted
    refused = [
        f"{topic['name']}: {topic['error_message']}"
        for topic in answer["topics"]
        if topic["error_code"] not in (0, already_exists)
    ]
    if refused:
        raise ConfigurationError(f"Kafka did not create {'; '.join(refused)}")


def _alter(admin: Any, wrong: list[TopicState]) -> None:
    if not wrong:
        return
    answer = admin.alter_configs(
        [ConfigResource("topic", state.name, dict(state.wrong_config)) for state in wrong]
    )
    refused = [f"{name}: {said}" for name, said in answer["topic"].items() if said != "OK"]
    if refused:
        raise ConfigurationError(f"Kafka did not change {'; '.join(refused)}")


def _wait_until_applied(admin: Any, prefix: str, partitions: int | None, timeout_s: float) -> None:
    """Kafka answers before all of its brokers know of a change."""
    deadline = time.monotonic() + timeout_s
    admin.wait_for_topics([prefix + topic.name for topic in TOPICS], timeout_ms=timeout_s * 1000)
    while late := [
        state.name
        for state in _states(admin, prefix)
        if state.differences or _short(state, partitions)
    ]:
        if time.monotonic() > deadline:
            raise UnavailableError(
                f"Kafka has not applied the changes of {', '.join(late)} within {timeout_s} s"
            )
        time.sleep(_POLL_S)


def _change(before: TopicState, partitions: int | None) -> Change:
    wanted = before.wanted(partitions)
    if before.missing:
        return Change(before.name, "created", (f"{wanted} partition{'s' * (wanted > 1)}",))
    details = [
        f"{name} {before.config.get(name, '?')} → {value}"
        for name, value in before.wrong_config.items()
    ]
    if _short(before, partitions):
        details.insert(0, f"partitions {before.partitions} → {wanted}")
    return Change(before.name, "changed" if details else "unchanged", tuple(details))
