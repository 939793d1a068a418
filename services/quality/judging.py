"""What the record of a conversation says for and against licences, and when that can be said. Pure.

Evidence must not depend on how quickly it comes: complaints are heard at once and contentment is
silent, so a count of whatever is known would look bad first. Each answer is therefore judged once, at
the same age of `assume_after_ms`, by what is known then. Proposals are judged by what the person said of
them, or sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from services.quality.lives import Asked, Conversation, Life
from services.quality.rules import Timing, heard, left_the_question_ms, with_people_ms
from warmline.events.envelope import event_id
from warmline.events.evidence import Evidence, EvidenceKind

SATISFIED = 4
"""CSAT from here on counts as satisfied (the usual top two of five)."""

Told = Literal["history", "draft", "ends"]


class Judgement(NamedTuple):
    """Evidence that can be given from `ready_ms` on."""

    ready_ms: int
    inquiry_id: str
    told: Told
    evidence: tuple[Evidence, ...]


def due(conversation: Conversation, timing: Timing, now_ms: int) -> list[Judgement]:
    """What is to be published now; the same on every call until it is marked as told."""
    return [one for one in _judgements(conversation, timing) if one.ready_ms <= now_ms]


def tell(conversation: Conversation, told: Sequence[Judgement]) -> Conversation:
    """The record after these were published."""
    for one in told:
        life = conversation.life(one.inquiry_id)
        if one.told not in life.told:
            known = life.model_copy(update={"told": (*life.told, one.told)})
            conversation = conversation.with_life(one.inquiry_id, known)
    return conversation


def next_judgement_ms(conversation: Conversation, timing: Timing) -> int | None:
    return min((one.ready_ms for one in _judgements(conversation, timing)), default=None)


def _judgements(conversation: Conversation, timing: Timing) -> Iterator[Judgement]:
    for inquiry_id, life in conversation.lives.items():
        if life.asked is None or life.asked.topic is None:
            continue
        for told, ready_ms, evidence in _of_life(conversation, inquiry_id, life, timing):
            if told not in life.told:
                quiet_ms = conversation.changed_ms + timing.settle_ms
                yield Judgement(max(ready_ms, quiet_ms), inquiry_id, told, evidence)


def _of_life(
    conversation: Conversation, inquiry_id: str, life: Life, timing: Timing
) -> Iterator[tuple[Told, int, tuple[Evidence, ...]]]:
    asked = life.asked
    if asked is None:
        return
    # Several messages that ended with one piece of work are one case.
    if life.end is not None and life.end.kind == "handed_off" and life.end.lead == inquiry_id:
        yield "history", life.end.at_ms, _some(inquiry_id, asked, life.end.at_ms, {"history": True})
    if life.proposed is not None:
        yield from _of_proposal(inquiry_id, asked, life)
    answered_ms = life.bot_answer_ms if asked.arm == "bot" else life.person_answer_ms
    if asked.arm is not None and answered_ms is not None:
        at_ms = answered_ms + timing.assume_after_ms
        ends = _ends(conversation, inquiry_id, asked, answered_ms, at_ms)
        yield "ends", at_ms, _some(inquiry_id, asked, at_ms, ends)


def _of_proposal(
    inquiry_id: str, asked: Asked, life: Life
) -> Iterator[tuple[Told, int, tuple[Evidence, ...]]]:
    """By what the person said of it; else by whether they wrote the same."""
    if life.verdict is not None:
        at_ms, right = life.verdict.at_ms, life.verdict.right
    elif life.person_said is not None or life.end is not None:
        at_ms = life.person_answer_ms or (life.end.at_ms if life.end else 0)
        right = life.person_said == life.proposed
    else:
        return
    yield "draft", at_ms, _some(inquiry_id, asked, at_ms, {"draft": right})


def _ends(
    conversation: Conversation, inquiry_id: str, asked: Asked, answered_ms: int, until_ms: int
) -> dict[EvidenceKind, bool]:
    """How it went on after the answer: whether the customer complained, and how satisfied they were."""
    said = [one for one in heard(conversation, inquiry_id) if answered_ms <= one.at_ms <= until_ms]
    complained = any(one.kind in ("not_helped", "wants_person") for one in said)
    if asked.arm == "bot":
        people_ms = with_people_ms(conversation, inquiry_id)
        left_ms = left_the_question_ms(conversation, inquiry_id)
        complained |= any(
            at_ms is not None and answered_ms <= at_ms <= until_ms for at_ms in (people_ms, left_ms)
        )
    ends: dict[EvidenceKind, bool] = {"complaint": not complained}
    scores = [one.score for one in said if one.score is not None]
    if scores:
        ends["csat"] = scores[-1] >= SATISFIED
    return ends


def _some(
    inquiry_id: str, asked: Asked, at_ms: int, kinds: Mapping[EvidenceKind, bool]
) -> tuple[Evidence, ...]:
    return tuple(
        evidence_on(inquiry_id, asked, kind, good=good, at_ms=at_ms) for kind, good in kinds.items()
    )


def evidence_on(
    inquiry_id: str, asked: Asked, kind: EvidenceKind, *, good: bool, at_ms: int
) -> Evidence:
    """The id follows from inquiry and kind, so that it counts once however often it is published."""
    return Evidence(
        evidence_id=event_id(inquiry_id, f"evidence/{kind}"),
        topic=asked.topic or "",
        language=asked.language,
        kind=kind,
        good=good,
        by="person" if asked.arm == "people" else "bot",
        confidence=asked.confidence,
        inquiry_id=inquiry_id,
        at_ms=at_ms,
    )
