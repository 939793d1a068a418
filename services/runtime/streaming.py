"""The streaming seam: the only module that imports Faust.

Faust brings records and commits offsets; everything between is ours (`processing`), because Faust
acknowledges a record whenever its stream's body ends, also by an exception. So no exception leaves the
body, outputs go through a producer of our own, and what cannot be finished ends the process before
anything is acknowledged. Every setting below that differs from Faust's default guards against a loss
that was seen to happen.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import faust
import stamina
from faust.transport.drivers import aiokafka as driver

from services.runtime.clock import now
from services.runtime.handling import Publisher, Subscription
from services.runtime.processing import EXIT_FAIL_STOP, Incoming, Processor, is_passing
from services.runtime.producer import KafkaPublisher
from services.runtime.settings import ServiceSettings, group_of, unknown_variables
from services.runtime.telemetry import Check, HealthServer, configure_logging, get_logger
from services.runtime.watchdog import Watchdog
from warmline.codec import Limits
from warmline.errors import UnavailableError

log = get_logger(__name__)

SESSION_S = 10.0
HEARTBEAT_S = 3.0
COMMIT_S = 1.0
FETCH_WAIT_MS = 50
"""How long a broker may hold a fetch that finds nothing. There is one fetch under way to each broker, so a
record of a busy topic waits until the fetch for the idle ones is back. Faust's driver has 1,500 written in:
then half of the inquiries waited longer than that at a hundred a second."""

Background = Callable[[Publisher], Awaitable[None]]


async def _nothing() -> None:
    return None


@dataclass(frozen=True)
class Service:
    """What a service is to the runtime. `background` coroutines never end; one that does stops the
    process. `faults` are what it has to do without. `prepare` runs before the first record is read, and
    again while its fault is a passing one; `close` runs after the last batch is done."""

    name: str
    settings: ServiceSettings
    subscriptions: Sequence[Subscription]
    background: Sequence[Background] = ()
    ready: Mapping[str, Check] = field(default_factory=dict)
    faults: Sequence[str] = ()
    prepare: Callable[[], Awaitable[None]] = _nothing
    close: Callable[[], Awaitable[None]] = _nothing


def run_service(service: Service) -> None:
    """Runs until SIGTERM or SIGINT, then finishes the batches in hand, commits, and exits with 0."""
    configure_logging(service.settings, service.name)
    for name in unknown_variables(type(service.settings)):
        log.warning("environment variable is not read by this service", variable=name)
    app = build_app(service, stop=os._exit)
    worker = faust.Worker(
        app,
        loglevel=service.settings.log_level,
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        workdir=None,
    )
    worker.execute_from_commandline()


def build_app(service: Service, *, stop: Callable[[int], Any]) -> Any:
    """The Faust app with one stream per subscription. Opens no connection."""
    settings = service.settings
    publisher = KafkaPublisher(
        settings.kafka_bootstrap,
        settings.topic_prefix,
        client_id=f"warmline-{service.name}-{settings.replica}",
        source=f"/warmline/{service.name}",
    )
    app = _App(service, publisher, stop)
    for subscription in service.subscriptions:
        processor = Processor(
            subscription,
            publisher,
            service=service.name,
            topic_prefix=settings.topic_prefix,
            limits=Limits(settings.record_max_bytes, settings.text_max_bytes),
            retry_for_s=settings.retry_for_s,
            clock=now,
            stop=stop,
        )
        _subscribe(app, settings, subscription, processor)
    return app


def _subscribe(
    app: Any, settings: ServiceSettings, subscription: Subscription, processor: Processor
) -> None:
    topic = app.topic(
        settings.topic(subscription.topic.name), value_serializer="raw", key_serializer="raw"
    )

    async def body(stream: Any) -> None:
        batches = stream.take_events(settings.batch_max, within=settings.batch_within_s)
        async for events in batches:
            await processor.process([_incoming(event) for event in events])

    app.agent(topic, name=f"stream-{subscription.topic.name}", concurrency=1)(body)


def _incoming(event: Any) -> Incoming:
    message = event.message
    headers = message.headers or ()
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Incoming(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp=datetime.fromtimestamp(message.timestamp, UTC),
        key=message.key,
        value=message.value,
        headers=[(name, bytes(content or b"")) for name, content in pairs],
    )


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> Any:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Transport(driver.Transport):
    Consumer = _Consumer


class _App(faust.App):
    """Faust's app with our producer, health page and watchdog tied to its life."""

    def __init__(
        self, service: Service, publisher: KafkaPublisher, stop: Callable[[int], Any]
    ) -> None:
        settings = service.settings
        super().__init__(
            group_of(service.name, settings),
            broker=[f"kafka://{host}" for host in settings.kafka_bootstrap.split(",")],
            broker_session_timeout=SESSION_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_commit_interval=COMMIT_S,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=f"{service.name}-{settings.replica}",
            stream_wait_empty=True,
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
            autodiscover=False,
            store="memory://",
            datadir=Path(tempfile.gettempdir()) / f"warmline-faust-{os.getuid()}-{service.name}",
        )
        self.publisher = publisher
        self._service = service
        self._stop_process = stop
        checks = {"kafka": self._check, **service.ready}
        self._health = HealthServer(settings, service.name, checks, service.faults)
        self._watchdog = Watchdog(
            settings,
            group=group_of(service.name, settings),
            assigned=self._assigned,
            stalled=lambda: stop(EXIT_FAIL_STOP),
        )
        for background in service.background:
            self.task(self._guarded(background))
        if service.subscriptions:
            self.task(self._guarded(lambda _: self._watchdog.run()))

    def _new_transport(self) -> Any:
        return _Transport(self.conf.broker_consumer, self)

    def _assigned(self) -> set[tuple[str, int]]:
        return {(tp.topic, tp.partition) for tp in self.consumer.assignment()}

    async def _check(self) -> None:
        if self._service.subscriptions and not self._assigned():
            raise UnavailableError("no partition is assigned yet")

    def _guarded(self, background: Background) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            try:
                await background(self.publisher)
                raise RuntimeError("a background coroutine ended")
            except Exception as error:
                log.critical("stopping", error=f"{type(error).__name__}: {error}")
                self._stop_process(EXIT_FAIL_STOP)

        return run

    async def on_start(self) -> None:
        await self._health.start()
        await self._patiently(self.publisher.start)
        await self._patiently(self._service.prepare)
        await super().on_start()

    async def _patiently(self, call: Callable[[], Awaitable[None]]) -> None:
        """Waits for a broker or Redis that is not there yet, as long as for any passing fault."""
        try:
            async for attempt in stamina.retry_context(
                on=is_passing,
                attempts=None,
                timeout=self._service.settings.retry_for_s,
                wait_max=2.0,
            ):
                with attempt:
                    await call()
        except Exception as error:
            log.critical("stopping", error=f"{type(error).__name__}: {error}")
            self._stop_process(EXIT_FAIL_STOP)

    async def on_stop(self) -> None:
        """Finishes the batches in hand, but not at any price: without Kafka a consumer waits for ever to
        leave its group."""
        within_s = self._service.settings.stop_within_s
        asyncio.get_running_loop().call_later(within_s, self._stop_anyway)
        await super().on_stop()

    def _stop_anyway(self) -> None:
        log.critical("stopping, what was in hand is not acknowledged")
        self._stop_process(EXIT_FAIL_STOP)

    async def on_shutdown(self) -> None:
        """After the streams have drained: until then they need the producer."""
        await super().on_shutdown()
        await self._health.stop()
        await self.publisher.stop()
        await self._service.close()
