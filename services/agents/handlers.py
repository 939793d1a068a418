"""Decisions, handovers, commands and feedback into the queue engine. What follows from them comes
out of the engine's outbox, so no handler here returns an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from services.agents.articles import with_articles
from services.agents.brief import from_decision
from services.agents.placing import new_work
from services.agents.pool import Pool
from services.agents.rules import Rules
from services.agents.work import NewWork
from services.intake.forms import Forms
from services.knowledge.suggesting import Suggester
from services.runtime.clock import millis, now
from services.runtime.errors import ConflictError, StaleEpochError, fault
from services.runtime.handling import Output
from services.runtime.telemetry import get_logger
from warmline.events.decision import Decision
from warmline.events.envelope import Event, event_id
from warmline.events.inquiry import Feedback
from warmline.events.work import AgentCommand, Brief, Handover

log = get_logger(__name__)


@dataclass(frozen=True)
class Intake:
    """Everything that reaches people. `forms`: what their briefs should hold, topic by topic;
    `suggester`: the articles for them."""

    pool: Pool
    rules: Rules
    forms: Forms | None = None
    now_ms: Callable[[], int] = lambda: millis(now())
    suggester: Suggester | None = None
    zone: tzinfo = UTC

    async def routed(self, events: Sequence[Event[Decision]]) -> list[list[Output]]:
        """The router's inquiries for people. Raises ConflictError for a flood from one
        conversation."""
        await self.pool.enqueue([self._routed(event) for event in events])
        return [[] for _ in events]

    async def handed_over(self, events: Sequence[Event[Handover]]) -> list[list[Output]]:
        """The bot's inquiries, each with its brief."""
        await self.pool.enqueue([self._handed_over(event) for event in events])
        return [[] for _ in events]

    async def command(self, event: Event[AgentCommand]) -> list[Output]:
        """What a person does. A command that comes too late is refused: the sender finds that under
        the command's id at the API. Raises NotFoundError for one that could never be carried out.
        """
        command = event.data
        try:
            await self.pool.act(command)
        except (StaleEpochError, ConflictError) as refused:
            log.info(
                "command refused",
                command_id=command.command_id,
                agent_id=command.agent_id,
                do=command.action.do,
                why=getattr(refused, "__notes__", []),
            )
        return []

    async def feedback(self, event: Event[Feedback]) -> list[Output]:
        """`left` ends what still waits; the rest is for others."""
        said = event.data
        if said.kind == "left":
            await self.pool.abandon(
                f"left/{said.feedback_id}", said.conversation_id, millis(event.time)
            )
        return []

    async def take(self, event: Event[Any]) -> None:
        """One decision or handover again, by itself. Raises as `routed`."""
        await self.pool.enqueue([self.new(event)])

    def new(self, event: Event[Any], now_ms: int | None = None) -> NewWork:
        """What a decision or a handover asks for, by these rules, now or at another moment."""
        handed_over = isinstance(event.data, Handover)
        return self._handed_over(event, now_ms) if handed_over else self._routed(event, now_ms)

    def _routed(self, event: Event[Decision], now_ms: int | None = None) -> NewWork:
        decision = event.data
        brief = self._brief(decision)
        reason = decision.reasons[0].code
        return self._new(event, decision, reason, brief, now_ms, _asked_later(event))

    def _brief(self, decision: Decision) -> Brief:
        """What helps a person must never keep the customer from them: after a fault the brief holds what
        was said, as that of the bot does."""
        try:
            if self.suggester is None:
                return from_decision(decision, self.forms, self.zone)
            needed = self.suggester.knowledge.facts_needed(decision.topic)
            brief = from_decision(decision, self.forms, self.zone, needed)
            today = datetime.fromtimestamp(self.now_ms() / 1000, self.zone).date()
            return with_articles(brief, decision, self.suggester, today)
        except Exception as error:
            inquiry_id = decision.inquiry.inquiry_id
            log.error("a brief without facts after a fault", inquiry_id=inquiry_id, **fault(error))
            return from_decision(decision)

    def _handed_over(self, event: Event[Handover], now_ms: int | None = None) -> NewWork:
        """In the language that the customer has come to write in: who speaks it is asked, and told so."""
        handover = event.data
        spoken = handover.decision.model_copy(update={"language": handover.brief.language})
        return self._new(event, spoken, handover.reason, handover.brief, now_ms)

    def _new(
        self,
        event: Event[Any],
        decision: Decision,
        reason: str,
        brief: Brief,
        now_ms: int | None,
        asked_at: datetime | None = None,
    ) -> NewWork:
        return new_work(
            self.rules,
            decision,
            cause_id=event.id,
            reason=reason,
            brief=brief,
            arrival_ms=millis(decision.received_at),
            decided_ms=millis(max(event.time, decision.decided_at)),
            now_ms=self.now_ms() if now_ms is None else now_ms,
            asked_at=asked_at,
        )


def _asked_later(event: Event[Decision]) -> datetime | None:
    """When somebody pressed a button on an earlier message; None where the message itself brought them."""
    decision = event.data
    with_message = event.id == event_id(decision.inquiry.inquiry_id, "decision")
    return None if with_message else decision.decided_at
