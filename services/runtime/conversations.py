"""Who owns a conversation, and what was said in it.

One owner at a time (`bot`, `queue`, `person`, `closed`), and an epoch that grows with every change of owner
or holder. Whoever speaks shows the epoch it was given; an older one means that somebody else has taken over.
The engine of the agents service changes the same hash inside its own scripts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from redis.asyncio import Redis

from services.runtime.applied import BEGUN, Applied, lost_writes
from services.runtime.conversation import (
    FACTS,
    FIELDS,
    Asked,
    Conversation,
    Given,
    IntakeState,
    conversation_of,
)
from services.runtime.keys import Keys
from services.runtime.redis import load_script
from warmline.events.decision import Fact, Turn

Verdict = Literal["speak", "overtaken", "answered", "repeated"]
"""On a message of the bot; see `lua/claim_answer.lua`."""

TURNS_KEPT = 20
TTL_MS = 7 * 24 * 60 * 60 * 1000

_PACKAGE = "services.runtime"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision to record: `json` was made from `made_from`, the conversation as it was read.
    `matter_id` is the inquiry that the bot goes on with, None where `inquiry_id` begins a matter;
    `continues` the earlier inquiry whose matter the decision is on, if it is not its own."""

    cause_id: str
    conversation_id: str
    made_from: Conversation
    json: str
    owner: Literal["bot", "queue", "keep"]
    inquiry_id: str
    topic: str | None
    language: str
    turn: Turn | None
    at_ms: int
    matter_id: str | None = None
    continues: str | None = None


@dataclass(frozen=True, slots=True)
class IntakeRecord:
    """What the bot keeps of an intake, beside the message that it claims. `due_ms` is when people
    take over from a customer who does not answer; None where no answer is awaited."""

    json: str
    state: IntakeState | None
    facts: tuple[Fact, ...]
    due_ms: int | None


