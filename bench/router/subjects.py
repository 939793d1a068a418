"""What is measured, each as a process of its own:
`python -m bench.router.subjects faust|bare triage|transport`.

Both subjects call the same handler with the same guarantee: nothing is committed before its outputs are
acknowledged by an idempotent producer. The environment has the settings of the router.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer

from services.router.app import build
from services.router.settings import RouterSettings
from services.runtime.handling import Handler, Output, Subscription
from services.runtime.producer import KafkaPublisher
from services.runtime.streaming import Background, Service, run_service
from warmline import codec
from warmline.events import Decision, Event, Inquiry, Reason, Score, Versions
from warmline.topics import INQUIRIES, ROUTED_HUMAN


async def transport_only(events: Sequence[Event[Inquiry]]) -> list[list[Output]]:
    """Decodes, wraps in a decision, writes: all that the hop costs without judging and without Redis."""
    now = datetime.now(UTC)
    return [
        [
            Output(
                ROUTED_HUMAN,
                Event(
                    id=event.id,
                    source="/bench",
                    time=now,
                    data=Decision(
                        inquiry=event.data,
                        received_at=event.time,
                        decided_at=now,
                        route="human",
                        topic=None,
                        language="en",
                        confidence=0.0,
                        complexity=Score(value=0.0),
                        reasons=(Reason(code="unknown_topic", detail="transport only"),),
                        epoch=1,
                        versions=Versions(rules="0", model="0", policy="0"),
                    ),
                ),
            )
        ]
        for event in events
    ]


def with_faust(
    settings: RouterSettings, handler: Handler, background: Sequence[Background]
) -> None:
    run_service(Service("router", settings, [Subscription(INQUIRIES, handler)], background))


async def with_bare_loop(
    settings: RouterSettings, handler: Handler, background: Sequence[Background]
) -> None:
    """As short as it can be: fetch, decode, handle, write, await, commit."""
    publisher = KafkaPublisher(settings.kafka_bootstrap, settings.topic_prefix, "bare", "/bare")
    await publisher.start()
    beside = [asyncio.ensure_future(work(publisher)) for work in background]
    consumer: Any = AIOKafkaConsumer(
        settings.topic(INQUIRIES.name),
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.topic_prefix}bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    while not any(work.done() for work in beside):
        batches = await consumer.getmany(timeout_ms=1000, max_records=settings.batch_max)
        events = [
            codec.decode(
                INQUIRIES,
                record.key,
                record.value,
                record.headers,
                received_at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
            )
            for records in batches.values()
            for record in records
        ]
        if events:
            outputs = await handler(events)
            await publisher.publish([output for some in outputs for output in some])
            await consumer.commit()


def main(subject: str, work: str) -> None:
    settings = RouterSettings()
    handler: Handler = transport_only
    background: Sequence[Background] = ()
    if work != "transport":
        router = build(settings)
        handler, background = router.subscriptions[0].handle, router.background
    gc.freeze()
    if subject == "faust":
        with_faust(settings, handler, background)
    else:
        asyncio.run(with_bare_loop(settings, handler, background))


if __name__ == "__main__":
    main(*sys.argv[1:])
