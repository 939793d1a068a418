"""An inquiry for people, as the engine takes it in. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from services.agents.overflow import Overflow
from services.agents.rules import Choice, Rules
from services.agents.targets import AgentId, Prefer
from services.agents.work import Details, NewWork
from warmline.events.decision import Decision
from warmline.events.work import Brief

PREFERRED = "preferred_agent"
"""The attribute by which a platform names who should be asked first."""

_AGENT_ID = TypeAdapter[str](AgentId)


def new_work(
    rules: Rules,
    decision: Decision,
    *,
    cause_id: str,
    reason: str,
    brief: Brief,
    arrival_ms: int,
    decided_ms: int,
    now_ms: int,
    asked_at: datetime | None = None,
) -> NewWork:
    """Where it goes, by these rules and at this time of day; `reason` is why a person is needed."""
    choice = _choice(rules, decision)
    return NewWork(
        cause_id=cause_id,
        details=Details(
            inquiry=decision.inquiry,
            received_at=decision.received_at,
            asked_at=asked_at,
            brief=brief,
            topic=decision.topic,
            confidence=decision.confidence,
            reason=reason,
            why=choice.why,
            skills=decision.skills,
        ),
        choice=choice,
        placement=Overflow(rules).placement(choice, now_ms),
        bound=rules.bound(choice.work_class.queue),
        topic=decision.topic,
        language=decision.language,
        arrival_ms=arrival_ms,
        decided_ms=decided_ms,
        preferred=_preferred(decision),
    )


def _choice(rules: Rules, decision: Decision) -> Choice:
    """By the filters. Who comes back goes to the person who knows the matter first, also where the filter
    names nobody; with a risk only if that person is one who may take it."""
    choice = rules.choose(decision)
    person, for_s = decision.preferred_agent_id, rules.configuration.desk.returning_s
    if choice.prefer is not None or person is None or for_s == 0:
        return choice
    is_risk = decision.risk_tier is not None or decision.reasons[0].code == "risk"
    if is_risk and not any(person in rules.servers(stage.work_class) for stage in choice.stages):
        return choice
    return replace(choice, prefer=Prefer(who=("attribute",), for_s=for_s))


def _preferred(decision: Decision) -> str | None:
    """Whom the router names, since they had this conversation before; else whom the platform names.
    What is no person's id names nobody."""
    named = decision.preferred_agent_id or decision.inquiry.attributes.get(PREFERRED)
    try:
        return _AGENT_ID.validate_python(named, strict=True)
    except ValidationError:
        return None
