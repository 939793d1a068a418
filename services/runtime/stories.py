"""What the topics tell of a conversation: who owns it, and what the bot has asked. Pure.

The same transitions as in `lua/record_decision.lua`, `lua/claim_answer.lua` and the engine's scripts, told
once more from what followed from them. Events come topic by topic; the epoch puts them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple

from services.runtime.clock import millis
from services.runtime.conversation import Given, Owner
from services.runtime.conversations import TURNS_KEPT
from warmline.events.base import Payload
from warmline.events.decision import Decision, Route, Turn
from warmline.events.envelope import Event, event_id
from warmline.events.inquiry import Feedback
from warmline.events.work import Assignment, AssignmentStep, Handover, Reply

_OWNER_AFTER: dict[AssignmentStep, Owner] = {
    "enqueued": "queue",
    "widened": "queue",
    "offered": "queue",
    "declined": "queue",
    "lapsed": "queue",
    "cancelled": "queue",
    "rescinded": "queue",
    "requeued": "queue",
    "transferred": "queue",
    "promised": "queue",
    "accepted": "person",
    "resumed": "person",
    "paused": "person",
    "completed": "closed",
    "wrapped_up": "closed",
    "abandoned": "closed",
}
"""After any other step the conversation is whose it was."""


class Decided(NamedTuple):
    """What counts of a decision; `own` as `is_own`."""

    inquiry_id: str
    own: bool
    epoch: int
    route: Route
    continues: str
    topic: str
    language: str


@dataclass
class Story:
    """The conversation as it stands after all that was told; fields as in `Conversation`. `asked` are the
    messages that the bot has an open question on, `asked_ms` when it asked last; `overtaken` says that
    something else came first, so that people must get them now. `matter` are all messages of what the
    conversation is on now."""

    owner: Owner = "nobody"
    epoch: int = 0
    inquiry_id: str = ""
    latest_inquiry_id: str = ""
    topic: str = ""
    language: str = ""
    agent_id: str = ""
    answered_ms: int | None = None
    asked: tuple[str, ...] = ()
    asked_ms: int = 0
    overtaken: bool = False
    matter: tuple[str, ...] = ()

    def decided(self, decision: Decided) -> None:
        if decision.own:
            self.latest_inquiry_id = decision.inquiry_id
        if decision.epoch <= self.epoch:
            return  # people had it, and keep it
        if self.asked and self.owner == "bot" and decision.route == "bot":
            self.inquiry_id, self.matter = (
                decision.continues,
                (*self.matter, decision.inquiry_id),
            )
        else:
            on_it = (decision.continues or decision.inquiry_id) == self.inquiry_id
            self.overtaken = bool(self.asked) and not (self.owner == "bot" and on_it)
            if not self.overtaken:
                self.asked = ()
            self.inquiry_id, self.matter = decision.inquiry_id, (decision.inquiry_id,)
        self.owner = "bot" if decision.route == "bot" else "queue"
        self.topic, self.language = decision.topic, decision.language
        self.epoch = decision.epoch

    def bot_spoke(self, inquiry_id: str, kind: str, at_ms: int) -> None:
        if kind == "answer":
            self.answered_ms = max(at_ms, self.answered_ms or 0)
        if inquiry_id in self.matter:
            self.asked = self.matter if kind == "question" else ()
            self.asked_ms = at_ms

    def handed_over(self, inquiry_id: str) -> None:
        if inquiry_id in self.asked:
            self.asked, self.overtaken = (), False
        if inquiry_id in self.matter and self.owner == "bot":
            self.owner = "queue"

    def left(self) -> None:
        """As `lua/leave.lua`: nobody's time is spent on what the customer has left."""
        if self.asked and self.owner == "bot" and not self.overtaken:
            self.asked, self.owner, self.epoch = (), "closed", self.epoch + 1

    def worked(self, step: AssignmentStep, inquiry_id: str, agent_id: str, epoch: int) -> None:
        self.epoch = epoch
        owner = _OWNER_AFTER.get(step)
        if owner is None:
            return
        self.owner, self.inquiry_id = owner, inquiry_id
        if owner != "queue" and agent_id:
            self.agent_id = agent_id


class Told(NamedTuple):
    """Within an epoch a decision comes first, then what followed from it; `to` tells it."""

    epoch: int
    rank: int
    at_ms: int
    seq: int
    to: Callable[[Story], None]


