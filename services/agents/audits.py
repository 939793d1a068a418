"""Which answer of the bot a person judges next. Pure: it is told what the topics `audits` and
`audits.marks` say, in whatever order and however often, and holds what is still to be judged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from services.agents.refusals import refuse
from warmline.events.audit import AuditMark, AuditTask, AuditVerdict

LEASE_MS = 15 * 60 * 1000
"""For so long an audit that somebody was given goes to nobody else, unless it wants two marks."""


@dataclass
class _Asked:
    """`given`: until when each person has it."""

    task: AuditTask
    asked_ms: int
    given: dict[str, int] = field(default_factory=dict)


class AuditBoard:
    """`expires_ms`: as in the quality service, which takes no mark of an older audit."""

    def __init__(self, expires_ms: int) -> None:
        self._expires_ms = expires_ms
        self._asked: dict[str, _Asked] = {}
        self._marks: dict[str, dict[str, AuditVerdict]] = defaultdict(dict)
        self._marked_ms: dict[str, int] = {}

    def ask(self, task: AuditTask, asked_ms: int) -> None:
        self._asked.setdefault(task.audit_id, _Asked(task, asked_ms))

    def note(self, mark: AuditMark, marked_ms: int) -> None:
        """The first mark of each person stands."""
        self._marks[mark.audit_id].setdefault(mark.agent_id, mark.verdict)
        self._marked_ms[mark.audit_id] = marked_ms

    def forget_old(self, now_ms: int) -> None:
        """What can no longer be judged, and marks of such."""
        oldest_ms = now_ms - self._expires_ms
        for audit_id in [each for each, one in self._asked.items() if one.asked_ms <= oldest_ms]:
            del self._asked[audit_id]
        for audit_id in [each for each, at_ms in self._marked_ms.items() if at_ms <= oldest_ms]:
            del self._marked_ms[audit_id]
            self._marks.pop(audit_id, None)

    def waiting(self) -> int:
        return sum(self._lacks(one) > 0 for one in self._asked.values())

    def next_for(self, agent_id: str, now_ms: int) -> AuditTask | None:
        """The one they were given already, or else the oldest that nobody else is at; never one that
        they have marked. It is theirs for a while."""
        open_ones = [
            one
            for one in self._asked.values()
            if agent_id not in self._marked(one)
            and self._lacks(one) > self._others(one, agent_id, now_ms)
        ]
        if not open_ones:
            return None
        chosen = min(
            open_ones, key=lambda one: (agent_id not in one.given, one.asked_ms, one.task.audit_id)
        )
        chosen.given[agent_id] = now_ms + LEASE_MS
        return chosen.task

    def check(self, audit_id: str, agent_id: str, verdict: AuditVerdict) -> bool:
        """Whether a mark is news. The same mark again is none; raises NotFoundError and ConflictError
        where it cannot count."""
        asked = self._asked.get(audit_id)
        if asked is None:
            raise refuse("no_audit")
        before = self._marked(asked).get(agent_id)
        if before == verdict:
            return False
        if before is not None:
            raise refuse("marked_before")
        if self._lacks(asked) <= 0:
            raise refuse("audited")
        return True

    def _marked(self, asked: _Asked) -> dict[str, AuditVerdict]:
        return self._marks.get(asked.task.audit_id, {})

    def _lacks(self, asked: _Asked) -> int:
        return asked.task.marks_wanted - len(self._marked(asked))

    def _others(self, asked: _Asked, agent_id: str, now_ms: int) -> int:
        """Who is at it and has not marked it yet."""
        return sum(
            other != agent_id and until_ms > now_ms and other not in self._marked(asked)
            for other, until_ms in asked.given.items()
        )
