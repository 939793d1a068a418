"""Inquiries and feedback in, decisions out. The first decision for a cause stands for ever.

A batch is decided in rounds: in each, at most one message of a conversation, so that the second sees what
the first has changed. A conversation that another process has moved meanwhile is read and decided again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from services.intake.answers import skips
from services.intake.forms import Forms
from services.router import rules
from services.router.holdout import Holdout
from services.router.licences import Licences
from services.router.signals import Reader, Signals, Watcher
from services.runtime.clock import Clock, millis
from services.runtime.conversation import Conversation
from services.runtime.conversations import Conversations, Proposal
from services.runtime.handling import Output
from warmline.errors import InvalidEventError, UnavailableError
from warmline.events.decision import Decision, Fact, Reason, Turn, Versions
from warmline.events.envelope import Event, event_id
from warmline.events.inquiry import Feedback, Inquiry
from warmline.topics import ROUTED_BOT, ROUTED_HUMAN

SOURCE = "/warmline/router"

WISHES = Counter(
    "warmline_router_wishes_total", "Messages and buttons that ask for a person.", ["language"]
)
LEFT = Counter(
    "warmline_router_left_bot_total", "Customers who left what the bot was asking or answering."
)
_ROUNDS_MAX = 50


@dataclass(frozen=True)
class Router:
    """What deciding needs. `policy_version` is the hash of the policy's file. `licences_known` returns
    once the licences are read as far as they went at the start: nothing is decided before. `forms` tell
    the words that the bot offers for going on without an answer."""

    conversations: Conversations
    reader: Reader
    licences: Licences
    holdout: Holdout
    policy_version: str
    clock: Clock
    licences_known: Callable[[], Awaitable[None]]
    forms: Forms | None = None
    watchers: Sequence[Watcher] = ()

    async def inquiries(self, events: Sequence[Event[Inquiry]]) -> list[list[Output]]:
        """One decision for each inquiry; a repeated inquiry gets its first decision again.

        Raises InvalidEventError where an inquiry id was used before for another message.
        """
        await self.licences_known()
        standing = await self.conversations.recorded([event.data.inquiry_id for event in events])
        decided: dict[int, Decision] = {
            index: Decision.model_validate_json(json)
            for index, json in enumerate(standing)
            if json is not None
        }
        fresh = [index for index in range(len(events)) if index not in decided]
        signals = await self._read([events[index].data.text for index in fresh])
        await self._decide_all(events, dict(zip(fresh, signals, strict=True)), decided)
        for watcher in self.watchers:
            watcher.saw([events[index].data for index in fresh], signals)
        return [
            [_output(event.data.inquiry_id, _same(event, decided[index]), event)]
            for index, event in enumerate(events)
        ]

    async def _read(self, texts: list[str]) -> list[Signals]:
        """Off the event loop: a long batch must not keep heartbeats and health checks waiting."""
        return await asyncio.to_thread(self.reader.read, texts) if texts else []

    async def _decide_all(
        self,
        events: Sequence[Event[Inquiry]],
        signals: dict[int, Signals],
        decided: dict[int, Decision],
    ) -> None:
        open_ones = list(signals)
        for _ in range(max(_ROUNDS_MAX, len(events))):
            if not open_ones:
                return
            turn = _one_per_conversation(events, open_ones)
            seen = await self.conversations.read(
                [events[index].data.conversation_id for index in turn]
            )
            unread = await self._unread(seen)
            proposals = [
                self._propose(events[index], conversation, signals[index], before)
                for index, conversation, before in zip(turn, seen, unread, strict=True)
            ]
            answers = await self.conversations.record([proposal for proposal, _ in proposals])
            for index, (proposal, decision), json in zip(turn, proposals, answers, strict=True):
                if json is not None:
                    ours = json == proposal.json
                    if ours and decision.reasons[0].code == "explicit_wish":
                        WISHES.labels(decision.language).inc()
                    decided[index] = decision if ours else Decision.model_validate_json(json)
            open_ones = [index for index in open_ones if index not in decided]
        raise UnavailableError("the conversations change faster than they can be decided")

    async def _unread(self, seen: Sequence[Conversation]) -> list[Decision | None]:
        """For each conversation the decision that the bot has not come to yet."""
        waiting = [one.inquiry_id for one in seen if one.awaits_bot and one.inquiry_id is not None]
        known = dict(zip(waiting, await self.conversations.recorded(waiting), strict=True))
        found = [known.get(one.inquiry_id or "") if one.awaits_bot else None for one in seen]
        return [Decision.model_validate_json(json) if json is not None else None for json in found]

    def _propose(
        self,
        event: Event[Inquiry],
        conversation: Conversation,
        signals: Signals,
        unread: Decision | None,
    ) -> tuple[Proposal, Decision]:
        inquiry = event.data
        if (
            conversation.awaits_answer
            and self.forms is not None
            and skips(inquiry.text, self.forms.texts.values())
        ):
            signals = rules.no_more_than_skipped(signals)
        verdict = rules.decide(
            inquiry,
            conversation,
            signals,
            self.licences.applied(signals.topic, signals.language),
            held_out=self.holdout.holds(inquiry.conversation_id),
            unread=unread,
        )
        kept = conversation.owner in ("person", "queue") or verdict.beside
        decision = Decision(
            inquiry=inquiry,
            received_at=event.time,
            decided_at=self.clock(),
            route=verdict.route,
            mode=verdict.mode,
            topic=verdict.topic,
            topic_guessed=verdict.topic_guessed,
            language=verdict.language,
            confidence=signals.confidence,
            threshold=verdict.threshold,
            complexity=signals.complexity,
            risk_tier=signals.risk_tier,
            wants_person=inquiry.wants_person or signals.wants_person,
            mood=signals.mood,
            reasons=verdict.reasons,
            skills=verdict.skills,
            priority_min=verdict.priority_min,
            epoch=conversation.epoch if kept else conversation.epoch + 1,
            continues=verdict.continues,
            history=conversation.turns,
            facts=_open_facts(conversation),
            preferred_agent_id=_who_knows(conversation),
            versions=self._versions(signals),
        )
        # Thanks leave the bot's answer the last word: whatever comes next is a reaction to it.
        thanked = verdict.reasons[0].code == "thanks"
        turn = None if thanked else Turn(by="customer", text=inquiry.text, at=event.time)
        return self._proposal(inquiry.inquiry_id, conversation, decision, turn), decision

    def _proposal(
        self, cause_id: str, conversation: Conversation, decision: Decision, turn: Turn | None
    ) -> Proposal:
        """Whoever has the conversation keeps it, and their epoch, where the decision has it too."""
        kept = decision.epoch == conversation.epoch
        goes_on = conversation.awaits_answer and decision.route == "bot"
        return Proposal(
            cause_id=cause_id,
            conversation_id=decision.inquiry.conversation_id,
            made_from=conversation,
            json=decision.model_dump_json(),
            owner="keep" if kept else "bot" if decision.route == "bot" else "queue",
            inquiry_id=decision.inquiry.inquiry_id,
            topic=decision.topic,
            language=decision.language,
            turn=turn,
            at_ms=millis(decision.decided_at),
            matter_id=decision.continues if goes_on else None,
            continues=decision.continues,
        )

    def _versions(self, signals: Signals) -> Versions:
        licence = self.licences.of(signals.topic, signals.language)
        return Versions(
            rules=rules.VERSION,
            model=signals.model,
            policy=self.policy_version,
            certificate=signals.certificate,
            licence=str(licence.version) if licence is not None else None,
        )

    async def feedback(self, event: Event[Feedback]) -> list[Output]:
        """`not_helped` and `wants_person` bring a person in at once, whatever the bot was doing.

        `left` ends a question of the bot; what waits for a person is the agents service's to end.

        Where it is on an earlier matter than the one that the bot has a question open on, that question
        is due at once (`record_decision.lua`), so that people get both.

        Raises InvalidEventError where no inquiry of the conversation is known.
        """
        said = event.data
        if said.kind == "left":
            await self._left(event)
        if said.kind not in ("not_helped", "wants_person"):
            return []
        (standing,) = await self.conversations.recorded([said.feedback_id])
        if standing is not None:
            return [_output(said.feedback_id, Decision.model_validate_json(standing), event)]
        for _ in range(_ROUNDS_MAX):
            (conversation,) = await self.conversations.read([said.conversation_id])
            if conversation.owner in ("person", "queue"):
                return []
            decision = self._hand_over(event, await self._latest(said, conversation), conversation)
            proposal = self._proposal(said.feedback_id, conversation, decision, turn=None)
            (json,) = await self.conversations.record([proposal])
            if json is not None:
                if json == proposal.json and said.kind == "wants_person":
                    WISHES.labels(decision.language).inc()
                return [_output(said.feedback_id, Decision.model_validate_json(json), event)]
        raise UnavailableError("the conversation changes faster than it can be decided")

    async def _left(self, event: Event[Feedback]) -> None:
        """Redelivered, it finds the question ended; nothing is published: quality hears `left` itself."""
        conversation_id = event.data.conversation_id
        for _ in range(_ROUNDS_MAX):
            (conversation,) = await self.conversations.read([conversation_id])
            question = rules.leaving(conversation, event.time)
            if question is None:
                return
            ends, at_ms = question == "ends", millis(self.clock())
            if await self.conversations.leave(
                conversation_id, conversation, at_ms, question_ends=ends
            ):
                LEFT.inc()
                return
        raise UnavailableError("the conversation changes faster than it can be left")

    async def _latest(self, said: Feedback, conversation: Conversation) -> Decision:
        inquiry_id = said.inquiry_id or conversation.latest_inquiry_id or ""
        (json,) = await self.conversations.recorded([inquiry_id])
        if json is None:
            raise InvalidEventError(
                "feedback on a conversation of which no inquiry is known: publish the inquiry first"
            )
        latest = Decision.model_validate_json(json)
        if latest.inquiry.conversation_id != said.conversation_id:
            raise InvalidEventError(
                f"feedback names inquiry {inquiry_id}, which belongs to another conversation"
            )
        return latest

    def _hand_over(
        self, event: Event[Feedback], latest: Decision, conversation: Conversation
    ) -> Decision:
        wish = event.data.kind == "wants_person"
        continues = latest.continues if latest.mode == "intake" else None
        on_open_matter = conversation.inquiry_id == (continues or latest.inquiry.inquiry_id)
        reason = Reason(
            code="explicit_wish" if wish else "not_helped",
            detail="the customer pressed the button for a person"
            if wish
            else "the customer says that the answer did not help",
        )
        return latest.model_copy(
            update={
                "route": "human",
                "mode": None,
                "decided_at": self.clock(),
                "wants_person": latest.wants_person or wish,
                "reasons": (reason,),
                "priority_min": latest.priority_min + rules.WISH_PRIORITY_MIN,
                "epoch": conversation.epoch + 1,
                "continues": continues,
                "history": conversation.turns,
                "facts": conversation.facts if on_open_matter else (),
                "preferred_agent_id": _who_knows(conversation),
                "versions": latest.versions.model_copy(
                    update={"rules": rules.VERSION, "policy": self.policy_version}
                ),
            }
        )


def _open_facts(conversation: Conversation) -> tuple[Fact, ...]:
    """What the bot has brought to light; nothing of a matter that a person has answered and closed since."""
    spoken = [turn.by for turn in conversation.turns if turn.by != "customer"]
    is_over = conversation.owner == "closed" and spoken[-1:] == ["person"]
    return () if is_over else conversation.facts


def _who_knows(conversation: Conversation) -> str | None:
    """The person who has closed it: a customer who comes back goes to them first."""
    return conversation.agent_id if conversation.owner == "closed" else None


def _one_per_conversation(events: Sequence[Event[Inquiry]], open_ones: list[int]) -> list[int]:
    first: dict[str, int] = {}
    for index in open_ones:
        first.setdefault(events[index].data.conversation_id, index)
    return list(first.values())


def _same(event: Event[Inquiry], decision: Decision) -> Decision:
    """The decision, if it is on this very message: an id used twice must not swallow a message."""
    if decision.inquiry != event.data:
        raise InvalidEventError(
            f"inquiry_id {event.data.inquiry_id} was used before for another message: "
            "give every message an id of its own"
        )
    return decision


def _output(cause_id: str, decision: Decision, cause: Event[Any]) -> Output:
    topic = ROUTED_BOT if decision.route == "bot" else ROUTED_HUMAN
    return Output(
        topic,
        Event(
            id=event_id(cause_id, "decision"),
            source=SOURCE,
            time=decision.decided_at,
            data=decision,
            traceparent=cause.traceparent,
        ),
    )
