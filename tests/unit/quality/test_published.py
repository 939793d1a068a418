"""What quality has said already, as the ledger's records note it after a loss."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.quality.lives import Conversation, Life
from services.quality.rebuilding import Published
from warmline.events import Event, Evidence, Outcome

AT = datetime(2026, 11, 22, tzinfo=UTC)


def outcome(inquiry_id: str, **changes: Any) -> Event[Outcome]:
    ended = Outcome(
        inquiry_id=inquiry_id, conversation_id="c1", kind="assumed", by="bot", **changes
    )
    return Event(f"o-{inquiry_id}-{ended.revision}", "/test", AT, ended)


def evidence(inquiry_id: str | None, kind: Any, **changes: Any) -> Event[Evidence]:
    piece = Evidence(
        evidence_id=f"{inquiry_id}/{kind}",
        topic="refund",
        language="en",
        kind=kind,
        inquiry_id=inquiry_id,
        at_ms=0,
        **changes,
    )
    return Event(piece.evidence_id, "/test", AT, piece)


def test_an_end_that_was_published_is_closed_and_others_stay_open() -> None:
    published = Published()
    published.outcome(outcome("i1"))
    known = published.noted(Conversation(lives={"i1": Life(), "i2": Life()}))
    assert (known.lives["i1"].closed, known.lives["i2"].closed) == (True, False)
    assert published.noted(known) == known


def test_a_correction_is_no_end_but_says_who_came_back() -> None:
    published = Published()
    published.outcome(outcome("i1", revision=1, reversed_by="i9"))
    assert published.ends == {}
    assert published.reversed_by == {"i1": "i9"}


def test_evidence_that_was_published_is_told_once() -> None:
    published = Published()
    for kind in ("history", "draft", "draft", "complaint", "csat", "reading", "return"):
        published.evidence(evidence("i1", kind))
    published.evidence(evidence(None, "history", seeded=True))
    known = published.noted(Conversation(lives={"i1": Life(), "i2": Life()}))
    assert known.lives["i1"].told == ("history", "draft", "ends")
    assert known.lives["i2"].told == ()
    assert published.returns_told == {"i1"}
