"""Desks, decisions and work for tests; everything has a default."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.agents.brief import from_decision
from services.agents.config import Configuration, Desk, People
from services.agents.placing import new_work as place
from services.agents.rules import Rules
from services.agents.work import NewWork
from warmline.events import Decision, Inquiry, Reason, Score, Versions

START_MS = 1_790_000_000_000
START = datetime.fromtimestamp(START_MS / 1000, UTC)


def configuration(
    people: dict[str, dict[str, Any]] | None = None,
    *,
    queues: dict[str, dict[str, Any]] | None = None,
    filters: tuple[dict[str, Any], ...] = (),
    supervisors: tuple[str, ...] = (),
    **desk: Any,
) -> Configuration:
    """Queues `general` (the default) and `fraud`; one person, `ada`, who does everything, one at a time. With
    nobody there work waits without a promise, where a queue does not say otherwise: fewer steps to read."""
    level = {"share": 0.8, "within_s": 60}
    named = queues or {"general": {}, "fraud": {}}
    return Configuration.of(
        Desk.model_validate(
            {
                "version": 1,
                "desk": "test",
                "offer_timeout_s": 20,
                "queues": [
                    {
                        "id": id_,
                        "title": id_.title(),
                        "service_level": level,
                        **rest,
                        "overflow": {"unstaffed": "wait", **rest.get("overflow", {})},
                    }
                    for id_, rest in named.items()
                ],
                "filters": filters,
                "default": {"queue": next(iter(named))},
                **desk,
            }
        ),
        People.model_validate(
            {
                "version": 1,
                "supervisors": [{"id": id_, "name": id_.title()} for id_ in supervisors],
                "people": [
                    {
                        "id": id_,
                        "name": id_.title(),
                        "languages": {"en": 5, "de": 5},
                        "queues": list(named),
                        "capacity": 1,
                        **rest,
                    }
                    for id_, rest in (people or {"ada": {}}).items()
                ],
            }
        ),
    )


def decision(inquiry: dict[str, Any] | None = None, **changes: Any) -> Decision:
    """The router's decision to give an inquiry to people."""
    asked = {
        "inquiry_id": "i1",
        "conversation_id": "c1",
        "customer_id": "k1",
        "text": "My card was charged twice",
        **(inquiry or {}),
    }
    return Decision.model_validate(
        {
            "inquiry": Inquiry.model_validate(asked),
            "received_at": START,
            "decided_at": START,
            "route": "human",
            "topic": "payment_twice",
            "language": "en",
            "confidence": 0.4,
            "complexity": Score(value=0.2),
            "reasons": (Reason(code="no_licence", detail="people answer this topic"),),
            "epoch": 1,
            "versions": Versions(rules="1", model="m", policy="p"),
            **changes,
        }
    )


def new_work(
    rules: Rules,
    made: Decision,
    *,
    cause_id: str | None = None,
    arrival_ms: int = START_MS,
    now_ms: int = START_MS,
    proposal: str | None = None,
    proposal_until: date | None = None,
    reason: str = "no_licence",
    decided_ms: int | None = None,
) -> NewWork:
    brief = from_decision(made).model_copy(
        update={
            "suggested_reply": proposal,
            "suggested_article": proposal and "article-1",
            "suggested_until": proposal_until,
        }
    )
    return place(
        rules,
        made,
        cause_id=cause_id or f"cause-{made.inquiry.inquiry_id}",
        reason=reason,
        brief=brief,
        arrival_ms=arrival_ms,
        decided_ms=arrival_ms if decided_ms is None else decided_ms,
        now_ms=now_ms,
    )
