"""Whether everything has come to rest: nothing waits in Kafka, nothing is left to do in Redis."""

from __future__ import annotations

from typing import Any

from kafka import TopicPartition
from redis import Redis
from redis.exceptions import RedisError

from services.runtime.keys import Keys
from warmline.client.broker import Broker
from warmline.errors import UnavailableError


def left_to_do(broker: Broker, prefix: str, redis_url: str, desk: str) -> dict[str, int]:
    """What is left, by where; empty at rest. Only records that no group has committed, steps that
    are not published, work that people have, and conversations that the ledger will look at again
    can still lead to something new. A server that does not answer is not at rest either."""
    keys = Keys(desk)
    try:
        with Redis.from_url(redis_url) as redis:
            left: dict[str, Any] = {
                "outbox": redis.xlen(keys.outbox()),
                "work": redis.hlen(keys.work()),
                "ledger": redis.zcard(keys.ledger_due()),
            }
        left |= _lag(broker, prefix)
    except (UnavailableError, RedisError):
        return {"no answer": 1}
    return {where: int(count) for where, count in left.items() if count}


def _lag(broker: Broker, prefix: str) -> dict[str, int]:
    """Records that a group has not committed, by group and topic."""
    with broker.admin() as admin:
        groups = [group["group_id"] for group in admin.list_groups()]
        committed = {
            group: admin.list_group_offsets(group)[group]
            for group in groups
            if group.startswith(prefix)
        }
    partitions = {place for places in committed.values() for place in places}
    if not partitions:
        return {"groups": 1}
    consumer = broker.consumer(group=None)
    try:
        ends: dict[TopicPartition, int] = consumer.end_offsets(list(partitions))
    finally:
        consumer.close(autocommit=False)
    lag: dict[str, int] = {}
    for group, places in committed.items():
        for place, done in places.items():
            where = f"{group} {place.topic}"
            lag[where] = lag.get(where, 0) + ends[place] - done.offset
    return lag
