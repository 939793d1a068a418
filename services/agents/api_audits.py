"""What the API gives people to judge while nothing waits for them, and takes of them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from services.agents.api import PROBLEMS, Agent
from services.agents.auditing import Auditing
from services.agents.paths import Inquiry
from services.agents.records import Records
from services.agents.refusals import refuse
from services.agents.rules import Rules
from services.agents.targets import AgentId
from services.runtime.clock import Clock, millis
from warmline.events.audit import AuditMark, AuditTask, AuditVerdict
from warmline.events.base import Id, Language, Name, Note, Part, Text
from warmline.events.envelope import event_id


class TaskBody(Part):
    """An answer that the bot gave alone. Marks of others are not shown."""

    audit_id: Id
    topic: Name
    language: Language
    question: Text
    answer: Text
    article_id: Id | None


class AuditBody(Part):
    """`audit` is absent where there is none for now; `why` says why. `waiting`: at the whole desk."""

    audit: TaskBody | None
    why: str = Field(examples=["your own work comes first"])
    waiting: int


class MarkBody(Part):
    agent_id: AgentId = Field(examples=["ada"])
    verdict: AuditVerdict = Field(examples=["right"])
    note: Note | None = Field(default=None, examples=["the article is out of date"])


class MarkedBody(Part):
    audit_id: Id
    verdict: AuditVerdict


class AuditsApi:
    """Audits wait for a free moment: who could be offered work has been offered it, so a person who is
    available and holds neither work nor an offer is not missed elsewhere. Offers go on meanwhile."""

    def __init__(self, auditing: Auditing, records: Records, rules: Rules, clock: Clock) -> None:
        self._auditing = auditing
        self._records = records
        self._rules = rules
        self._clock = clock

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/v1", responses=PROBLEMS, tags=["audits"])
        router.add_api_route("/agents/{agent_id}/audit", self.next_audit, methods=["GET"])
        router.add_api_route("/audits/{audit_id}/mark", self.mark, methods=["POST"])
        return router

    async def next_audit(self, agent_id: Agent) -> AuditBody:
        """An answer of the bot to judge, where this person has a free moment; asked for again, the same
        one until it is marked. Never one that they have marked."""
        self._check(agent_id)
        picture = await self._records.desk_of(agent_id)
        if picture is None:
            raise refuse("not_signed_in")
        person, held = picture
        await self._auditing.ready()
        board, now_ms = self._auditing.board, millis(self._clock())
        board.forget_old(now_ms)
        if held:
            return AuditBody(audit=None, why="your own work comes first", waiting=board.waiting())
        if person.presence != "available" or person.silent:
            return AuditBody(audit=None, why="you are not available", waiting=board.waiting())
        task = board.next_for(agent_id, now_ms)
        why = "nothing waits for you to be judged" if task is None else "drawn at random"
        return AuditBody(audit=task and _shown(task), why=why, waiting=board.waiting())

    async def mark(self, audit_id: Inquiry, body: MarkBody) -> MarkedBody:
        """right, wrong, harmful, or person: it should have been one. The first mark of each person
        counts; the same mark again changes nothing."""
        self._check(body.agent_id)
        await self._auditing.ready()
        self._auditing.board.forget_old(millis(self._clock()))
        if self._auditing.board.check(audit_id, body.agent_id, body.verdict):
            await self._auditing.publish(
                AuditMark(
                    mark_id=event_id(audit_id, f"mark/{body.agent_id}"),
                    audit_id=audit_id,
                    agent_id=body.agent_id,
                    verdict=body.verdict,
                    note=body.note,
                )
            )
        return MarkedBody(audit_id=audit_id, verdict=body.verdict)

    def _check(self, agent_id: str) -> None:
        if agent_id not in self._rules.configuration.people:
            raise refuse("no_agent")


def _shown(task: AuditTask) -> TaskBody:
    return TaskBody(
        audit_id=task.audit_id,
        topic=task.topic,
        language=task.language,
        question=task.question,
        answer=task.answer,
        article_id=task.article_id,
    )
