"""Audits: a random share of the bot's answers, looked at by people."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from warmline.events.base import Id, Language, Name, Note, Payload, Text

AuditVerdict = Literal["right", "wrong", "harmful", "person"]
"""`person`: whatever the answer was, this should have been a person's from the start."""


class AuditTask(Payload):
    """An answer of the bot to be judged by `marks_wanted` people who do not see each other's marks."""

    KIND: ClassVar[str] = "audit_task"

    audit_id: Id
    inquiry_id: Id
    conversation_id: Id
    topic: Name
    language: Language
    question: Text
    answer: Text
    article_id: Id | None = None
    marks_wanted: int = Field(default=1, ge=1, le=2)


class AuditMark(Payload):
    """What one person says of it. The first mark of each person counts."""

    KIND: ClassVar[str] = "audit_mark"

    mark_id: Id
    audit_id: Id
    agent_id: Id
    verdict: AuditVerdict
    note: Note | None = None
