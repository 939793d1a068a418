"""What the report takes from each event: a conversation and one fact about it. Pure.

A fact is one line of text without personal data: no message, no comment, no customer. Facts may be
read in any order and twice; a fact read twice is the same line.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from services.runtime.clock import millis
from warmline.events import Assignment, Decision, Event, Feedback, Outcome
from warmline.topics import ASSIGNMENTS, FEEDBACK, OUTCOMES, ROUTED_BOT, ROUTED_HUMAN

SOURCES = (ROUTED_BOT, ROUTED_HUMAN, ASSIGNMENTS, FEEDBACK, OUTCOMES)
"""The topics whose events become facts."""

Arm = Literal["bot", "people", ""]
"""What chance assigned among the inquiries that the bot could answer; empty: chance had no say."""

HELD = frozenset({"accepted", "transferred", "requeued", "completed", "wrapped_up", "abandoned"})
"""The steps that begin or end somebody's work."""


class Asked(NamedTuple):
    inquiry_id: str
    epoch: int
    received_ms: int
    topic: str
    language: str
    channel: str
    market: str
    route: str
    mode: str
    arm: Arm
    confidence: float
    complaint: bool


class Held(NamedTuple):
    inquiry_id: str
    seq: int
    step: str
    at_ms: int


class Rated(NamedTuple):
    """`inquiry_id` empty: the newest inquiry at that moment."""

    inquiry_id: str
    at_ms: int
    feedback_id: str
    score: int


class Told(NamedTuple):
    """What the customer said of an answer, without a score."""

    inquiry_id: str
    at_ms: int
    kind: str


class Ended(NamedTuple):
    inquiry_id: str
    kind: str
    by: str
    first_answer_ms: int
    """-1 where nobody answered."""


Fact = Asked | Held | Rated | Told | Ended

_KINDS: dict[str, type[Any]] = {
    "asked": Asked,
    "held": Held,
    "rated": Rated,
    "told": Told,
    "ended": Ended,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def fact_of(event: Event[Any]) -> tuple[str, Fact] | None:
    """The conversation's id and the fact; None where the event says nothing that is counted."""
    match event.data:
        case Decision() as decision:
            return decision.inquiry.conversation_id, _asked(decision)
        case Assignment() as step if step.step in HELD:
            held = Held(step.inquiry_id, step.seq, step.step, millis(event.time))
            return step.conversation_id, held
        case Feedback(kind="csat") as rated:
            about = rated.inquiry_id or ""
            score = rated.score or 0
            fact = Rated(about, millis(event.time), rated.feedback_id, score)
            return rated.conversation_id, fact
        case Feedback(kind="not_helped") as told:
            return told.conversation_id, Told(told.inquiry_id or "", millis(event.time), told.kind)
        case Outcome() as outcome:
            return outcome.conversation_id, _ended(outcome)
    return None


def _asked(decision: Decision) -> Asked:
    return Asked(
        inquiry_id=decision.inquiry.inquiry_id,
        epoch=decision.epoch,
        received_ms=millis(decision.received_at),
        topic=decision.topic or "",
        language=decision.language,
        channel=decision.inquiry.channel,
        market=decision.inquiry.market or "",
        route=decision.route,
        mode=decision.mode or "",
        arm=_arm(decision),
        confidence=decision.confidence,
        complaint=decision.risk_tier == "complaint",
    )


def _arm(decision: Decision) -> Arm:
    codes = {reason.code for reason in decision.reasons}
    if "holdout" in codes:
        return "people"
    return "bot" if decision.route == "bot" and decision.mode == "answer" else ""


def _ended(outcome: Outcome) -> Ended:
    waited_ms = outcome.first_answer_ms if outcome.first_answer_ms is not None else -1
    return Ended(outcome.inquiry_id, outcome.kind, outcome.by, waited_ms)


def to_line(conversation_id: str, fact: Fact) -> str:
    """Lines of a conversation stand together when lines are sorted: ids hold no blanks."""
    return f"{conversation_id} {json.dumps([_NAMES[type(fact)], *fact])}\n"


def from_line(line: str) -> tuple[str, Fact]:
    conversation_id, _, encoded = line.partition(" ")
    name, *fields = json.loads(encoded)
    fact: Fact = _KINDS[name](*fields)
    return conversation_id, fact