@dataclass
class Stories:
    """All conversations. Decisions are read before replies."""

    _told: dict[str, list[Told]] = field(default_factory=dict)
    _newest: dict[str, Event[Decision]] = field(default_factory=dict)
    _said: dict[str, dict[str, Turn]] = field(default_factory=dict)
    _left: dict[str, datetime] = field(default_factory=dict)
    _topics: dict[str, str] = field(default_factory=dict)
    _answers: dict[str, dict[str, tuple[datetime, Given]]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def decided(self, event: Event[Decision]) -> None:
        decision, inquiry = event.data, event.data.inquiry
        if decision.reasons[0].code == "thanks":
            return  # the bot's answer stays the last word
        what = Decided(
            inquiry_id=inquiry.inquiry_id,
            own=is_own(event),
            epoch=decision.epoch,
            route=decision.route,
            continues=decision.continues or "",
            topic=decision.topic or "",
            language=decision.language,
        )
        self._add(
            inquiry.conversation_id, decision.epoch, 0, event, partial(Story.decided, decision=what)
        )
        if decision.mode == "answer" and decision.topic is not None:
            self._topics[inquiry.inquiry_id] = decision.topic
        newest = self._newest.get(inquiry.conversation_id)
        if newest is None or newest.data.decided_at < decision.decided_at:
            self._newest[inquiry.conversation_id] = event

    def replied(self, event: Event[Reply]) -> None:
        reply = event.data
        if reply.by == "bot":
            told = partial(
                Story.bot_spoke,
                inquiry_id=reply.inquiry_id,
                kind=reply.kind,
                at_ms=millis(event.time),
            )
            self._add(reply.conversation_id, reply.epoch, 1, event, told)
            self._answered(reply, event.time)
        newest = self._newest.get(reply.conversation_id)
        if newest is None or newest.data.decided_at <= event.time:
            turn = Turn(by=reply.by, text=reply.text, at=event.time, article_id=reply.article_id)
            if newest is not None and turn in newest.data.history:
                return
            self._said.setdefault(reply.conversation_id, {})[reply.reply_id] = turn

    def _answered(self, reply: Reply, at: datetime) -> None:
        topic = self._topics.get(reply.inquiry_id)
        if reply.kind == "answer" and reply.article_id is not None and topic is not None:
            given = Given(inquiry_id=reply.inquiry_id, topic=topic, article_id=reply.article_id)
            self._answers.setdefault(reply.conversation_id, {})[reply.inquiry_id] = (at, given)

    def handed_over(self, event: Event[Handover]) -> None:
        decision = event.data.decision
        told = partial(Story.handed_over, inquiry_id=decision.inquiry.inquiry_id)
        self._add(decision.inquiry.conversation_id, decision.epoch, 2, event, told)

    def worked(self, event: Event[Assignment]) -> None:
        step = event.data
        told = partial(
            Story.worked,
            step=step.step,
            inquiry_id=step.inquiry_id,
            agent_id=step.agent_id or "",
            epoch=step.epoch,
        )
        self._add(step.conversation_id, step.epoch, 3, event, told, step.seq)

    def said(self, event: Event[Feedback]) -> None:
        """`left` counts where the customer has not written since."""
        if event.data.kind == "left":
            known = self._left.get(event.data.conversation_id, event.time)
            self._left[event.data.conversation_id] = max(known, event.time)

    def _add(
        self,
        conversation_id: str,
        epoch: int,
        rank: int,
        event: Event[Payload],
        to: Callable[[Story], None],
        seq: int = 0,
    ) -> None:
        told = Told(epoch, rank, millis(event.time), seq, to)
        self._told.setdefault(conversation_id, []).append(told)

    def of(self, conversation_id: str) -> Story:
        story = Story()
        for told in sorted(self._told[conversation_id], key=lambda each: each[:4]):
            told.to(story)
        newest, left_at = self._newest.get(conversation_id), self._left.get(conversation_id)
        if newest is not None and left_at is not None and newest.data.received_at <= left_at:
            story.left()
        return story

    def answers_of(self, conversation_id: str) -> list[Given]:
        """All of the bot's, oldest first."""
        given = self._answers.get(conversation_id, {}).values()
        return [answer for _, answer in sorted(given, key=lambda one: one[0])]

    def turns_of(self, conversation_id: str) -> list[Turn]:
        """The newest decision carries what was said before it."""
        turns: list[Turn] = []
        newest = self._newest.get(conversation_id)
        if newest is not None:
            turns += newest.data.history
            if is_own(newest):
                inquiry = newest.data.inquiry
                turns.append(Turn(by="customer", text=inquiry.text, at=newest.data.received_at))
        turns += sorted(self._said.get(conversation_id, {}).values(), key=lambda turn: turn.at)
        return turns[-TURNS_KEPT:]


def is_own(event: Event[Decision]) -> bool:
    """It is the first decision on its inquiry, not one on what was said of it later."""
    return event.id == event_id(event.data.inquiry.inquiry_id, "decision")
