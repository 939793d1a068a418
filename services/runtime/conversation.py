"""A conversation as it was read: who owns it, what was said in it, what the bot has brought to light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import TypeAdapter

from warmline.events.base import Id, Name, Part
from warmline.events.decision import Fact, Turn

Owner = Literal["nobody", "bot", "queue", "person", "closed"]
IntakeState = Literal["asking", "over", "silent"]

TURNS_MAX_BYTES = 384 * 1024
"""Of JSON, in which a mark may take six bytes: with the message, a brief and all that is said twice they have
to fit into one record, or nobody would get the customer's next message."""

FIELDS = (
    "owner",
    "epoch",
    "inquiry_id",
    "latest_inquiry_id",
    "topic",
    "language",
    "agent_id",
    "answered_ms",
    "intake_state",
    "intake",
    "facts",
    "asked",
    "answers",
)
FACTS = TypeAdapter(tuple[Fact, ...])


class Given(Part):
    """An answer of the bot: to which message, on which topic, with which article."""

    inquiry_id: Id
    topic: Name
    article_id: Id


_ANSWERS = TypeAdapter(tuple[Given, ...])


class Asked(Part):
    """The messages that the bot has an open question on, the first one first, and when it asked last; 0
    where something else has come first, so that people must get them now."""

    messages: tuple[Id, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """`inquiry_id` is the matter that the owner works on, `latest_inquiry_id` the newest message.

    `intake_state` says whether the bot has asked for facts on this matter: `asking` while an answer
    is awaited, `over` once people are being brought in, `silent` where none came in time, None where
    it has asked nothing. `intake` is the bot's own record of it, `facts` what it has brought to
    light. `agent_id` is who held the conversation last. `answers` are all that the bot has given, the
    oldest first, also where `turns` no longer hold them. `asked` is an open question as Kafka tells it,
    where Redis may have lost the bot's record.
    """

    owner: Owner = "nobody"
    epoch: int = 0
    inquiry_id: str | None = None
    latest_inquiry_id: str | None = None
    topic: str | None = None
    language: str | None = None
    agent_id: str | None = None
    answered_ms: int | None = None
    intake_state: IntakeState | None = None
    intake: str | None = None
    facts: tuple[Fact, ...] = ()
    asked: Asked | None = None
    answers: tuple[Given, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def awaits_bot(self) -> bool:
        """The bot has not come to the newest message yet, and has asked nothing before."""
        unread = bool(self.turns) and self.turns[-1].by == "customer"
        return self.owner == "bot" and self.intake_state is None and unread

    @property
    def awaits_answer(self) -> bool:
        """The bot has asked the customer for a fact and may go on with what comes."""
        return self.owner == "bot" and self.intake_state == "asking"


def conversation_of(fields: Sequence[str | None], turns: Sequence[str]) -> Conversation:
    """From the values of `FIELDS` and the turns as Redis keeps them."""
    (
        owner,
        epoch,
        inquiry_id,
        latest,
        topic,
        language,
        agent_id,
        answered_ms,
        intake_state,
        intake,
        facts,
        asked,
        answers,
    ) = fields
    return Conversation(
        owner=cast(Owner, owner or "nobody"),
        epoch=int(epoch or 0),
        inquiry_id=inquiry_id,
        latest_inquiry_id=latest or inquiry_id,
        topic=topic or None,
        language=language or None,
        agent_id=agent_id or None,
        answered_ms=int(answered_ms) if answered_ms else None,
        intake_state=cast("IntakeState | None", intake_state or None),
        intake=intake or None,
        facts=FACTS.validate_json(facts) if facts else (),
        asked=Asked.model_validate_json(asked) if asked else None,
        answers=_ANSWERS.validate_json(answers) if answers else (),
        turns=tuple(Turn.model_validate_json(turn) for turn in _that_fit(turns)),
    )


def _that_fit(turns: Sequence[str]) -> list[str]:
    """The newest, oldest first."""
    room = TURNS_MAX_BYTES
    kept: list[str] = []
    for turn in reversed(turns):
        room -= len(turn.encode())
        if room < 0:
            break
        kept.append(turn)
    return kept[::-1]
