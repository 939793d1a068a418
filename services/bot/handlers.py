"""A decision for the bot becomes an answer, a question or a handover, whatever goes wrong.

Every inquiry that comes in leaves as at least one of these, and one that waits for the customer's
answer is handed over by `silence` if none comes. A message is claimed before it is sent: the claim
holds only while the bot owns the conversation, so nothing is said after somebody else has taken
over. A refused answer goes to people as a suggestion: nobody else would end the inquiry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING

from prometheus_client import Counter, Histogram
from pydantic import ValidationError

from services.bot.knowing import left_out, said_so_far, writing_of
from services.bot.rules import (
    Answer,
    Ask,
    HandOver,
    Library,
    MessageKind,
    Step,
    decide,
    give_up,
    is_covered,
)
from services.bot.standing import Standing
from services.runtime.clock import Clock, day_of, millis
from services.runtime.conversation import Conversation, Given
from services.runtime.conversations import Conversations, IntakeRecord, Verdict
from services.runtime.errors import fault
from services.runtime.handling import Output
from services.runtime.processing import is_passing
from services.runtime.telemetry import get_logger
from warmline.events.base import Payload
from warmline.events.decision import Decision, Turn
from warmline.events.envelope import Event, event_id
from warmline.events.work import Brief, Handover, HandoverReason, LookupResult, Reply
from warmline.topics import HANDOFFS, MODEL_CALLS, REPLIES, Topic

if TYPE_CHECKING:  # loaded only where they are configured
    from services.bot.words import Words
    from services.lookups.lookups import Lookups

SOURCE = "/warmline/bot"
INTAKE_WAIT_S = 180.0

ANSWERS = Counter("warmline_bot_answers_total", "Answers given to customers.", ["language"])
QUESTIONS = Counter("warmline_bot_questions_total", "Questions asked for facts.", ["topic"])
HANDOVERS = Counter("warmline_bot_handovers_total", "Inquiries given to people.", ["reason"])
REFUSED = Counter(
    "warmline_bot_answers_refused_total", "Answers dropped, never sent to the customer.", ["why"]
)
COMPLETENESS = Histogram(
    "warmline_bot_brief_completeness",
    "Share of what people need to know that a handover holds.",
    ["topic"],
    buckets=(0.0, 0.25, 0.5, 0.75, 0.99, 1.0),
)

log = get_logger(__name__)


class Bot:
    """Handles `routed.bot`. Raises the Redis client's errors, which are tried again."""

    def __init__(
        self,
        library: Library,
        conversations: Conversations,
        clock: Clock,
        intake_wait_s: float = INTAKE_WAIT_S,
        words: Words | None = None,
        lookups: Lookups | None = None,
        zone: tzinfo = UTC,
    ) -> None:
        self._zone = zone
        self._words = words
        self._lookups = lookups
        self._library = library
        self._conversations = conversations
        self._clock = clock
        self._intake_wait_ms = int(intake_wait_s * 1000)

    async def handle(self, event: Event[Decision]) -> list[Output]:
        at = self._clock()
        step = await self._decide(event.data, at)
        if step is None:
            return []
        if self._words is None or isinstance(step, Ask):
            return await self._carry_out(event, step, at)
        worded, calls = await self._words.of(event.data, step, at)
        outputs = await self._carry_out(event, worded, at)
        trace = event.traceparent
        return outputs + [output(MODEL_CALLS, call.call_id, at, call, trace) for call in calls]

    async def _carry_out(self, event: Event[Decision], step: Step, at: datetime) -> list[Output]:
        if isinstance(step, HandOver):
            return await self._hand_over(event, step, at)
        reply = _message(event.data, step)
        given = _given(event.data, step) if isinstance(step, Answer) else None
        refused = await self._claim(reply, at, self._record_of(step, at), given)
        if refused is None:
            if isinstance(step, Answer):
                ANSWERS.labels(event.data.language).inc()
            else:
                QUESTIONS.labels(event.data.topic).inc()
            return [output(REPLIES, reply.reply_id, at, reply, event.traceparent)]
        REFUSED.labels(refused).inc()
        log.info("message dropped", inquiry_id=reply.inquiry_id, kind=reply.kind, why=refused)
        why: HandoverReason = "loop" if refused == "repeated" else "policy"
        otherwise = step.otherwise if isinstance(step, Ask) else HandOver(why, step.brief)
        return await self._hand_over(event, otherwise, at)

    async def _decide(self, decision: Decision, at: datetime) -> Step | None:
        """None: a later message of the same intake was read already and covers this one, or what was said to
        the same question a moment before does, or it only thanks for an answer."""
        if decision.reasons[0].code == "thanks":
            return None
        inquiry = decision.inquiry
        day = day_of(at, self._zone)
        said_before = await self._said_before(decision)
        [conversation] = await self._conversations.read([inquiry.conversation_id])
        try:
            standing = standing_of(conversation)
            if standing is not None and standing.covers(inquiry.inquiry_id):
                return None
            self._tell_of_wrong_attributes(decision, day)
            looked_up, lookups = await self._look_up(decision, conversation.turns, standing, day)
            answers = conversation.answers
            if is_covered(decision, self._library, day, answers, standing, looked_up):
                return None
            return decide(
                decision,
                self._library,
                conversation.turns,
                day,
                said_before=said_before,
                answers=answers,
                standing=standing,
                looked_up=looked_up,
                lookups=lookups,
            )
        except Exception as error:
            if is_passing(error):
                raise
            log.error("handed over after a fault", inquiry_id=inquiry.inquiry_id, **fault(error))
            return give_up(decision)

    async def standing_after(self, decisions: Sequence[Decision]) -> Standing | None:
        """Where the intake stands after these messages of one matter, as their decisions found the
        conversation; None where the bot would not have asked."""
        standing: Standing | None = None
        for decision in decisions:
            day, said = day_of(decision.decided_at, self._zone), decision.inquiry.text
            turns = (*decision.history, Turn(by="customer", text=said, at=decision.received_at))
            looked_up, _ = await self._look_up(decision, turns, standing, day)
            step = decide(
                decision, self._library, turns, day, standing=standing, looked_up=looked_up
            )
            standing = None if isinstance(step, Answer) else step.standing
        return standing

    def _tell_of_wrong_attributes(self, decision: Decision, day: date) -> None:
        knowledge, forms = self._library.knowledge, self._library.forms
        for name in left_out(decision, knowledge, forms, day):
            inquiry_id = decision.inquiry.inquiry_id
            log.warning("attribute is of a wrong kind", inquiry_id=inquiry_id, attribute=name)

    async def _look_up(
        self, decision: Decision, history: Sequence[Turn], standing: Standing | None, day: date
    ) -> tuple[Mapping[str, str], Mapping[str, LookupResult]]:
        """Nothing where a person is wanted or needed: nothing may come between."""
        if self._lookups is None or decision.wants_person or decision.risk_tier is not None:
            return {}, {}
        forms = self._library.forms
        said = said_so_far(decision, forms, history, standing, day)
        return await self._lookups.facts(decision, said, writing_of(decision, forms, day))

    async def _said_before(self, decision: Decision) -> MessageKind | None:
        given = await self._conversations.answer_given(decision.inquiry.inquiry_id)
        kinds: tuple[MessageKind, ...] = ("answer", "question", "notice")
        return next((kind for kind in kinds if given == _message_id(decision, kind)), None)

    async def _hand_over(
        self, event: Event[Decision], step: HandOver, at: datetime
    ) -> list[Output]:
        HANDOVERS.labels(step.reason).inc()
        COMPLETENESS.labels(event.data.topic or "").observe(step.brief.completeness)
        decisions = await self._earlier(event.data, step.standing)
        outputs = handovers(decisions, step.reason, step.brief, at, event.traceparent)
        notice = _notice(event.data, step)
        if notice is not None:
            record = self._record_of(step, at)
            if await self._claim(notice, at, record) is None:
                outputs.append(output(REPLIES, notice.reply_id, at, notice, event.traceparent))
        return outputs

    async def _earlier(self, decision: Decision, standing: Standing | None) -> list[Decision]:
        """Those on the intake's earlier messages, oldest first, and this one."""
        if standing is None:
            return [decision]
        earlier = standing.before(decision.inquiry.inquiry_id)
        return [*await recorded(self._conversations, earlier), decision]

    def _record_of(self, step: Step, at: datetime) -> IntakeRecord | None:
        if isinstance(step, Answer) or step.standing is None:
            return None
        asks = isinstance(step, Ask)
        return IntakeRecord(
            json=step.standing.model_dump_json(),
            state="asking" if asks else "over",
            facts=step.standing.facts,
            due_ms=millis(at) + self._intake_wait_ms if asks else None,
        )

    async def _claim(
        self,
        reply: Reply,
        at: datetime,
        intake: IntakeRecord | None,
        answer: Given | None = None,
    ) -> Verdict | None:
        """None: it may be sent now. Else why not."""
        verdict = await self._conversations.claim_answer(
            conversation_id=reply.conversation_id,
            inquiry_id=reply.inquiry_id,
            epoch=reply.epoch,
            reply_id=reply.reply_id,
            turn=Turn(by="bot", text=reply.text, at=at, article_id=reply.article_id),
            at_ms=millis(at),
            answer=answer,
            intake=intake,
        )
        return None if verdict == "speak" else verdict


