"""On start: does Redis know everything that was acknowledged and published? If not, it is rebuilt.

Two things are compared. The offsets that the group has acknowledged, with the marks that Redis keeps of
what it has applied; and the steps published lately, with the work that Redis has. Each finds what the other
cannot: what came by Kafka and what came over the API.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.agents.engine import RedisPool
from services.agents.handlers import Intake
from services.agents.history import read_history
from services.agents.published import OUTBOX, entry_number, note_published
from services.agents.rebuild import Rebuilt, rebuild, take_in
from services.runtime.applied import Applied, behind, mark_of
from services.runtime.clock import Clock, millis
from services.runtime.conversations import TTL_MS
from services.runtime.errors import RefusedError
from services.runtime.rereading import Committed, committed_by, read_again
from services.runtime.settings import ServiceSettings
from services.runtime.telemetry import get_logger
from warmline.events.envelope import Event
from warmline.events.work import AgentCommand
from warmline.topics import AGENTS_COMMANDS, ASSIGNMENTS, FEEDBACK

log = get_logger(__name__)

CLOCKS_DIFFER_MS = 60_000
"""Steps carry Redis's clock, records Kafka's."""


@dataclass(frozen=True)
class Recovery:
    """`group` is the consumer group whose acknowledgements count."""

    settings: ServiceSettings
    group: str
    pool: RedisPool
    intake: Intake
    applied: Applied
    clock: Clock

    async def on_start(self) -> None:
        """Rebuilds where something is missing. Harmless where several processes do it at once."""
        why = await self.missing()
        if not why:
            await self.applied.begin()
            return
        log.warning("Redis has lost writes, rebuilding from Kafka", why=why)
        report = await self.rebuild(mend=True)
        log.warning(
            "rebuilt from Kafka",
            works=len(report.works),
            taken_in=len(report.taken_in),
            signed_in=len(report.signed_in),
            without_text=report.without_text,
        )

    async def missing(self) -> dict[str, int]:
        """How much Redis does not know, by where it stands; empty where it knows everything."""
        marks = await self.applied.marks()
        committed = await committed_by(self.settings, self.group)
        why = behind(marks, committed)
        unknown = await self._unknown_steps(marks)
        return why | ({ASSIGNMENTS.name: unknown} if unknown else {})

    async def _unknown_steps(self, marks: Mapping[str, str]) -> int:
        """Pieces of work of which Redis does not have the newest published step."""
        since_ms = 0
        if OUTBOX in marks:
            since_ms = entry_number(marks[OUTBOX])[0] - CLOCKS_DIFFER_MS
        newest: dict[str, int] = {}
        oldest_ms = millis(self.clock()) - TTL_MS
        async for steps in read_again(self.settings, ASSIGNMENTS, max(since_ms, oldest_ms)):
            for kept in steps:
                step = kept.event.data
                newest[step.inquiry_id] = max(step.seq, newest.get(step.inquiry_id, 0))
        unknown = 0
        for inquiry_id, seq in newest.items():
            unknown += await self.pool.records.newest_seq(inquiry_id) < seq
        return unknown

    async def rebuild(self, *, mend: bool) -> Rebuilt:
        """Without `mend` nothing changes, and the answer is what would."""
        now_ms = millis(self.clock())
        marks = await self.applied.marks()
        committed = await committed_by(self.settings, self.group)
        history = await read_history(self.settings, committed, now_ms)
        report = await rebuild(self.pool, self.intake, history, now_ms, mend=mend)
        if mend:
            await self.applied.begin()
            await take_in(self.intake, history)
            await self._repeat_orders(marks, committed, now_ms)
            for (topic, partition), offset in committed.items():
                await self.applied.note(topic, {partition: offset})
            await note_published(self.applied, now_ms)
        return report

    async def _repeat_orders(
        self, marks: Mapping[str, str], committed: Committed, now_ms: int
    ) -> None:
        """What people and customers had said by Kafka since Redis stopped knowing; each is harmless where
        it is known. Orders of people are too old to repeat where nothing tells since when."""
        for topic in (FEEDBACK, AGENTS_COMMANDS):
            async for some in read_again(self.settings, topic, now_ms - TTL_MS):
                for event, partition, offset in some:
                    mark = marks.get(mark_of(topic.name, partition))
                    known = int(mark or 0)
                    acknowledged = committed.get((topic.name, partition), 0)
                    if not known <= offset < acknowledged:
                        continue
                    if topic is FEEDBACK:
                        await self.intake.feedback(event)
                    elif mark is not None:
                        await self._repeat(event)

    async def _repeat(self, event: Event[AgentCommand]) -> None:
        try:
            await self.intake.command(event)
        except RefusedError:
            return  # it was refused when it came, too
