"""Every payload on every topic, as frozen and versioned models."""

from __future__ import annotations

from warmline.events.audit import AuditMark, AuditTask
from warmline.events.base import Payload
from warmline.events.decision import Decision, Fact, Reason, Score, Turn, Versions
from warmline.events.desk import DeskFiles, PersonState
from warmline.events.draft import DraftVerdict
from warmline.events.drift import Drift
from warmline.events.envelope import Event
from warmline.events.evidence import Evidence, LicenceOrder
from warmline.events.inquiry import Erasure, Feedback, Inquiry
from warmline.events.model_call import ModelCall
from warmline.events.quality import Licence, Outcome
from warmline.events.wait import Wait
from warmline.events.work import AgentCommand, Assignment, Brief, DeskChange, Handover, Reply

__all__ = [
    "AgentCommand",
    "Assignment",
    "AuditMark",
    "AuditTask",
    "Brief",
    "Decision",
    "DeskChange",
    "DeskFiles",
    "DraftVerdict",
    "Drift",
    "Erasure",
    "Event",
    "Evidence",
    "Fact",
    "Feedback",
    "Handover",
    "Inquiry",
    "Licence",
    "LicenceOrder",
    "ModelCall",
    "Outcome",
    "Payload",
    "PersonState",
    "Reason",
    "Reply",
    "Score",
    "Turn",
    "Versions",
    "Wait",
]
