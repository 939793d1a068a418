"""Which answers are audited, by how many, and what their marks say. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from pydantic import Field

from warmline.events.audit import AuditMark, AuditVerdict
from warmline.events.base import Part
from warmline.events.decision import Decision
from warmline.events.envelope import event_id
from warmline.events.evidence import Evidence

_WORST_FIRST: tuple[AuditVerdict, ...] = ("harmful", "wrong", "person", "right")


@dataclass(frozen=True, slots=True)
class Sampling:
    """`share` of the bot's own answers is audited, `double_share` of those by two people. With
    `open_max` audits waiting no further is asked for: which ones are left out does not depend on the
    answers, so those that are judged stay a random sample. An audit that nobody has done within
    `expires_ms` is dropped."""

    share: float
    double_share: float
    seed: str
    open_max: int
    expires_ms: int

    def takes(self, inquiry_id: str) -> bool:
        return _position(inquiry_id, f"{self.seed}/audit") < self.share

    def marks_wanted(self, inquiry_id: str) -> int:
        return 2 if _position(inquiry_id, f"{self.seed}/double") < self.double_share else 1


class Audit(Part):
    """The record of one audit; `marks` by the people who made them. Not asked for: all is empty."""

    asked_ms: int = 0
    wanted: int = 1
    topic: str = ""
    language: str = "und"
    confidence: float = 0.0
    marks: dict[str, AuditVerdict] = Field(default_factory=dict)
    expired: bool = False

    @property
    def is_open(self) -> bool:
        return self.asked_ms > 0 and not self.expired and len(self.marks) < self.wanted


def ask(audit: Audit, decision: Decision, wanted: int, now_ms: int) -> Audit:
    """The same record where it was asked for before."""
    if audit.asked_ms:
        return audit
    return Audit(
        asked_ms=now_ms,
        wanted=wanted,
        topic=decision.topic or "",
        language=decision.language,
        confidence=decision.confidence,
    )


def mark(audit: Audit, given: AuditMark) -> Audit:
    """After one more mark; the first of each person stands, and what is concluded stays so."""
    if given.agent_id in audit.marks or not audit.is_open:
        return audit
    return audit.model_copy(update={"marks": {**audit.marks, given.agent_id: given.verdict}})


def conclusion(audit_id: str, audit: Audit, at_ms: int) -> Evidence | None:
    """None while marks are missing. Where two disagree, the worse counts."""
    if not audit.asked_ms or len(audit.marks) < audit.wanted:
        return None
    verdict = min(audit.marks.values(), key=_WORST_FIRST.index)
    return Evidence(
        evidence_id=event_id(audit_id, "evidence/audit"),
        topic=audit.topic,
        language=audit.language,
        kind="audit",
        good=verdict == "right",
        harmful=verdict == "harmful",
        confidence=audit.confidence,
        inquiry_id=audit_id,
        at_ms=at_ms,
    )


def _position(inquiry_id: str, seed: str) -> float:
    digest = hashlib.blake2b(f"{seed}/{inquiry_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
