"""Notices a consumer that has silently stopped: records wait, and the committed offset stands still.

It asks the broker, not the consumer, so that it does not share the consumer's mistakes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import LAG, get_logger

log = get_logger(__name__)

Position = dict[TopicPartition, int]

_MIN_PERIOD_S = 1.0


class Watchdog:
    """Calls `stalled` when records of our partitions wait and none was committed for `stall_after_s`."""

    def __init__(
        self,
        settings: ServiceSettings,
        *,
        group: str,
        assigned: Callable[[], set[tuple[str, int]]],
        stalled: Callable[[], Any],
    ) -> None:
        self._settings = settings
        self._group = group
        self._assigned = assigned
        self._stalled = stalled

    async def run(self) -> None:
        """Endless. A broker that does not answer is not our consumer's fault, so it changes nothing."""
        period_s = max(_MIN_PERIOD_S, self._settings.stall_after_s / 10)
        seen: Position = {}
        moved_at = time.monotonic()
        while True:
            await asyncio.sleep(period_s)
            try:
                committed, end = await self._positions()
            except (KafkaError, OSError) as error:
                log.warning("watchdog cannot ask the broker", error=type(error).__name__)
                moved_at = time.monotonic()
                continue
            lag = self._publish_lag(committed, end)
            if lag == 0 or committed != seen:
                seen, moved_at = committed, time.monotonic()
            elif time.monotonic() - moved_at > self._settings.stall_after_s:
                log.critical("records wait and nothing is committed", lag=lag, group=self._group)
                self._stalled()

    async def _positions(self) -> tuple[Position, Position]:
        partitions = [TopicPartition(*pair) for pair in sorted(self._assigned())]
        if not partitions:
            return {}, {}
        bootstrap = self._settings.kafka_bootstrap
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=None)
        try:
            await admin.start()
            await consumer.start()
            offsets = await admin.list_consumer_group_offsets(self._group)
            beginning = await consumer.beginning_offsets(partitions)
            end = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
            await admin.close()
        committed = {
            partition: offsets[partition].offset
            if partition in offsets and offsets[partition].offset >= 0
            else beginning[partition]
            for partition in partitions
        }
        return committed, end

    def _publish_lag(self, committed: Position, end: Position) -> int:
        by_topic: dict[str, int] = {}
        for partition, offset in committed.items():
            waiting = max(0, end[partition] - offset)
            by_topic[partition.topic] = by_topic.get(partition.topic, 0) + waiting
        for topic, waiting in by_topic.items():
            LAG.labels(topic.removeprefix(self._settings.topic_prefix)).set(waiting)
        return sum(by_topic.values())
