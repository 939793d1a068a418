"""The one table of topics: name, key, payload, partitions, retention, cleanup policy.

Services, client, command line, tests, schemas and the AsyncAPI document all read it; no topic name
stands anywhere else. An operator's prefix is put in front of the name at the edge only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from warmline.events.audit import AuditMark, AuditTask
from warmline.events.base import Payload
from warmline.events.decision import Decision
from warmline.events.desk import DeskFiles, PersonState
from warmline.events.draft import DraftVerdict
from warmline.events.drift import Drift
from warmline.events.evidence import Evidence
from warmline.events.inquiry import Erasure, Feedback, Inquiry
from warmline.events.model_call import ModelCall
from warmline.events.quality import Licence, Outcome
from warmline.events.wait import Wait
from warmline.events.work import AgentCommand, Assignment, DeskChange, Handover, Reply

_DAY_MS = 24 * 60 * 60 * 1000
KiB = 1024

RECORD_MAX_BYTES = 256 * KiB
"""A record's value, as Warmline accepts it from others."""

DERIVED_MAX_BYTES = 1024 * KiB
"""A record that Warmline writes: it may carry an inquiry, its history and a brief."""

RAW_MAX_BYTES = 8 * 1024 * KiB
"""A dead letter keeps the original bytes, however large the broker let them in."""


@dataclass(frozen=True, slots=True)
class Topic:
    """`payload` None: raw bytes, as dead letters are. `key_of` gives the record's key."""

    name: str
    about: str
    payload: type[Payload] | None
    key_field: str
    key_of: Callable[[Any], str] | None
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    partitions: int = 6
    retention_ms: int = 30 * _DAY_MS
    cleanup: Literal["delete", "compact"] = "delete"
    max_bytes: int = DERIVED_MAX_BYTES

    def config(self) -> dict[str, str]:
        """The broker's settings for this topic."""
        retention = {} if self.cleanup == "compact" else {"retention.ms": str(self.retention_ms)}
        return {
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(self.max_bytes + 64 * KiB),
            **retention,
        }


