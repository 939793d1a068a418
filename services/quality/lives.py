"""What is known of the inquiries of one conversation, kept so that the order of news does not
matter.

Topics are read independently: the end of an inquiry may be read before its beginning, and anything
may be read twice. So each fact only ever moves one way (the earliest moment, the first decision, a
growing set), and learning is associative, commutative and idempotent: the same news in any order,
however often, gives the same record. What follows from a record is decided in `rules`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Literal

from pydantic import Field

from services.runtime.clock import millis
from warmline.events.base import Part, Payload
from warmline.events.decision import Decision
from warmline.events.draft import DraftVerdict
from warmline.events.envelope import Event
from warmline.events.inquiry import Feedback
from warmline.events.quality import Outcome
from warmline.events.work import Assignment, Handover, Reply

SAID_KEPT = 100
CLOSED_KEPT = 200
"""Limits of one record: beyond them the oldest is forgotten."""


class Asked(Part):
    """The first decision on an inquiry; `epoch` grows with every later one. `arm` as on Outcome."""

    epoch: int
    received_ms: int
    topic: str | None
    language: str
    channel: str
    customer_id: str = ""
    confidence: float = 0.0
    arm: Literal["bot", "people"] | None = None


class End(Part):
    """The work of people that ended an inquiry; `lead` is the inquiry that the work was filed
    under."""

    at_ms: int
    kind: Literal["handed_off", "abandoned"]
    lead: str
    agent_id: str | None


class Said(Part):
    """Feedback; `inquiry_id` None means the newest inquiry at that moment."""

    at_ms: int
    kind: Literal["helped", "not_helped", "wants_person", "left", "csat"]
    inquiry_id: str | None = None
    score: int | None = None


class Verdict(Part):
    """What a person has made of a proposal; `right`: they sent it unchanged."""

    at_ms: int
    right: bool


class Life(Part):
    """One inquiry. Moments are in milliseconds since 1970, the earliest known.

    `work_ms`: given to people by a decision or a handover of its own. `continues`: it is a further
    message on another inquiry's matter. `thanked_ms`: it is but thanks for an answer. `bot_asked_ms`: the
    bot has asked for a fact. `outcome`: how it ended at `ended_ms`, concluded at `concluded_ms` by our
    clock and not yet known to be published.
    `closed`: published. `proposed` and `person_said` are fingerprints of what the bot proposed and of a
    person's first answer: the record tells whether they are the same without holding a text. `verdict`: what
    a person said of the proposal, which counts before what they wrote. `told`: the evidence that is
    published.
    """

    asked: Asked | None = None
    continues: str | None = None
    work_ms: int | None = None
    bot_answer_ms: int | None = None
    bot_asked_ms: int | None = None
    thanked_ms: int | None = None
    person_answer_ms: int | None = None
    proposed: str | None = None
    person_said: str | None = None
    verdict: Verdict | None = None
    end: End | None = None
    outcome: Outcome | None = None
    ended_ms: int = 0
    concluded_ms: int = 0
    closed: bool = False
    told: tuple[str, ...] = ()


class Conversation(Part):
    """The record. `changed_ms`: when something new was last learnt, by our clock."""

    changed_ms: int = 0
    lives: dict[str, Life] = Field(default_factory=dict)
    said: tuple[Said, ...] = ()

    def life(self, inquiry_id: str) -> Life:
        return self.lives.get(inquiry_id, _UNKNOWN)

    def with_life(self, inquiry_id: str, life: Life) -> Conversation:
        return self.model_copy(update={"lives": {**self.lives, inquiry_id: life}})


_UNKNOWN = Life()


def learn(conversation: Conversation, event: Event[Payload], now_ms: int) -> Conversation:
    """The record with the news of `event`; the same record where it is no news."""
    at_ms = millis(event.time)
    match event.data:
        case Decision() as decision:
            known = _decided(conversation, decision, at_ms)
        case Handover() as handover:
            known = _handed_over(conversation, handover, at_ms)
        case DraftVerdict() as verdict:
            known = _judged(conversation, verdict, at_ms)
        case Reply() as reply:
            known = _replied(conversation, reply, at_ms)
        case Assignment() as assignment:
            known = _worked(conversation, assignment, at_ms)
        case Feedback() as feedback:
            known = _told(conversation, feedback, at_ms)
        case other:
            raise TypeError(f"the ledger does not read {type(other).__name__}")
    if known == conversation:
        return conversation
    return known.model_copy(update={"changed_ms": max(now_ms, conversation.changed_ms)})


def _decided(conversation: Conversation, decision: Decision, at_ms: int) -> Conversation:
    if decision.route == "human":
        return _given_to_people(conversation, decision, at_ms)
    return _asked(conversation, decision)


def _given_to_people(conversation: Conversation, decision: Decision, at_ms: int) -> Conversation:
    known = _asked(conversation, decision)
    return _change(
        known,
        decision.inquiry.inquiry_id,
        lambda life: {"work_ms": _earliest(life.work_ms, at_ms)},
    )


def _handed_over(conversation: Conversation, handover: Handover, at_ms: int) -> Conversation:
    known = _given_to_people(conversation, handover.decision, at_ms)
    proposal = handover.brief.suggested_reply
    if handover.reason != "draft" or proposal is None:
        return known
    proposed = fingerprint(proposal)
    return _change(
        known,
        handover.decision.inquiry.inquiry_id,
        lambda life: {"proposed": min(filter(None, (life.proposed, proposed)))},
    )


def _judged(conversation: Conversation, verdict: DraftVerdict, at_ms: int) -> Conversation:
    """The first verdict counts; ties fall the same way in whatever order they are read."""
    judged = Verdict(at_ms=at_ms, right=verdict.sent_unchanged)

    def news(life: Life) -> dict[str, object]:
        first = judged if life.verdict is None else min(life.verdict, judged, key=_order)
        return {"verdict": first}

    return _change(conversation, verdict.inquiry_id, news)


def _order(verdict: Verdict) -> tuple[int, bool]:
    return verdict.at_ms, verdict.right


def fingerprint(text: str) -> str:
    """The same for texts that differ in nothing but blanks."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=8).hexdigest()


