"""What the report takes from each event: a conversation and one fact about it. Pure.

A fact is one line of text without personal data: no message, no comment, no customer. Facts may be
read in any order and twice; a fact read twice is the same line.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic_core import from_json, to_json

from services.runtime.clock import millis
from warmline.events import (
    Assignment,
    Decision,
    DraftVerdict,
    Event,
    Evidence,
    Feedback,
    ModelCall,
    Outcome,
)
from warmline.topics import (
    ASSIGNMENTS,
    DRAFTS,
    EVIDENCE,
    FEEDBACK,
    MODEL_CALLS,
    OUTCOMES,
    ROUTED_BOT,
    ROUTED_HUMAN,
)

SOURCES = (
    ROUTED_BOT,
    ROUTED_HUMAN,
    ASSIGNMENTS,
    DRAFTS,
    FEEDBACK,
    OUTCOMES,
    EVIDENCE,
    MODEL_CALLS,
)
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
    confidence: float
    complaint: bool


class Held(NamedTuple):
    """`repeated`, of a completed step: whether the customer had to repeat what was known; None where the
    person did not say."""

    inquiry_id: str
    seq: int
    step: str
    at_ms: int
    repeated: bool | None = None


class Rated(NamedTuple):
    """`inquiry_id` empty: the newest inquiry at that moment."""

    inquiry_id: str
    at_ms: int
    feedback_id: str
    score: int


class Called(NamedTuple):
    """A call of the language model; `cost_nano` in billionths of `currency`. `estimated`: the endpoint has
    not counted it; the same call without it counts more."""

    inquiry_id: str
    call_id: str
    cost_nano: int
    currency: str
    estimated: bool = False


class Ended(NamedTuple):
    """`revision`: the highest counts. `first_answer_ms`: -1 where nobody answered. `returned`: the
    customer came back with it, so that `by` is debited."""

    inquiry_id: str
    revision: int
    kind: str
    by: str
    first_answer_ms: int
    arm: Arm
    returned: bool


class Verdict(NamedTuple):
    """People's judgement of what the bot proposed (draft) or answered (audit), of `alike` such answers."""

    evidence_id: str
    at_ms: int
    topic: str
    language: str
    kind: str
    good: bool
    confidence: float
    alike: int


class Drafted(NamedTuple):
    """What a person made of a proposal; `reason`: why it was rejected, else empty."""

    proposal_id: str
    at_ms: int
    topic: str
    language: str
    became: Literal["unchanged", "edited", "rejected"]
    reason: str


Fact = Asked | Held | Rated | Called | Ended | Verdict | Drafted

_KINDS: dict[str, type[Any]] = {
    "asked": Asked,
    "held": Held,
    "rated": Rated,
    "called": Called,
    "ended": Ended,
    "verdict": Verdict,
    "drafted": Drafted,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def fact_of(event: Event[Any]) -> tuple[str, Fact] | None:
    """The conversation's id and the fact; None where the event says nothing that is counted. What people
    say of a proposal or an answer belongs to a topic and to no conversation: the id is empty."""
    match event.data:
        case Assignment() as step:
            if step.step not in HELD:
                return None
            repeated = step.customer_had_to_repeat
            held = Held(step.inquiry_id, step.seq, step.step, millis(event.time), repeated)
            return step.conversation_id, held
        case Outcome() as outcome:
            return outcome.conversation_id, _ended(outcome)
        case Decision() as decision:
            return decision.inquiry.conversation_id, _asked(decision)
        case Feedback(kind="csat") as rated:
            about, score = rated.inquiry_id or "", rated.score or 0
            fact = Rated(about, millis(event.time), rated.feedback_id, score)
            return rated.conversation_id, fact
        case ModelCall() as call:
            cost_nano = int(call.cost.scaleb(9).to_integral_value())
            return call.conversation_id, Called(
                call.inquiry_id, call.call_id, cost_nano, call.currency, call.estimated
            )
        case Evidence(kind="draft" | "audit") as judged:
            return "", _verdict(judged)
        case DraftVerdict() as judged:
            return "", _drafted(judged, millis(event.time))
    return None


def _drafted(judged: DraftVerdict, at_ms: int) -> Drafted:
    became: Literal["unchanged", "edited", "rejected"] = "edited"
    if judged.verdict == "rejected":
        became = "rejected"
    elif judged.sent_unchanged:
        became = "unchanged"
    reason = judged.rejection.reason if judged.rejection is not None else ""
    return Drafted(judged.proposal_id, at_ms, judged.topic or "", judged.language, became, reason)


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
        confidence=decision.confidence,
        complaint=decision.risk_tier == "complaint",
    )


def _ended(outcome: Outcome) -> Ended:
    return Ended(
        inquiry_id=outcome.inquiry_id,
        revision=outcome.revision,
        kind=outcome.kind,
        by=outcome.by,
        first_answer_ms=outcome.first_answer_ms if outcome.first_answer_ms is not None else -1,
        arm=outcome.arm or "",
        returned=outcome.reversed_by is not None,
    )


def _verdict(judged: Evidence) -> Verdict:
    return Verdict(
        evidence_id=judged.evidence_id,
        at_ms=judged.at_ms,
        topic=judged.topic,
        language=judged.language,
        kind=judged.kind,
        good=judged.good,
        confidence=judged.confidence,
        alike=judged.count,
    )


def to_line(conversation_id: str, fact: Fact) -> str:
    """Lines of a conversation stand together when lines are sorted: ids hold no blanks."""
    return f"{conversation_id} {to_json((_NAMES[type(fact)], *fact)).decode()}\n"


def from_line(line: str) -> tuple[str, Fact]:
    conversation_id, _, encoded = line.partition(" ")
    name, *fields = from_json(encoded)
    fact: Fact = _KINDS[name](*fields)
    return conversation_id, fact