INQUIRIES = Topic(
    name="inquiries",
    about="A customer's message.",
    payload=Inquiry,
    key_field="conversation_id",
    key_of=lambda inquiry: inquiry.conversation_id,
    writers=("platform",),
    readers=("router",),
    max_bytes=RAW_MAX_BYTES,
)
ROUTED_BOT = Topic(
    name="routed.bot",
    about="Inquiries that the bot may answer or draft.",
    payload=Decision,
    key_field="inquiry.conversation_id",
    key_of=lambda decision: decision.inquiry.conversation_id,
    writers=("router",),
    readers=("bot", "quality"),
)
ROUTED_HUMAN = Topic(
    name="routed.human",
    about="Inquiries for people.",
    payload=Decision,
    key_field="inquiry.conversation_id",
    key_of=lambda decision: decision.inquiry.conversation_id,
    writers=("router",),
    readers=("agents", "quality"),
)
HANDOFFS = Topic(
    name="handoffs",
    about="Inquiries that the bot gives to people, with a brief.",
    payload=Handover,
    key_field="decision.inquiry.conversation_id",
    key_of=lambda handover: handover.decision.inquiry.conversation_id,
    writers=("bot",),
    readers=("agents", "quality"),
)
REPLIES = Topic(
    name="replies",
    about="Messages to customers, each with the owner's epoch.",
    payload=Reply,
    key_field="conversation_id",
    key_of=lambda reply: reply.conversation_id,
    writers=("bot", "agents"),
    readers=("platform", "quality"),
)
AGENTS_COMMANDS = Topic(
    name="agents.commands",
    about="What people at the desk do; the HTTP API does the same.",
    payload=AgentCommand,
    key_field="agent_id",
    key_of=lambda command: command.agent_id,
    writers=("platform",),
    readers=("agents",),
)
ASSIGNMENTS = Topic(
    name="assignments",
    about="Every step in the life of a piece of human work.",
    payload=Assignment,
    key_field="inquiry_id",
    key_of=lambda assignment: assignment.inquiry_id,
    writers=("agents",),
    readers=("platform", "console", "quality"),
)
WAITS = Topic(
    name="waits",
    about="Place and expected wait of who waits for a person, when they begin to and when it changes.",
    payload=Wait,
    key_field="conversation_id",
    key_of=lambda wait: wait.conversation_id,
    writers=("agents",),
    readers=("platform",),
    retention_ms=_DAY_MS,
)
DESK_CHANGES = Topic(
    name="desk.changes",
    about="What supervisors change at the desk, with who and why.",
    payload=DeskChange,
    key_field="subject",
    key_of=lambda change: change.subject,
    writers=("agents",),
    readers=("console",),
    partitions=1,
)
DESK_PEOPLE = Topic(
    name="desk.people",
    about="Who is at the desk: as they come, go or change other than by their work, and every ten minutes.",
    payload=PersonState,
    key_field="agent_id",
    key_of=lambda person: person.agent_id,
    writers=("agents",),
    readers=("agents", "platform"),
)
DESK_FILES = Topic(
    name="desk.files",
    about="Every configuration of the desk that was in use, by its version.",
    payload=DeskFiles,
    key_field="version",
    key_of=lambda files: files.version,
    writers=("agents",),
    readers=("agents",),
    partitions=1,
    cleanup="compact",
    max_bytes=RAW_MAX_BYTES,
)
DRAFTS = Topic(
    name="drafts",
    about="What people make of the bot's proposals: accepted, edited or rejected, and why.",
    payload=DraftVerdict,
    key_field="conversation_id",
    key_of=lambda verdict: verdict.conversation_id,
    writers=("agents",),
    readers=("quality", "console"),
    retention_ms=400 * _DAY_MS,
)
FEEDBACK = Topic(
    name="feedback",
    about="What customers say of an answer.",
    payload=Feedback,
    key_field="conversation_id",
    key_of=lambda feedback: feedback.conversation_id,
    writers=("platform",),
    readers=("router", "agents", "quality"),
)
OUTCOMES = Topic(
    name="outcomes",
    about="How each inquiry ended.",
    payload=Outcome,
    key_field="inquiry_id",
    key_of=lambda outcome: outcome.inquiry_id,
    writers=("quality",),
    readers=("platform", "console"),
    retention_ms=400 * _DAY_MS,
)
AUDITS = Topic(
    name="audits",
    about="Answers of the bot that people are asked to judge.",
    payload=AuditTask,
    key_field="audit_id",
    key_of=lambda task: task.audit_id,
    writers=("quality",),
    readers=("agents", "platform", "console"),
)
AUDIT_MARKS = Topic(
    name="audits.marks",
    about="What people say of them.",
    payload=AuditMark,
    key_field="audit_id",
    key_of=lambda mark: mark.audit_id,
    writers=("agents", "platform"),
    readers=("quality", "agents"),
    retention_ms=400 * _DAY_MS,
)
EVIDENCE = Topic(
    name="evidence",
    about="What counts for and against licences, in one order; what people order, too.",
    payload=Evidence,
    key_field="topic + '/' + language",
    key_of=lambda evidence: f"{evidence.topic}/{evidence.language}",
    writers=("quality", "platform"),
    readers=("quality",),
    partitions=1,
    retention_ms=400 * _DAY_MS,
)
LICENCES = Topic(
    name="licences",
    about="What the bot may do, per topic and language; the newest counts.",
    payload=Licence,
    key_field="topic + '/' + language",
    key_of=lambda licence: f"{licence.topic}/{licence.language}",
    writers=("quality",),
    readers=("router", "console"),
    partitions=1,
    cleanup="compact",
)
DRIFT = Topic(
    name="drift",
    about="How far inquiries have moved from what thresholds were certified on.",
    payload=Drift,
    key_field="topic + '/' + language",
    key_of=lambda drift: f"{drift.topic or '*'}/{drift.language}",
    writers=("router",),
    readers=("quality", "operators"),
    partitions=1,
)
MODEL_CALLS = Topic(
    name="model.calls",
    about="What the language model was asked for, what became of it and what it cost.",
    payload=ModelCall,
    key_field="conversation_id",
    key_of=lambda call: call.conversation_id,
    writers=("bot", "agents"),
    readers=("operators", "reports"),
    retention_ms=400 * _DAY_MS,
)
ERASURES = Topic(
    name="customers.erasure",
    about="A customer asks to be forgotten.",
    payload=Erasure,
    key_field="customer_id",
    key_of=lambda erasure: erasure.customer_id,
    writers=("platform",),
    readers=("router", "bot", "agents", "quality"),
    partitions=1,
)
DEAD_LETTERS = Topic(
    name="dead-letters",
    about="Records that could not be processed: the original bytes, where from and why.",
    payload=None,
    key_field="(original key)",
    key_of=None,
    writers=("router", "bot", "agents", "quality"),
    readers=("operators",),
    partitions=1,
    retention_ms=90 * _DAY_MS,
    max_bytes=RAW_MAX_BYTES + 64 * KiB,
)

TOPICS: tuple[Topic, ...] = (
    INQUIRIES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    HANDOFFS,
    REPLIES,
    AGENTS_COMMANDS,
    ASSIGNMENTS,
    WAITS,
    DESK_CHANGES,
    DESK_PEOPLE,
    DESK_FILES,
    DRAFTS,
    FEEDBACK,
    OUTCOMES,
    AUDITS,
    AUDIT_MARKS,
    EVIDENCE,
    LICENCES,
    DRIFT,
    MODEL_CALLS,
    ERASURES,
    DEAD_LETTERS,
)

BY_NAME: dict[str, Topic] = {topic.name: topic for topic in TOPICS}

PAYLOADS: dict[str, type[Payload]] = {
    topic.payload.type_name(): topic.payload for topic in TOPICS if topic.payload is not None
}
"""CloudEvents type to model."""
