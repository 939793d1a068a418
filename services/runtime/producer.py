"""The one way in which a service writes to Kafka: an idempotent producer whose deliveries are awaited.

Faust's own producer acknowledges inputs although an output was refused, so it is not used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from services.runtime.handling import Output
from services.runtime.telemetry import OUTPUTS, get_logger
from warmline import codec
from warmline.errors import TooLargeError, UnavailableError
from warmline.topics import RAW_MAX_BYTES, KiB

_REFUSED = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    CorruptRecordException,
    InvalidTopicError,
)
"""The broker's answers that concern the record itself: writing it again cannot help."""

_BATCH_BYTES = 256 * KiB
_DELIVERY_TIMEOUT_MS = 20_000


class Record(NamedTuple):
    """A record as it goes to the broker; `topic` has its prefix."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class KafkaPublisher:
    """Writes events and waits until all replicas in sync have them.

    After a refusal the producer is replaced: an idempotent producer numbers its batches, and the
    numbers of a refused batch are gone, so that the broker would refuse all that follow.
    """

    def __init__(self, bootstrap: str, topic_prefix: str, client_id: str, source: str) -> None:
        self.source = source
        self._bootstrap = bootstrap
        self._prefix = topic_prefix
        self._client_id = client_id
        self._producer: Any = None
        self._replacing = asyncio.Lock()

    async def start(self) -> None:
        """Raises UnavailableError where no broker answers."""
        try:
            self._producer = await self._connect()
        except (KafkaError, OSError) as error:
            raise UnavailableError(
                f"Kafka at {self._bootstrap} does not answer ({type(error).__name__}): check the "
                "address and that it runs"
            ) from error

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def publish(self, outputs: Sequence[Output]) -> None:
        """See `services.runtime.handling.Publisher`. Order within a key is kept."""
        await self.send([self._encode(output) for output in outputs])
        for output in outputs:
            OUTPUTS.labels(output.topic.name).inc()

    async def send(self, records: Sequence[Record]) -> None:
        """Raises TooLargeError where the broker refuses a record, UnavailableError where the fate of
        one is unknown; the others may have been written then, and may be written again."""
        producer = self._producer
        if producer is None:
            raise UnavailableError("the producer is not started")
        deliveries = []
        failure: BaseException | None = None
        try:
            for topic, key, value, headers in records:
                delivery = await producer.send(topic, value, key=key, headers=list(headers))
                deliveries.append(delivery)
        except KafkaError as error:
            failure = error
        answers = await asyncio.gather(*deliveries, return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if failure is not None:
            failures.insert(0, failure)
        if failures:
            await self._replace(producer)
            raise _translate(failures)

    def _encode(self, output: Output) -> Record:
        key, value, headers = codec.encode(output.topic, output.event)
        return Record(self._prefix + output.topic.name, key, value, headers)

    async def _connect(self) -> Any:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            max_batch_size=_BATCH_BYTES,
            max_request_size=RAW_MAX_BYTES + 128 * KiB,
            request_timeout_ms=_DELIVERY_TIMEOUT_MS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer

    async def _replace(self, broken: Any) -> None:
        async with self._replacing:
            if self._producer is not broken:
                return
            try:
                self._producer = await self._connect()
            except (KafkaError, OSError) as error:
                get_logger(__name__).warning("producer not replaced", error=type(error).__name__)
                return
        try:
            await broken.stop()
        except KafkaError as error:
            get_logger(__name__).warning("producer not closed", error=type(error).__name__)


def _translate(failures: Sequence[BaseException]) -> BaseException:
    """A passing fault outweighs a refusal: only when all else was written is the refused one known."""
    for failure in failures:
        if not isinstance(failure, _REFUSED):
            if isinstance(failure, KafkaError):
                return UnavailableError(f"Kafka: {type(failure).__name__}: {failure}")
            return failure
    return TooLargeError(f"the broker refuses the record: {type(failures[0]).__name__}")