class Conversations:
    """The shared record, on Redis. Raises the client's errors; every method may be called again.

    With `applied`, LostWritesError too: who decides or speaks must not take an empty Redis for a
    conversation that nobody has.
    """

    def __init__(self, client: Redis, keys: Keys, applied: Applied | None = None) -> None:
        self._client = client
        self._keys = keys
        self._applied = applied
        self._record = load_script(client, _PACKAGE, "record_decision")
        self._claim = load_script(client, _PACKAGE, "claim_answer")
        self._end_intake = load_script(client, _PACKAGE, "end_intake")
        self._keep_intake = load_script(client, _PACKAGE, "keep_intake")
        self._forget_intake = load_script(client, _PACKAGE, "forget_intake")
        self._leave = load_script(client, _PACKAGE, "leave")

    @property
    def _incarnation(self) -> str:
        return self._applied.incarnation if self._applied is not None else ""

    async def read(self, conversation_ids: Sequence[str]) -> list[Conversation]:
        """In the order asked for; one round trip."""
        async with self._client.pipeline(transaction=False) as pipe:
            for conversation_id in conversation_ids:
                pipe.hmget(self._keys.conversation(conversation_id), list(FIELDS))
                pipe.lrange(self._keys.turns(conversation_id), 0, -1)
            answers = await self._checked(pipe)
        return [
            conversation_of(fields, turns)
            for fields, turns in zip(answers[::2], answers[1::2], strict=True)
        ]

    async def recorded(self, cause_ids: Sequence[str]) -> list[str | None]:
        """The decisions already made, as JSON, None where there is none yet."""
        if not cause_ids:
            return []
        async with self._client.pipeline(transaction=False) as pipe:
            pipe.mget([self._keys.decision(cause_id) for cause_id in cause_ids])
            [decisions] = await self._checked(pipe)
        return cast("list[str | None]", decisions)

    async def _checked(self, pipe: Any) -> list[Any]:
        """The answers, if Redis still had what it had after them. Raises LostWritesError."""
        if self._applied is None:
            unguarded: list[Any] = await pipe.execute()
            return unguarded
        pipe.hget(self._applied.key, BEGUN)
        answers: list[Any] = await pipe.execute()
        self._applied.check(answers.pop())
        return answers

    async def record(self, proposals: Sequence[Proposal]) -> list[str | None]:
        """The JSON that stands for each cause now; None where the conversation has moved since it was
        read, so that the caller reads and decides again. One round trip."""
        async with self._client.pipeline(transaction=False) as pipe:
            for proposal in proposals:
                await self._queue(pipe, proposal)
            answers = await pipe.execute()
        if any(answer[0] == "lost" for answer in answers):
            raise lost_writes("the conversations")
        return [answer[1] if answer[0] != "moved" else None for answer in answers]

    async def _queue(self, pipe: Any, proposal: Proposal) -> None:
        await self._record(
            keys=[
                self._keys.decision(proposal.cause_id),
                self._keys.conversation(proposal.conversation_id),
                self._keys.turns(proposal.conversation_id),
                self._keys.intake_due(),
                self._keys.applied("conversations"),
            ],
            args=[
                proposal.json,
                proposal.made_from.epoch,
                proposal.owner,
                proposal.inquiry_id,
                proposal.topic or "",
                proposal.language,
                proposal.at_ms,
                proposal.turn.model_dump_json() if proposal.turn else "",
                TURNS_KEPT,
                TTL_MS,
                proposal.matter_id or "",
                proposal.made_from.intake_state or "",
                "" if proposal.made_from.answered_ms is None else proposal.made_from.answered_ms,
                proposal.continues or proposal.inquiry_id,
                proposal.conversation_id,
                self._incarnation,
            ],
            client=pipe,
        )

    async def answer_given(self, inquiry_id: str) -> str | None:
        """The id of the one reply that the bot has claimed for this inquiry, None before."""
        return cast("str | None", await self._client.get(self._keys.bot_reply(inquiry_id)))

    async def claim_answer(
        self,
        *,
        conversation_id: str,
        inquiry_id: str,
        epoch: int,
        reply_id: str,
        turn: Turn,
        at_ms: int,
        answer: Given | None = None,
        intake: IntakeRecord | None = None,
    ) -> Verdict:
        """Whether the bot may send this message now. `speak` is said again for the same reply, so that a
        reply whose delivery was cut off is sent after all; the platform drops the repeat by its id.
        `answer` None: it is a question or a notice.
        `intake` is kept in the same step, if the bot may speak for the first time."""
        verdict = await cast(
            Awaitable[Any],
            self._claim(
                keys=[
                    self._keys.conversation(conversation_id),
                    self._keys.bot_reply(inquiry_id),
                    self._keys.turns(conversation_id),
                    self._keys.intake_due(),
                    self._keys.applied("conversations"),
                ],
                args=[
                    epoch,
                    reply_id,
                    turn.model_dump_json(),
                    at_ms,
                    TURNS_KEPT,
                    TTL_MS,
                    answer.model_dump_json() if answer is not None else "",
                    conversation_id,
                    *_intake_args(intake),
                    self._incarnation,
                ],
            ),
        )
        if verdict == "lost":
            raise lost_writes("the conversations")
        return cast(Verdict, verdict)

    async def intakes_due(self, now_ms: int, limit: int) -> list[str]:
        """Conversations whose customer has not answered the bot's question in time."""
        due = await self._client.zrange(
            self._keys.intake_due(), "-inf", str(now_ms), byscore=True, offset=0, num=limit
        )
        return [str(conversation_id) for conversation_id in due]

    async def open_questions(self) -> list[str]:
        """All conversations that owe the bot an answer."""
        ids = await self._client.zrange(self._keys.intake_due(), 0, -1)
        return [str(conversation_id) for conversation_id in ids]

    async def keep_intake(
        self, conversation_id: str, asked: Asked, intake: IntakeRecord | None, due_ms: int
    ) -> bool:
        """The record of an open question that was made again, or None where none could be; False where the
        question is no longer that one."""
        facts = intake.facts if intake is not None else ()
        kept = await cast(
            Awaitable[Any],
            self._keep_intake(
                keys=[self._keys.conversation(conversation_id), self._keys.intake_due()],
                args=[
                    conversation_id,
                    asked.model_dump_json(),
                    intake.json if intake is not None else "",
                    FACTS.dump_json(facts).decode(),
                    due_ms,
                ],
            ),
        )
        return bool(kept)

    async def end_intake(self, conversation_id: str, now_ms: int, lease_ms: int) -> bool:
        """Takes a conversation from the bot for the queue, if it still awaits an answer. True as long
        as its handover has to be published: after a crash it is due again when the lease is over."""
        verdict = await cast(
            Awaitable[Any],
            self._end_intake(
                keys=[self._keys.conversation(conversation_id), self._keys.intake_due()],
                args=[conversation_id, now_ms, lease_ms],
            ),
        )
        return bool(verdict)

    async def leave(
        self, conversation_id: str, read: Conversation, at_ms: int, *, question_ends: bool
    ) -> bool:
        """The customer has left what the bot holds: its question ends now, or else as soon as it is asked.
        False where the conversation is no more as it was `read`."""
        verdict = await cast(
            Awaitable[Any],
            self._leave(
                keys=[self._keys.conversation(conversation_id), self._keys.intake_due()],
                args=[
                    conversation_id,
                    read.epoch,
                    read.intake_state or "",
                    at_ms,
                    int(question_ends),
                ],
            ),
        )
        return bool(verdict)

    async def forget_due_intake(self, conversation_id: str) -> None:
        """Its handover is published."""
        await cast(
            Awaitable[Any],
            self._forget_intake(
                keys=[self._keys.conversation(conversation_id), self._keys.intake_due()],
                args=[conversation_id],
            ),
        )


def _intake_args(intake: IntakeRecord | None) -> tuple[str | int, ...]:
    if intake is None:
        return ("", "", "", "")
    facts = FACTS.dump_json(intake.facts).decode()
    return (intake.json, intake.state or "", facts, intake.due_ms or "")
