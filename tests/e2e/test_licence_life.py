"""A topic is licensed from drafts, answers alone, gets worse, and is suspended: all services, a real
Kafka and Redis, and kills in between."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from services.quality.licensing import Cell, Standing, Terms, after
from tests.e2e.licence_life import LANGUAGE, TERMS, TOPIC, WITHIN, Observer, running
from warmline.events import Decision, Evidence, Licence, Reply

NEVER = datetime.max.replace(tzinfo=UTC)


def test_a_licence_is_earned_and_lost_and_decisions_follow_within_two_seconds(
    kafka: str, redis_url: str, unique_name: str, model: Path, tmp_path: Path
) -> None:
    with running(kafka, redis_url, unique_name, model, tmp_path) as system:
        drafted = system.until("draft", 120)
        system.kill("quality")
        system.decisions_after(drafted, 10)
        system.kill("router")
        licensed = system.until("licensed", 180)
        system.kill("router")
        system.decisions_after(licensed + WITHIN, 6)
        system.until_true(lambda: answered_alone(system.observer), 60)
        system.observer.unhappy.set()
        system.kill("quality")
        system.decisions_after(licensed + WITHIN, 12)
        suspended = system.until("suspended", 180)
        system.kill("quality")
        system.kill("router")
        system.decisions_after(suspended + WITHIN, 8)

        licences = system.observer.licences()
        decisions = system.observer.first_decisions()
        changes = [*licences, (NEVER, licences[-1][1])]
        for (since, licence), (until, _) in pairwise(changes):
            for decision in decisions:
                if since + WITHIN < decision.decided_at < until:
                    assert follows(decision, licence), decision
        assert all(one.mode in (None, "intake") for one in decisions if one.decided_at < drafted)
        assert sum(decision.mode == "answer" for decision in decisions) >= 10
        states = [licence.state for _, licence in licences][:3]
        assert states == ["draft", "licensed", "suspended"]
        assert replayed(system.observer.evidence())[:3] == states


def answered_alone(observer: Observer) -> set[str]:
    """Inquiries that the bot answered and no person was asked about."""
    answered = {
        one.event.data.inquiry_id
        for one in observer.of(Reply)
        if one.event.data.by == "bot" and one.event.data.kind == "answer"
    }
    decisions: list[Decision] = [one.event.data for one in observer.of(Decision)]
    return answered - {one.inquiry.inquiry_id for one in decisions if one.route == "human"}


def follows(decision: Decision, licence: Licence) -> bool:
    if licence.state == "licensed":
        return decision.mode == "answer" or is_held_out(decision)
    return decision.mode == "draft"


def is_held_out(decision: Decision) -> bool:
    return decision.route == "human" and decision.reasons[0].code == "holdout"


def replayed(evidence: list[Evidence]) -> list[str]:
    """The states that the pure rules come to on the same evidence, each piece once."""
    standings: dict[Cell, Standing] = {}
    terms = Terms.model_validate(TERMS)
    cell = Cell(TOPIC, LANGUAGE)
    states: list[str] = []
    seen: set[str] = set()
    for piece in evidence:
        if piece.evidence_id in seen or (piece.topic, piece.language) != cell:
            continue
        seen.add(piece.evidence_id)
        before = standings.get(cell, Standing()).version
        standings[cell] = after(standings, piece, terms)
        if standings[cell].version > before:
            states.append(standings[cell].state)
    return states
