"""One or more full examples of every payload, from which the golden files are written.

Together the examples of a payload set every field that it has.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warmline.events import (
    AgentCommand,
    Assignment,
    AuditMark,
    AuditTask,
    Brief,
    Decision,
    Drift,
    Erasure,
    Evidence,
    Fact,
    Feedback,
    Handover,
    Inquiry,
    Licence,
    LicenceOrder,
    Outcome,
    Payload,
    Reason,
    Reply,
    Score,
    Turn,
    Versions,
)
from warmline.events.drift import Shift
from warmline.events.quality import Tally
from warmline.events.work import Accept, SendReply, SignIn, Transfer

_AT = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)

_INQUIRY = Inquiry(
    inquiry_id="inq-1",
    conversation_id="conv-1",
    customer_id="cust-1",
    text='Wo bleibt "meine" Rückzahlung? 😀\nאני מחכה',
    channel="email",
    locale="de-DE",
    market="Germany",
    attributes={"order": "A-17", "vip": True, "open_cents": 12_50, "score": 0.25},
    wants_person=True,
)

_TURN = Turn(by="bot", text="What is your order number?", at=_AT, article_id="refund-status")

_DECISION = Decision(
    inquiry=_INQUIRY,
    received_at=_AT,
    decided_at=_AT + timedelta(milliseconds=12),
    route="human",
    mode="draft",
    topic="refund status",
    language="de",
    confidence=0.875,
    threshold=0.9,
    complexity=Score(value=0.5, reasons=("two questions",)),
    risk_tier="hardship",
    wants_person=True,
    mood="worried",
    reasons=(Reason(code="risk", detail="hardship: the words for it"),),
    skills={"German": 3, "refunds": 1},
    priority_min=30,
    epoch=2,
    continues="inq-0",
    history=(_TURN,),
    facts=(Fact(name="order number", value="A-17", source="customer_said"),),
    preferred_agent_id="ada",
    versions=Versions(rules="1", model="m-3", policy="p-7", licence="l-2", certificate="t-5"),
)

_BRIEF = Brief(
    wish="Wants to know when the refund of order A-17 arrives.",
    facts=(Fact(name="order number", value="A-17", source="customer_said"),),
    said=(_TURN,),
    tried=("refund-status",),
    language="de",
    mood="angry",
    suggested_reply="Ihre Rückzahlung ist unterwegs.",
    suggested_article="refund-status",
    completeness=0.75,
    answer_by=_AT + timedelta(days=1),
)

EXAMPLES: dict[str, tuple[Payload, ...]] = {
    "inquiries": (_INQUIRY,),
    "routed.bot": (_DECISION,),
    "handoffs": (Handover(decision=_DECISION, reason="no_answer", brief=_BRIEF),),
    "replies": (
        Reply(
            reply_id="rep-1",
            inquiry_id="inq-1",
            conversation_id="conv-1",
            customer_id="cust-1",
            by="person",
            kind="answer",
            text="Ihre Rückzahlung ist unterwegs.",
            language="de",
            epoch=2,
            agent_id="amira",
            article_id="refund-status",
            discloses_ai=True,
        ),
    ),
    "agents.commands": (
        AgentCommand(command_id="cmd-1", agent_id="amira", action=SignIn()),
        AgentCommand(command_id="cmd-2", agent_id="amira", action=Accept(inquiry_id="i", epoch=1)),
        AgentCommand(
            command_id="cmd-3",
            agent_id="amira",
            action=SendReply(inquiry_id="i", epoch=1, text="Good morning", language="en"),
        ),
        AgentCommand(
            command_id="cmd-4",
            agent_id="amira",
            action=Transfer(inquiry_id="i", epoch=1, to_queue="refunds", note="needs German"),
        ),
    ),
    "assignments": (
        Assignment(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            step="offered",
            seq=2,
            epoch=1,
            queue="refunds",
            agent_id="amira",
            topic="refund status",
            language="de",
            priority_min=30,
            waited_ms=1500,
            reason="longest idle",
            members=("inq-1", "inq-0"),
            config_version="c-1",
        ),
    ),
    "feedback": (
        Feedback(feedback_id="fb-1", conversation_id="conv-1", kind="not_helped"),
        Feedback(
            feedback_id="fb-2",
            conversation_id="conv-1",
            inquiry_id="inq-1",
            kind="csat",
            score=4,
            comment="Quick, but I had to repeat myself.",
        ),
    ),
    "outcomes": (
        Outcome(
            inquiry_id="inq-1",
            conversation_id="conv-1",
            kind="handed_off",
            by="person",
            topic="refund status",
            language="de",
            channel="email",
            agent_id="amira",
            first_answer_ms=61_000,
            arm="people",
            revision=1,
            reversed_by="inq-2",
        ),
    ),
    "licences": (
        Licence(
            topic="refund status",
            language="de",
            state="licensed",
            version=3,
            attempt=2,
            threshold=0.9,
            target=0.95,
            lower_bound=0.951,
            error=0.05,
            sample=800,
            wrong=4,
            seeded=500,
            pooled=True,
            missing=0,
            labels_per_day=41.5,
            compared_with_people="not_worse",
            bot={"csat": Tally(good=90, bad=10)},
            people={"csat": Tally(good=19, bad=1)},
            reason="796 of 800 answers judged right",
            held=True,
            forced=True,
            answers="order-1",
            refused="people only",
        ),
    ),
    "audits": (
        AuditTask(
            audit_id="inq-1",
            inquiry_id="inq-1",
            conversation_id="conv-1",
            topic="refund status",
            language="de",
            question="Wo bleibt meine Rückzahlung?",
            answer="Sie kommt in fünf Tagen.",
            article_id="refund-status",
            marks_wanted=2,
        ),
    ),
    "audits.marks": (
        AuditMark(
            mark_id="m-1",
            audit_id="inq-1",
            agent_id="amira",
            verdict="person",
            note="The customer was upset.",
        ),
    ),
    "evidence": (
        Evidence(
            evidence_id="e-1",
            topic="refund status",
            language="de",
            kind="audit",
            good=False,
            confidence=0.93,
            by="person",
            harmful=True,
            seeded=True,
            inquiry_id="inq-1",
            at_ms=1_772_357_401_000,
        ),
        Evidence(
            evidence_id="e-2",
            topic="refund status",
            language="de",
            kind="order",
            at_ms=1_772_357_401_000,
            order=LicenceOrder(do="grant", reason="tested by hand", by="ada", force=True),
        ),
        Evidence(
            evidence_id="e-3",
            topic="refund status",
            language="de",
            kind="draft",
            seeded=True,
            count=512,
            at_ms=1_772_357_401_000,
        ),
    ),
    "drift": (
        Drift(
            topic="refund status",
            language="de",
            since=_AT,
            until=_AT + timedelta(minutes=5),
            inquiries=120,
            of=900,
            drifted=True,
            shifts=(
                Shift(
                    measure="share",
                    expected=0.05,
                    seen=0.13,
                    distance=0.12,
                    chance=0.0001,
                    drifted=True,
                ),
            ),
            model="m-3",
            certificate="t-5",
            replica="0",
        ),
    ),
    "customers.erasure": (Erasure(erasure_id="er-1", customer_id="cust-1"),),
}
