"""On start: does Redis know everything that was acknowledged? If not, it is rebuilt from Kafka, before the
first record is read. So it is where Redis has no name though the service has published something: everything
was lost before the group acknowledged its first record.

A rebuild changes nothing that Redis knows as well or better. So several processes may do it at once, and one
that dies in the middle of it leaves a start to the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.runtime.applied import BEGUN, Applied, behind
from services.runtime.rereading import committed_by, holds_any
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import get_logger
from warmline.topics import Topic

log = get_logger(__name__)

OTHERS_STOP_S = 3.0
"""Other processes notice the loss within a second and stop (`Applied.watch`). What they had decided on before
is on the topics by then."""


@dataclass(frozen=True)
class Recovery:
    """Of one part of what Redis holds. `group` is the consumer group whose acknowledgements it must know,
    `others` are those of the services that share the part; `published` are the topics that this service
    writes; `restore` reads the topics and returns how many records it has put back."""

    settings: ServiceSettings
    group: str
    applied: Applied
    restore: Callable[[], Awaitable[int]]
    published: Sequence[Topic]
    others: Sequence[str] = ()

    async def on_start(self) -> None:
        """Raises UnavailableError where Kafka does not answer, and the client's errors."""
        ours = await committed_by(self.settings, self.group)
        theirs = [await committed_by(self.settings, group) for group in self.others]
        marks = await self.applied.marks()
        missing = {mark: at for each in (ours, *theirs) for mark, at in behind(marks, each).items()}
        nameless = BEGUN not in marks
        if missing or (nameless and await holds_any(self.settings, self.published)):
            log.warning(
                "Redis has lost writes, rebuilding from Kafka", why=missing or "all of them"
            )
            if nameless:
                await asyncio.sleep(OTHERS_STOP_S)
            restored = await self.restore()
            log.warning("rebuilt from Kafka", records=restored)
        await self.applied.begin()
        for (topic, partition), offset in ours.items():
            await self.applied.note(topic, {partition: offset})
