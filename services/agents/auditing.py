"""Follows the topics of audits and writes people's marks.

The topics are the truth: what is known here is read from them at each start and kept in memory, so
that the API needs no store of its own and any number of them may run. Two that give the same audit to two
people lose nothing: the quality service takes what it asked for and no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from services.agents.audits import AuditBoard
from services.agents.settings import AgentsSettings
from services.runtime.clock import Clock, millis
from services.runtime.following import Following, Place
from services.runtime.handling import Output
from services.runtime.producer import KafkaPublisher
from services.runtime.telemetry import get_logger
from warmline.errors import UnavailableError
from warmline.events.audit import AuditMark, AuditTask
from warmline.events.envelope import Event
from warmline.topics import AUDIT_MARKS, AUDITS

log = get_logger(__name__)

SOURCE = "/warmline/agents"
_AGAIN_S = 2.0


class Auditing:
    """`run` as long as the API runs. Where Kafka is away, audits are too, and the desk goes on."""

    def __init__(self, settings: AgentsSettings, board: AuditBoard, clock: Clock) -> None:
        self.board = board
        self._clock = clock
        self._publisher = KafkaPublisher(
            settings.kafka_bootstrap,
            settings.topic_prefix,
            client_id=f"warmline-agents-api-{settings.replica}",
            source=SOURCE,
        )
        self._following = (
            Following(settings, AUDITS, self._asked),
            Following(settings, AUDIT_MARKS, self._marked),
        )

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self._publisher.start()
                async with asyncio.TaskGroup() as group:
                    for one in self._following:
                        group.create_task(one.run(self._publisher))
            except Exception as error:  # a fault here must not take the desk away from people
                log.warning("audits are away, tried again", error=type(error).__name__)
            finally:
                await self._publisher.stop()
            await asyncio.sleep(_AGAIN_S)

    async def ready(self) -> None:
        """Raises UnavailableError while the topics have not been read."""
        for one in self._following:
            await one.ready()

    async def publish(self, mark: AuditMark) -> None:
        """Returns when Kafka has it. Raises UnavailableError where that is not known."""
        event = Event(mark.mark_id, SOURCE, self._clock(), mark)
        try:
            await self._publisher.publish([Output(AUDIT_MARKS, event)])
        except UnavailableError as error:
            raise UnavailableError("the mark is not known to be kept: send it again") from error
        self.board.note(mark, millis(event.time))

    async def _asked(self, events: Sequence[Event[AuditTask]], _: Place) -> None:
        for event in events:
            self.board.ask(event.data, millis(event.time))
        self.board.forget_old(millis(self._clock()))

    async def _marked(self, events: Sequence[Event[AuditMark]], _: Place) -> None:
        for event in events:
            self.board.note(event.data, millis(event.time))
        self.board.forget_old(millis(self._clock()))
