"""A service for tests, run as a process of its own: it answers every inquiry with a feedback event.

The inquiry's text says what happens: `raise`, `slow`, `stuck` (for as long as the process lives), `huge` (an
output that the broker refuses), `unavailable` (a fault that passes for others but never here). `GUARD_OFF`
in the environment takes one guard of the streaming seam away, so that a test can show what is lost without
it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import faust

from services.runtime import processing, producer
from services.runtime.handling import Output, Subscription, one_by_one
from services.runtime.settings import ServiceSettings
from services.runtime.streaming import Service, run_service
from warmline.errors import UnavailableError
from warmline.events import Event, Feedback, Inquiry
from warmline.events.envelope import event_id
from warmline.topics import FEEDBACK, INQUIRIES

SLOW_S = 4.0


async def answer(event: Event[Inquiry]) -> list[Output]:
    text = event.data.text
    if text == "raise":
        raise ValueError("this inquiry cannot be handled")
    if text == "unavailable":
        raise UnavailableError("never comes back")
    if text == "slow":
        await asyncio.sleep(SLOW_S)
    if text == "stuck":
        await asyncio.Event().wait()
    said = Feedback(
        feedback_id=event.data.inquiry_id,
        conversation_id=event.data.conversation_id,
        kind="helped",
        comment="x" * 1900 if text == "huge" else None,
    )
    return [Output(FEEDBACK, Event(event_id(event.id, "echo"), "/echo", event.time, said))]


def let_exceptions_out() -> None:
    async def process(self: Any, records: Any) -> None:
        for record in records:
            event = self._decode(record)
            for output in await self._handle([event]):
                await self._publisher.publish(output)

    processing.Processor.process = process  # type: ignore[method-assign]


def do_not_await_deliveries() -> None:
    async def send(self: Any, records: Any) -> None:
        for record in records:
            await self._producer.send(
                record.topic, record.value, key=record.key, headers=list(record.headers)
            )

    producer.KafkaPublisher.send = send  # type: ignore[method-assign]


def do_not_stop_the_process() -> None:
    plain_init = processing.Processor.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        plain_init(self, *args, **{**options, "stop": lambda _: None})

    processing.Processor.__init__ = init  # type: ignore[method-assign]


def let_faust_decode() -> None:
    plain_topic = faust.App.topic

    def topic(self: Any, *names: str, **options: Any) -> Any:
        return plain_topic(self, *names, **{**options, "value_serializer": "json"})

    faust.App.topic = topic  # type: ignore[method-assign]


def work_on_two_at_once() -> None:
    plain_agent = faust.App.agent

    def agent(self: Any, *args: Any, **options: Any) -> Any:
        return plain_agent(self, *args, **{**options, "concurrency": 2})

    faust.App.agent = agent  # type: ignore[method-assign]


def change_app(**settings: Any) -> None:
    plain_init = faust.App.__init__

    def init(self: Any, *args: Any, **options: Any) -> None:
        plain_init(self, *args, **{**options, **settings})

    faust.App.__init__ = init  # type: ignore[method-assign]


GUARDS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "catch": let_exceptions_out,
    "await_deliveries": do_not_await_deliveries,
    "fail_stop": do_not_stop_the_process,
    "raw_bytes": let_faust_decode,
    "one_at_a_time": work_on_two_at_once,
    "static_membership": lambda: change_app(
        consumer_group_instance_id=None, broker_session_timeout=60.0
    ),
    "wait_for_streams": lambda: change_app(stream_wait_empty=False),
}

if __name__ == "__main__":
    GUARDS[os.environ.get("GUARD_OFF", "")]()
    run_service(Service("echo", ServiceSettings(), [Subscription(INQUIRIES, one_by_one(answer))]))
