"""From records to outputs, with nothing lost: what happens inside a stream's body.

The life of a batch:
1. Each record is decoded; one that breaks the contract becomes a dead letter and the rest goes on.
2. The handler gets the events and returns outputs; its effects are idempotent.
3. The outputs are written and their delivery is awaited. Only then does the batch count as done.
   Who keeps a projection notes first how far it has come (`applied`).
4. A passing fault (Redis or Kafka away) is tried again for a bounded time, then the process stops with
   nothing acknowledged: after the restart the same records come again. So it does at once where Redis
   has lost what it had.
5. Any other fault concerns one record: the batch is halved until that one is alone, and it becomes a
   dead letter. If not even that can be written, the process stops as in 4.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import stamina

from services.runtime.clock import Clock
from services.runtime.errors import LostWritesError
from services.runtime.handling import Output, Subscription
from services.runtime.producer import KafkaPublisher, Record
from services.runtime.redis import PASSING_FAULTS
from services.runtime.telemetry import BATCH_S, RECORDS, RETRIES, get_logger
from warmline import codec, dead_letters
from warmline.dead_letters import Stage
from warmline.errors import ContractError, WarmlineError
from warmline.events.envelope import Event
from warmline.topics import DEAD_LETTERS

log = get_logger(__name__)

EXIT_FAIL_STOP = 70
"""EX_SOFTWARE: stopped on purpose with nothing acknowledged; start it again."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record as it came; `topic` is its name on the broker."""

    topic: str
    partition: int
    offset: int
    timestamp: datetime
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class _Doomed(Exception):
    """Wraps an error with the stage it happened in."""

    def __init__(self, stage: Stage, cause: Exception) -> None:
        super().__init__(stage)
        self.stage: Stage = stage
        self.cause = cause


def is_passing(error: Exception) -> bool:
    """Whether trying again can help without anybody changing anything."""
    if isinstance(error, WarmlineError):
        return error.retriable
    return isinstance(error, PASSING_FAULTS)


class Processor:
    """Processes the batches of one subscription. `stop` must not return: it ends the process."""

    def __init__(
        self,
        subscription: Subscription,
        publisher: KafkaPublisher,
        *,
        service: str,
        topic_prefix: str,
        limits: codec.Limits,
        retry_for_s: float,
        clock: Clock,
        stop: Callable[[int], Any],
    ) -> None:
        self._topic = subscription.topic
        self._handle = subscription.handle
        self._applied = subscription.applied
        self._publisher = publisher
        self._service = service
        self._dead_letters = topic_prefix + DEAD_LETTERS.name
        self._limits = limits
        self._retry_for_s = retry_for_s
        self._clock = clock
        self._stop = stop

    async def process(self, records: Sequence[Incoming]) -> None:
        """Returns when every record is done; never raises, since Faust would acknowledge and lose it."""
        started = time.monotonic()
        try:
            await self._process(records)
        except BaseException as error:
            log.critical(
                "stopping, nothing of the batch is acknowledged",
                topic=self._topic.name,
                records=len(records),
                error=f"{type(error).__name__}: {error}",
            )
            self._stop(EXIT_FAIL_STOP)
            raise
        BATCH_S.labels(self._topic.name).observe(time.monotonic() - started)

    async def _process(self, records: Sequence[Incoming]) -> None:
        good: list[tuple[Incoming, Event[Any]]] = []
        refused: list[tuple[Incoming, Exception]] = []
        for record in records:
            try:
                good.append((record, self._decode(record)))
            except ContractError as error:
                refused.append((record, error))
        if refused:
            await self._bury(refused, "decode")
        if good:
            await self._work(good)
        if self._applied is not None:
            ends = {record.partition: record.offset + 1 for record in records}
            async for attempt in self._attempts():
                with attempt:
                    await self._applied(self._topic.name, ends)

    def _decode(self, record: Incoming) -> Event[Any]:
        from_outside = "platform" in self._topic.writers
        record_bytes = self._limits.record_bytes if from_outside else self._topic.max_bytes
        return codec.decode(
            self._topic,
            record.key,
            record.value,
            record.headers,
            received_at=record.timestamp,
            limits=codec.Limits(record_bytes, self._limits.text_bytes),
        )

    async def _work(self, batch: Sequence[tuple[Incoming, Event[Any]]]) -> None:
        try:
            await self._attempt([event for _, event in batch])
        except _Doomed as doomed:
            if len(batch) == 1:
                await self._bury([(batch[0][0], doomed.cause)], doomed.stage)
                return
            middle = len(batch) // 2
            await self._work(batch[:middle])
            await self._work(batch[middle:])
        else:
            RECORDS.labels(self._topic.name, "done").inc(len(batch))

    async def _attempt(self, events: Sequence[Event[Any]]) -> None:
        """Handle and publish, again while the fault is a passing one."""
        async for attempt in self._attempts():
            with attempt:
                if attempt.num > 1:
                    RETRIES.labels(self._topic.name).inc()
                outputs = await self._stage("handle", self._handle(events))
                flat: list[Output] = [output for some in outputs for output in some]
                await self._stage("produce", self._publisher.publish(flat))

    async def _stage(self, stage: Stage, work: Any) -> Any:
        try:
            return await work
        except Exception as error:
            if is_passing(error) or isinstance(error, LostWritesError):
                raise
            raise _Doomed(stage, error) from error

    def _attempts(self) -> Any:
        return stamina.retry_context(
            on=is_passing,
            attempts=None,
            timeout=self._retry_for_s,
            wait_initial=0.05,
            wait_max=2.0,
        )

    async def _bury(self, refused: Sequence[tuple[Incoming, Exception]], stage: Stage) -> None:
        """Writes the dead letters, all at once, and awaits them: until then no record is done."""
        letters = [self._letter(record, stage, error) for record, error in refused]
        async for attempt in self._attempts():
            with attempt:
                await self._publisher.send(letters)
        RECORDS.labels(self._topic.name, "dead_letter").inc(len(letters))
        for record, error in refused:
            log.warning(
                "dead letter",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                stage=stage,
                error=type(error).__name__,
            )

    def _letter(self, record: Incoming, stage: Stage, error: Exception) -> Record:
        headers = dead_letters.build_headers(
            record.headers,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            service=self._service,
            stage=stage,
            error=error,
            at=self._clock(),
        )
        return Record(self._dead_letters, record.key, record.value, headers)
