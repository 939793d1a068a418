"""The servers that every integration test shares."""

from __future__ import annotations

from kafka.admin import KafkaAdminClient
from redis import Redis


def test_the_shared_broker_answers(kafka: str) -> None:
    client = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        brokers = client.describe_cluster()["brokers"]
    finally:
        client.close()
    assert [f"{broker['host']}:{broker['port']}" for broker in brokers] == [kafka]


def test_the_shared_redis_never_evicts(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
