"""A decision for the bot becomes an answer or a handover, whatever goes wrong.

Every inquiry that comes in leaves as at least one of the two. A message is claimed before it is
sent: the claim holds only while the bot owns the conversation, so nothing is said after somebody
else has taken over. A refused answer goes to people as a suggestion: nobody else would end the
inquiry.
"""

from __future__ import annotations

import traceback
from datetime import datetime

from prometheus_client import Counter

from services.bot.rules import Answer, HandOver, Library, MessageKind, decide, give_up
from services.runtime.clock import Clock, millis
from services.runtime.conversations import Conversations
from services.runtime.handling import Output
from services.runtime.telemetry import get_logger
from warmline.events.base import Payload
from warmline.events.decision import Decision, Turn
from warmline.events.envelope import Event, event_id
from warmline.events.work import Handover, Reply
from warmline.topics import HANDOFFS, REPLIES, Topic

SOURCE = "/warmline/bot"

ANSWERS = Counter("warmline_bot_answers_total", "Answers given to customers.", ["language"])
HANDOVERS = Counter("warmline_bot_handovers_total", "Inquiries given to people.", ["reason"])
REFUSED = Counter(
    "warmline_bot_answers_refused_total", "Answers dropped, never sent to the customer.", ["why"]
)

log = get_logger(__name__)


class Bot:
    """Handles `routed.bot`. Raises the Redis client's errors, which are tried again."""

    def __init__(self, library: Library, conversations: Conversations, clock: Clock) -> None:
        self._library = library
        self._conversations = conversations
        self._clock = clock

    async def handle(self, event: Event[Decision]) -> list[Output]:
        at = self._clock()
        step = await self._decide(event.data, at)
        if isinstance(step, HandOver):
            return await self._hand_over(event, step, at)
        reply = _answer(event.data, step)
        refused = await self._claim(reply, at)
        if refused is None:
            ANSWERS.labels(event.data.language).inc()
            return [_output(REPLIES, reply.reply_id, event, at, reply)]
        REFUSED.labels(refused).inc()
        log.info("answer dropped", inquiry_id=reply.inquiry_id, why=refused)
        return await self._hand_over(event, HandOver("policy", step.brief), at)

    async def _decide(self, decision: Decision, at: datetime) -> Answer | HandOver:
        inquiry = decision.inquiry
        said_before = await self._said_before(decision)
        [conversation] = await self._conversations.read([inquiry.conversation_id])
        try:
            return decide(
                decision,
                self._library,
                conversation.turns,
                at.date(),
                said_before=said_before,
            )
        except Exception as error:
            log.error("handed over after a fault", inquiry_id=inquiry.inquiry_id, **_fault(error))
            return give_up(decision)

    async def _said_before(self, decision: Decision) -> MessageKind | None:
        given = await self._conversations.answer_given(decision.inquiry.inquiry_id)
        kinds: tuple[MessageKind, ...] = ("answer", "notice")
        return next((kind for kind in kinds if given == _message_id(decision, kind)), None)

    async def _hand_over(
        self, event: Event[Decision], step: HandOver, at: datetime
    ) -> list[Output]:
        HANDOVERS.labels(step.reason).inc()
        handover = Handover(decision=event.data, reason=step.reason, brief=step.brief)
        outputs = [_output(HANDOFFS, event_id(event.id, "bot-handover"), event, at, handover)]
        notice = _notice(event.data, step)
        if notice is not None and await self._claim(notice, at) is None:
            outputs.append(_output(REPLIES, notice.reply_id, event, at, notice))
        return outputs

    async def _claim(self, reply: Reply, at: datetime) -> str | None:
        """None: it may be sent now. Else why not."""
        verdict = await self._conversations.claim_answer(
            conversation_id=reply.conversation_id,
            inquiry_id=reply.inquiry_id,
            epoch=reply.epoch,
            reply_id=reply.reply_id,
            turn=Turn(by="bot", text=reply.text, at=at, article_id=reply.article_id),
            at_ms=millis(at),
        )
        return None if verdict == "speak" else verdict


def _answer(decision: Decision, step: Answer) -> Reply:
    article_id = step.article.about.id
    return _reply(decision, "answer", step.text, step.discloses_ai, article_id)


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


def _output(topic: Topic, id_: str, cause: Event[Decision], at: datetime, data: Payload) -> Output:
    return Output(topic, Event(id_, SOURCE, at, data, cause.traceparent))


def _fault(error: Exception) -> dict[str, str]:
    """Class and place; the message may quote the customer."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return {"error": type(error).__name__, "at": f"{frame.filename}:{frame.lineno}"}
