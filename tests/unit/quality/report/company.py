"""Events of an invented company over some weeks, and what is true of each inquiry.

Chance is a parameter, so a seed gives the same events. What is true is written down beside the
events, for tests that count it again on their own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from warmline.events import (
    Assignment,
    Decision,
    Event,
    Evidence,
    Feedback,
    Inquiry,
    Outcome,
    Payload,
    Reason,
    Score,
    Versions,
)
from warmline.events.envelope import event_id
from warmline.events.inquiry import Channel
from warmline.topics import (
    ASSIGNMENTS,
    EVIDENCE,
    FEEDBACK,
    OUTCOMES,
    ROUTED_BOT,
    ROUTED_HUMAN,
    Topic,
)

START_MS = 1_790_000_000_000
MINUTE_MS = 60_000
TOPICS = ("refund_status", "due_date", "fraud")
LANGUAGES = ("en", "de")
MARKETS = ("DE", "UK", None)
HOLDOUT = 0.2

Written = tuple[Topic, Event[Payload]]


@dataclass
class Truth:
    """Of one inquiry, as the generator meant it."""

    inquiry_id: str
    topic: str
    language: str
    channel: str
    market: str
    arm: str
    kind: str
    by: str
    received_ms: int
    person_ms: int = 0
    score: int = 0
    first_answer_ms: int = -1
    returned: bool = False
    drafted: bool = False
    confidence: float = 0.0
    judged_good: bool | None = None


class Company:
    """Iterate `history` for what is written to the topics; `truths` is complete afterwards.

    `late_market`: customers of that market wait ten times as long. `name` ends every id.
    """

    def __init__(
        self, seed: int, inquiries: int, *, late_market: str | None = None, name: str = ""
    ) -> None:
        self._random = random.Random(seed)
        self._inquiries = inquiries
        self._late_market = late_market
        self._name = name
        self.truths: list[Truth] = []

    def history(self) -> Iterator[Written]:
        now_ms = START_MS
        for number in range(self._inquiries):
            now_ms += int(self._random.expovariate(1 / (4 * MINUTE_MS)))
            yield from self._life(number, now_ms)

    def _life(self, number: int, now_ms: int) -> Iterator[Written]:
        chance = self._random
        topic = chance.choice(TOPICS)
        arm = ""
        if topic != "fraud" and chance.random() < 0.8:
            arm = "people" if chance.random() < HOLDOUT else "bot"
        truth = Truth(
            f"i{number}{self._name}",
            topic,
            chance.choice(LANGUAGES),
            chance.choice(get_args(Channel)),
            chance.choice(MARKETS) or "",
            arm,
            "",
            "",
            now_ms,
        )
        truth.confidence = 0.9 + chance.random() / 10 if arm else chance.random() * 0.9
        truth.drafted = not arm and topic != "fraud" and chance.random() < 0.6
        self.truths.append(truth)
        yield self._decision(truth)
        yield from self._bot(truth) if arm == "bot" else self._people(truth, now_ms)
        if truth.by != "nobody" and chance.random() < 0.1:
            truth.returned = True
            yield self._outcome(truth, now_ms + 200_000_000, returned=True)
        if truth.drafted or (arm == "bot" and chance.random() < 0.1):
            yield self._verdict(truth, now_ms + 100_000_000)
        if chance.random() < 0.3:
            truth.score = chance.randint(1, 5)
            earlier = chance.randint(1, 5)
            for moment, score in (
                (now_ms + 90_000_000, truth.score),
                (now_ms + 80_000_000, earlier),
            ):
                yield self._feedback(truth, moment, score)

    def _bot(self, truth: Truth) -> Iterator[Written]:
        luck = self._random.random()
        truth.first_answer_ms = self._random.randint(200, 3000)
        answered_ms = truth.received_ms + truth.first_answer_ms
        if luck < 0.7:
            truth.kind, truth.by = ("confirmed" if luck < 0.4 else "assumed"), "bot"
            yield self._outcome(truth, answered_ms + MINUTE_MS)
        else:
            yield from self._people(truth, answered_ms + 2000)

    def _people(self, truth: Truth, from_ms: int) -> Iterator[Written]:
        slow = 10 if truth.market and truth.market == self._late_market else 1
        waited_ms = int(self._random.expovariate(1 / (2 * MINUTE_MS))) * slow
        accepted_ms = from_ms + waited_ms
        yield self._step(truth, 1, "enqueued", from_ms)
        if self._random.random() < 0.05:
            truth.kind, truth.by = "abandoned", "nobody"
            yield self._step(truth, 2, "abandoned", accepted_ms)
            yield self._outcome(truth, accepted_ms)
            return
        worked_ms = int(self._random.expovariate(1 / (5 * MINUTE_MS))) + 1000
        wrap_up_ms = self._random.randint(0, MINUTE_MS)
        truth.kind, truth.by, truth.person_ms = "handed_off", "person", worked_ms + wrap_up_ms
        if truth.first_answer_ms < 0:
            truth.first_answer_ms = accepted_ms + 1000 - truth.received_ms
        yield self._step(truth, 2, "accepted", accepted_ms, waited_ms)
        yield self._step(truth, 3, "completed", accepted_ms + worked_ms)
        yield self._outcome(truth, accepted_ms + worked_ms)
        yield self._step(truth, 4, "wrapped_up", accepted_ms + worked_ms + wrap_up_ms)

    def _decision(self, truth: Truth) -> Written:
        chance = self._random
        reasons: dict[str, Any] = {"bot": "licensed", "people": "holdout", "": "low_confidence"}
        received = _moment(truth.received_ms)
        decision = Decision(
            inquiry=Inquiry(
                inquiry_id=truth.inquiry_id,
                conversation_id=_conversation(truth),
                customer_id=f"k{chance.randint(1, 1 + self._inquiries // 3)}",
                text="Where is my refund? It should have arrived last week.",
                channel=truth.channel,
                market=truth.market or None,
            ),
            received_at=received,
            decided_at=received,
            route="bot" if truth.arm == "bot" or truth.drafted else "human",
            mode="answer" if truth.arm == "bot" else "draft" if truth.drafted else None,
            topic=truth.topic,
            language=truth.language,
            confidence=truth.confidence,
            threshold=0.9,
            complexity=Score(value=0.1),
            reasons=(Reason(code=reasons[truth.arm], detail="test"),),
            epoch=1,
            versions=Versions(rules="1", model="m", policy="p"),
        )
        topic = ROUTED_BOT if decision.route == "bot" else ROUTED_HUMAN
        return topic, _event(event_id(truth.inquiry_id, "decision"), truth.received_ms, decision)

    def _step(self, truth: Truth, seq: int, step: Any, at_ms: int, waited_ms: int = 0) -> Written:
        data = Assignment(
            inquiry_id=truth.inquiry_id,
            conversation_id=_conversation(truth),
            step=step,
            seq=seq,
            epoch=1,
            queue="general",
            topic=truth.topic,
            language=truth.language,
            waited_ms=waited_ms,
            members=(truth.inquiry_id,),
        )
        return ASSIGNMENTS, _event(event_id(truth.inquiry_id, f"assignment/{seq}"), at_ms, data)

    def _feedback(self, truth: Truth, at_ms: int, score: int) -> Written:
        feedback_id = event_id(truth.inquiry_id, f"csat/{at_ms}")
        named = truth.inquiry_id if self._random.random() < 0.5 else None
        data = Feedback(
            feedback_id=feedback_id,
            conversation_id=_conversation(truth),
            inquiry_id=named,
            kind="csat",
            score=score,
        )
        return FEEDBACK, _event(feedback_id, at_ms, data)

    def _outcome(self, truth: Truth, at_ms: int, *, returned: bool = False) -> Written:
        data = Outcome(
            inquiry_id=truth.inquiry_id,
            conversation_id=_conversation(truth),
            kind=truth.kind,
            by=truth.by,
            topic=truth.topic,
            language=truth.language,
            channel=truth.channel,
            first_answer_ms=truth.first_answer_ms if truth.first_answer_ms >= 0 else None,
            arm=truth.arm or None,
            revision=int(returned),
            reversed_by=f"{truth.inquiry_id}-again" if returned else None,
        )
        step = "outcome/1" if returned else "outcome"
        return OUTCOMES, _event(event_id(truth.inquiry_id, step), at_ms, data)

    def _verdict(self, truth: Truth, at_ms: int) -> Written:
        """Four of five are good."""
        truth.judged_good = self._random.random() < 0.8
        kind: Any = "audit" if truth.arm == "bot" else "draft"
        data = Evidence(
            evidence_id=event_id(truth.inquiry_id, kind),
            topic=truth.topic,
            language=truth.language,
            kind=kind,
            good=truth.judged_good,
            confidence=truth.confidence,
            inquiry_id=truth.inquiry_id,
            at_ms=at_ms,
        )
        return EVIDENCE, _event(data.evidence_id, at_ms, data)


def _conversation(truth: Truth) -> str:
    return "c" + truth.inquiry_id[1:]


def _event(name: str, at_ms: int, data: Payload) -> Event[Payload]:
    return Event(name, "/test", _moment(at_ms), data)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)
