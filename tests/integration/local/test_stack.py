"""Kafka and Redis of one folder: started, found again, restarted with their data, stopped alone."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from redis import Redis

from tests.servers import JARS_CACHE, eventually, running_redis
from warmline.errors import ConfigurationError, ServerStartError
from warmline.local.ports import LOOPBACK, free_port
from warmline.local.progress import silent
from warmline.local.redis import RedisServer
from warmline.local.stack import Stack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """Up when a test begins; a test that stops it leaves the next start to the next test."""
    stack = Stack(folder, cache=JARS_CACHE, die_with_parent=True)
    yield stack
    stack.down()


@pytest.fixture(autouse=True)
def _up(stack: Stack) -> None:
    stack.up()


def test_a_later_command_finds_the_running_servers(stack: Stack, folder: Path) -> None:
    found = Stack(folder, cache=JARS_CACHE)
    assert found.up() == []
    assert found.status() == stack.status()
    assert found.kafka.pid is not None


def test_the_status_is_json_and_tells_where_the_servers_are(stack: Stack) -> None:
    status = json.loads(json.dumps(stack.status()))
    assert status["kafka"] == {"bootstrap": stack.kafka.bootstrap, "pid": stack.kafka.pid}
    assert status["redis"] == {"url": stack.redis.url, "pid": stack.redis.pid}


def test_a_crash_of_both_keeps_addresses_and_data(stack: Stack, unique_name: str) -> None:
    addresses = (stack.kafka.bootstrap, stack.redis.url)
    _write(stack, unique_name, b"before the crash")

    stack.kafka.kill()
    stack.redis.kill()
    assert stack.up() == ["redis", "kafka"]

    assert (stack.kafka.bootstrap, stack.redis.url) == addresses
    assert _read(stack, unique_name) == (b"before the crash", b"before the crash")


def test_only_the_named_server_is_stopped(stack: Stack) -> None:
    assert stack.down(names=["redis"]) == ["redis"]
    assert stack.redis.pid is None
    assert stack.kafka.pid is not None


def test_a_redis_of_somebody_else_survives_down(stack: Stack, tmp_path: Path) -> None:
    with running_redis(tmp_path) as neighbour:
        stack.down(names=["redis"])
        with Redis.from_url(neighbour.url) as client:
            assert client.ping()


def test_a_port_that_was_taken_meanwhile_is_replaced(stack: Stack, folder: Path) -> None:
    stack.down(names=["redis"])
    taken = stack.redis.port
    with socket.create_server((LOOPBACK, taken)):
        assert stack.up() == ["redis"]
    assert stack.redis.port != taken
    assert Stack(folder).redis.port == stack.redis.port


def test_a_server_on_a_taken_port_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    server = RedisServer(tmp_path, port)
    with (
        socket.create_server((LOOPBACK, port)),
        pytest.raises(ServerStartError, match="Address already in use"),
    ):
        server.start(silent)
    assert server.pid is None


def test_nothing_stays_up_when_one_of_them_cannot_start(tmp_path: Path) -> None:
    stack = Stack(tmp_path, cache=JARS_CACHE)
    storage = tmp_path / "kafka" / "data"
    storage.mkdir(parents=True)
    (storage / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=7\n")
    with pytest.raises(
        ServerStartError, match=r"kafka ended while starting(.|\n)*meta\.properties"
    ):
        stack.up()
    assert stack.redis.pid is None


def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(ConfigurationError, match=r"stack\.json is damaged"):
        Stack(tmp_path)


def _write(stack: Stack, name: str, value: bytes) -> None:
    with Redis.from_url(stack.redis.url) as client:
        client.set(name, value)
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka.bootstrap)
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=stack.kafka.bootstrap)
    producer.send(name, value).get(timeout=10)
    producer.close()


def _read(stack: Stack, name: str) -> tuple[bytes, bytes]:
    """What Kafka and what Redis hold under `name`."""
    consumer = KafkaConsumer(
        name, bootstrap_servers=stack.kafka.bootstrap, auto_offset_reset="earliest"
    )
    try:
        record = eventually(lambda: next(iter(consumer.poll(timeout_ms=200).values()), []))[0]
    finally:
        consumer.close()
    with Redis.from_url(stack.redis.url) as client:
        stored = client.get(name)
    assert isinstance(stored, bytes)
    return record.value, stored
