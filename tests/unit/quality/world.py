"""Writes the events of one conversation, as services would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from warmline.events import (
    Assignment,
    Brief,
    Decision,
    Event,
    Feedback,
    Handover,
    Inquiry,
    Payload,
    Reason,
    Reply,
    Score,
    Versions,
)
from warmline.events.decision import ReasonCode

CONVERSATION = "c1"
START_MS = 1_790_000_000_000
ASSUME_AFTER_MS = 3_600_000

Kind = Literal["confirmed", "assumed", "handed_off", "abandoned"]


@dataclass
class World:
    """Writes the events of one conversation in the order of time. `gaps` are milliseconds."""

    gaps: Iterator[int]
    now_ms: int = START_MS
    epoch: int = 0
    events: list[Event[Payload]] = field(default_factory=list)
    expected: dict[str, Kind] = field(default_factory=dict)

    def _write(self, data: Payload) -> None:
        self.now_ms += next(self.gaps)
        at = datetime.fromtimestamp(self.now_ms / 1000, UTC)
        self.events.append(Event(f"e{len(self.events)}", "/test", at, data))

    def new_inquiry(self, ends: Kind) -> str:
        inquiry_id = f"i{len(self.expected)}"
        self.expected[inquiry_id] = ends
        self.now_ms += next(self.gaps)
        return inquiry_id

    def decide(
        self,
        inquiry_id: str,
        route: str,
        continues: str | None = None,
        why: ReasonCode = "remark",
    ) -> Decision:
        self.epoch += 1
        received = datetime.fromtimestamp(self.now_ms / 1000, UTC)
        earlier = [
            event.data
            for event in self.events
            if isinstance(event.data, Decision) and event.data.inquiry.inquiry_id == inquiry_id
        ]
        decision = Decision(
            inquiry=Inquiry(
                inquiry_id=inquiry_id,
                conversation_id=CONVERSATION,
                customer_id="k1",
                text="Where is my refund?",
            ),
            received_at=earlier[0].received_at if earlier else received,
            decided_at=received,
            route="bot" if route == "bot" else "human",
            mode="answer" if route == "bot" else None,
            topic="refund_status",
            language="en",
            confidence=0.9,
            complexity=Score(value=0.1),
            reasons=(Reason(code=why, detail="test"),),
            epoch=self.epoch,
            continues=continues,
            versions=Versions(rules="1", model="m", policy="p"),
        )
        self._write(decision)
        return decision

    def hand_over(self, decision: Decision) -> None:
        brief = Brief(wish="refund", language="en", completeness=0.0)
        self._write(Handover(decision=decision, reason="no_answer", brief=brief))

    def ask(self, inquiry_id: str) -> None:
        self.reply(inquiry_id, "bot", "question")

    def reply(
        self,
        inquiry_id: str,
        by: Literal["bot", "person"],
        kind: Literal["answer", "question"] = "answer",
    ) -> None:
        self._write(
            Reply(
                reply_id=f"r{len(self.events)}",
                inquiry_id=inquiry_id,
                conversation_id=CONVERSATION,
                customer_id="k1",
                by=by,
                kind=kind,
                text="Soon.",
                language="en",
                epoch=self.epoch,
            )
        )

    def say(self, kind: Any, inquiry_id: str | None) -> None:
        self._write(
            Feedback(
                feedback_id=f"f{len(self.events)}",
                conversation_id=CONVERSATION,
                inquiry_id=inquiry_id,
                kind=kind,
            )
        )

    def work(self, step: Any, inquiry_id: str, *members: str) -> None:
        self._write(
            Assignment(
                inquiry_id=inquiry_id,
                conversation_id=CONVERSATION,
                step=step,
                seq=len(self.events) + 1,
                epoch=self.epoch,
                queue="refunds",
                agent_id=f"agent{len(self.events)}" if step == "completed" else None,
                members=(inquiry_id, *members),
            )
        )

    def wait(self, ms: int) -> None:
        self.now_ms += ms
