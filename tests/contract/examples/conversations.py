"""What customers, router, bot and people say to each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warmline.events import (
    Brief,
    Decision,
    Erasure,
    Fact,
    Feedback,
    Handover,
    Inquiry,
    Payload,
    Reason,
    Reply,
    Score,
    Turn,
    Versions,
)
from warmline.events.work import ArticleRef, Inferred

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
    topic_guessed=True,
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
    lookups={"order": "no_answer", "parcel": "answered"},
    language="de",
    mood="angry",
    suggested_reply="Ihre Rückzahlung ist unterwegs.",
    suggested_article="refund-status",
    suggested_until=_AT.date(),
    suggested_source="model_inferred",
    similar=(ArticleRef(article_id="return-report", title="Rücksendung melden"),),
    article_why="the only article that fits",
    completeness=0.75,
    answer_by=_AT + timedelta(days=1),
    summary=Inferred(text="Wartet auf die Rückzahlung zu A-17.", language="de"),
    wish_translated=Inferred(text="Wants to know when A-17 is refunded.", language="en"),
)

CONVERSATIONS: dict[str, tuple[Payload, ...]] = {
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
            article_why="the only article that fits",
            discloses_ai=True,
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
    "customers.erasure": (Erasure(erasure_id="er-1", customer_id="cust-1"),),
}
