"""What people make of the bot's proposals."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from warmline.events.base import Id, Language, Name, Part, Payload, Probability
from warmline.events.work import DraftNote, DraftReason


class Sent(Part):
    """`edits` counts the characters that were added, removed or changed between the proposal and what was
    sent, blanks folded; `share` is the same from 0 (alike) to 1. The text is on `replies`."""

    reply_id: Id
    edits: int = Field(ge=0)
    share: Probability


class Rejection(Part):
    """`reason` is one of the desk's codes."""

    reason: DraftReason
    note: DraftNote | None = None


class DraftVerdict(Payload):
    """A person has accepted, edited or rejected a proposal; each proposal is judged once, and the event's
    time is when. Neither the proposal nor what was sent is here.

    `inquiry_id` is the message that the proposal answers, `given_for` why that message came to people.
    `sent` is there where the customer got something in the same step, `rejection` where it was rejected.
    """

    KIND: ClassVar[str] = "draft_verdict"

    proposal_id: Id
    inquiry_id: Id
    conversation_id: Id
    article_id: Id | None = None
    topic: Name | None = None
    language: Language
    given_for: Name
    verdict: Literal["accepted", "edited", "rejected"]
    sent: Sent | None = None
    rejection: Rejection | None = None
    agent_id: Id
    epoch: int = Field(ge=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.verdict == "rejected") != (self.rejection is not None):
            raise ValueError("a rejection belongs to what was rejected, and only to it")
        if self.verdict != "rejected" and self.sent is None:
            raise ValueError("what was accepted or edited was sent: say what in `sent`")
        return self

    @property
    def sent_unchanged(self) -> bool:
        """The only verdict that says that the bot could have answered alone."""
        return self.verdict != "rejected" and self.sent is not None and self.sent.edits == 0