def asked_of(decision: Decision) -> Asked:
    return Asked(
        epoch=decision.epoch,
        received_ms=millis(decision.received_at),
        topic=decision.topic,
        language=decision.language,
        channel=decision.inquiry.channel,
        customer_id=decision.inquiry.customer_id,
        confidence=decision.confidence,
        arm=_ARMS.get(decision.reasons[0].code),
    )


def _asked(conversation: Conversation, decision: Decision) -> Conversation:
    asked = asked_of(decision)
    thanked_ms = asked.received_ms if decision.reasons[0].code == "thanks" else None
    return _change(
        conversation,
        decision.inquiry.inquiry_id,
        lambda life: {
            "thanked_ms": _earliest(life.thanked_ms, thanked_ms) if thanked_ms else life.thanked_ms,
            "asked": asked if life.asked is None or asked.epoch < life.asked.epoch else life.asked,
            "continues": min(filter(None, (life.continues, decision.continues)), default=None),
        },
    )


_ARMS: dict[str, Literal["bot", "people"]] = {"licensed": "bot", "holdout": "people"}


def _replied(conversation: Conversation, reply: Reply, at_ms: int) -> Conversation:
    if reply.by == "bot" and reply.kind == "question":
        return _change(
            conversation,
            reply.inquiry_id,
            lambda life: {"bot_asked_ms": _earliest(life.bot_asked_ms, at_ms)},
        )
    if reply.kind != "answer":
        return conversation
    if reply.by == "bot":
        return _change(
            conversation,
            reply.inquiry_id,
            lambda life: {"bot_answer_ms": _earliest(life.bot_answer_ms, at_ms)},
        )
    said = at_ms, fingerprint(reply.text)
    return _change(conversation, reply.inquiry_id, lambda life: _person_said(life, *said))


def _person_said(life: Life, at_ms: int, said: str) -> dict[str, object]:
    """A person's first answer; ties fall the same way in whatever order they are read."""
    if life.person_answer_ms is not None:
        at_ms, said = min((at_ms, said), (life.person_answer_ms, life.person_said or ""))
    return {"person_answer_ms": at_ms, "person_said": said}


def _worked(conversation: Conversation, step: Assignment, at_ms: int) -> Conversation:
    if step.step not in ("completed", "abandoned"):
        return conversation
    end = End(
        at_ms=at_ms,
        kind="handed_off" if step.step == "completed" else "abandoned",
        lead=step.inquiry_id,
        agent_id=step.agent_id,
    )
    for inquiry_id in dict.fromkeys((step.inquiry_id, *step.members)):
        conversation = _change(
            conversation,
            inquiry_id,
            lambda life: {"end": end if life.end is None or _first(end, life.end) else life.end},
        )
    return conversation


def _told(conversation: Conversation, feedback: Feedback, at_ms: int) -> Conversation:
    said = Said(
        at_ms=at_ms, kind=feedback.kind, inquiry_id=feedback.inquiry_id, score=feedback.score
    )
    if said in conversation.said:
        return conversation
    everything = sorted((*conversation.said, said), key=lambda one: (one.at_ms, one.kind))
    return conversation.model_copy(update={"said": tuple(everything[-SAID_KEPT:])})


def _change(
    conversation: Conversation, inquiry_id: str, news: Callable[[Life], dict[str, object]]
) -> Conversation:
    life = conversation.life(inquiry_id)
    return conversation.with_life(inquiry_id, life.model_copy(update=news(life)))


def _earliest(known: int | None, new: int) -> int:
    return new if known is None else min(known, new)


def _first(one: End, other: End) -> bool:
    """Whether `one` comes first; ties fall the same way in whatever order they are read."""
    return (one.at_ms, one.kind, one.lead, one.agent_id or "") < (
        other.at_ms,
        other.kind,
        other.lead,
        other.agent_id or "",
    )