def standing_of(conversation: Conversation) -> Standing | None:
    """The intake that is under way or has just ended. A record of another release is none: the
    inquiry is then handed over with what was said."""
    if conversation.intake is None or conversation.intake_state is None:
        return None
    try:
        return Standing.model_validate_json(conversation.intake)
    except ValidationError:
        log.error("an intake's record cannot be read", inquiry_id=conversation.inquiry_id)
        return None


async def recorded(conversations: Conversations, inquiry_ids: Sequence[str]) -> list[Decision]:
    """The decisions on these inquiries; those that Redis has forgotten are left out."""
    known = await conversations.recorded(inquiry_ids)
    return [Decision.model_validate_json(json) for json in known if json is not None]


def handovers(
    decisions: Sequence[Decision],
    reason: HandoverReason,
    brief: Brief,
    at: datetime,
    traceparent: str | None = None,
) -> list[Output]:
    """One for every message of a matter, the first one first: they become one piece of work. Only the
    first proposes a reply: a proposal answers a matter, and is judged once."""
    without = brief.model_copy(
        update={
            "suggested_reply": None,
            "suggested_article": None,
            "suggested_until": None,
            "suggested_source": "knowledge_base",
        }
    )
    return [
        output(
            HANDOFFS,
            event_id(decision.inquiry.inquiry_id, "bot-handover"),
            at,
            Handover(decision=decision, reason=reason, brief=without if number else brief),
            traceparent,
        )
        for number, decision in enumerate(decisions)
    ]


