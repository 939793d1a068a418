"""How it ended, what was judged, and what the bot may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from warmline.events import (
    AuditMark,
    AuditTask,
    Drift,
    Evidence,
    Licence,
    LicenceOrder,
    ModelCall,
    Outcome,
    Payload,
)
from warmline.events.drift import Shift
from warmline.events.quality import Tally

_AT = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)

QUALITY: dict[str, tuple[Payload, ...]] = {
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
    "model.calls": (
        ModelCall(
            call_id="call-1",
            inquiry_id="inq-1",
            conversation_id="conv-1",
            topic="refund status",
            language="de",
            model="small-1",
            purpose="summary",
            result="rejected",
            reason="figures",
            tokens_in=812,
            tokens_out=164,
            estimated=True,
            cost=Decimal("0.000220"),
            currency="EUR",
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
}