def output(
    topic: Topic, id_: str, at: datetime, data: Payload, traceparent: str | None = None
) -> Output:
    return Output(topic, Event(id_, SOURCE, at, data, traceparent))


def _given(decision: Decision, step: Answer) -> Given:
    about = step.article.about
    return Given(inquiry_id=decision.inquiry.inquiry_id, topic=about.topic, article_id=about.id)


def _message(decision: Decision, step: Answer | Ask) -> Reply:
    if isinstance(step, Ask):
        return _reply(decision, "question", step.text, step.discloses_ai, None)
    reply = _reply(decision, "answer", step.text, step.discloses_ai, step.article.about.id)
    return reply.model_copy(update={"article_why": step.brief.article_why})


def _notice(decision: Decision, step: HandOver) -> Reply | None:
    if step.notice is None:
        return None
    return _reply(decision, "notice", step.notice, step.discloses_ai, None)


def _reply(
    decision: Decision, kind: MessageKind, text: str, discloses_ai: bool, article_id: str | None
) -> Reply:
    return Reply(
        reply_id=_message_id(decision, kind),
        inquiry_id=decision.inquiry.inquiry_id,
        conversation_id=decision.inquiry.conversation_id,
        customer_id=decision.inquiry.customer_id,
        by="bot",
        kind=kind,
        text=text,
        language=decision.language,
        epoch=decision.epoch,
        article_id=article_id,
        discloses_ai=discloses_ai,
    )


def _message_id(decision: Decision, kind: MessageKind) -> str:
    """The same on every redelivery; the claim lets an inquiry have only one message of the bot."""
    return event_id(decision.inquiry.inquiry_id, f"bot-{kind}")
